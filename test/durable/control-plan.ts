import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { workflow } from "../../src/index.ts";

/** Charges, asks, and takes the charge back where it is cancelled; what it does is told to a file. */
export const orderPlan = (ledger: string) => {
  const note = (what: string) => appendFileSync(ledger, `${what}\n`);
  return workflow("order")
    .input(z.string())
    .then("charge", ({ input, idempotencyKey }) => (note(`charge ${idempotencyKey}`), input), {
      undo: (output) => note(`refund ${output}`),
    })
    .waitFor("approval", z.object({ approved: z.boolean() }))
    .then("ship", ({ last }) => (note("ship"), last.approved))
    .build();
};

/** Two steps that take their time side by side: one heeds its signal, the other never asks for it. */
export const longPlan = (ledger: string) => {
  const note = (what: string) => appendFileSync(ledger, `${what}\n`);
  return workflow("long")
    .input(z.number())
    .then("first", () => (note("first"), 1), { undo: () => note("undone first") })
    .parallel("both", {
      heeds: async ({ signal, attempt, idempotencyKey, input }) => {
        note(`heeds ${attempt} ${idempotencyKey}`);
        try {
          await pause(attempt === 1 ? input : 1, undefined, { signal });
        } catch (thrown) {
          note("heeds is told");
          throw thrown;
        }
        return attempt;
      },
      unaware: async ({ attempt }) => {
        note(`unaware ${attempt}`);
        await pause(400);
        return attempt;
      },
    })
    .build();
};
