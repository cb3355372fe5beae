/** A run that survives its process: begun once, answered tomorrow, gone on with by whoever is there. */
import { agent, workflow } from "heddle";
import type { Journal } from "heddle/sqlite";
import { z } from "zod";

const writer = agent({ model: "gpt-4o", instructions: "You are a writer. Write a short offer for the customer." });

/** What was billed, by idempotency key. Services that take one bill once, however often they are asked. */
export const billed = new Map<string, number>();

const offer = workflow("offer")
  .input<{ customer: string; amount: number }>()
  .then("draft", writer, { input: ({ input }) => `An offer of ${input.amount} for ${input.customer}.` })
  .waitFor("accepted", z.object({ accepted: z.boolean() }), { show: ({ steps }) => steps.draft })
  .branch("decide", (answer) => answer.accepted, {
    // It may run again where the process dies just after it: always with the same key.
    yes: ({ input, idempotencyKey }) => {
      billed.set(idempotencyKey, input.amount);
      return `billed ${input.amount}`;
    },
    no: () => "withdrawn",
  })
  .build();

export default offer;

/** In whatever takes requests: the same order twice is one run. Ends as `suspended` once the customer has been asked. */
export function begin(order: { readonly id: string; readonly customer: string; readonly amount: number }, journal: Journal) {
  return offer.run({ customer: order.customer, amount: order.amount }, { journal, runId: order.id });
}

/** In the handler of the link that the customer clicks, in this process or in another: twice is told as such. */
export function accept(orderId: string, journal: Journal) {
  return offer.answer(orderId, "accepted", { accepted: true }, { journal });
}

/** Whoever is there goes on with it; `worker([offer], { journal })` of `heddle/server` does so by itself. */
export function goOn(orderId: string, journal: Journal) {
  return offer.resume(orderId, { journal });
}
