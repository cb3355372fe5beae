import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { err, ok } from "neverthrow";
import { z } from "zod";
import { workflow } from "../../src/index.ts";

interface Called {
  readonly idempotencyKey: string;
  readonly attempt: number;
}

/** A plan of every kind of node, whose steps write themselves into a ledger outside of the library, as they begin and as they end. */
export function chaosPlan(ledger: string) {
  const note = (what: string, { idempotencyKey, attempt }: Called) => appendFileSync(ledger, `${what} ${idempotencyKey} ${attempt}\n`);
  const work =
    <T>(ms: number, value: (context: Called) => T) =>
    async (context: Called): Promise<T> => {
      note("begin", context);
      await delay(ms);
      const made = value(context);
      note("end", context);
      return made;
    };
  const inner = workflow("inner")
    .input<number>()
    .state({ seen: 0 })
    .then("inside", (context) => {
      note("begin", context);
      context.set({ seen: context.last });
      note("end", context);
      return context.last + 1;
    })
    .then("outside", ({ state }) => state.seen)
    .build();
  return workflow("chaos")
    .state({ total: 0 }, { merge: { total: (joined, arm, base) => joined + arm - base } })
    .then("first", async (context) => {
      const made = await work(1, () => new Map([["a", 1]]))(context);
      context.set({ total: 1 });
      return made;
    })
    .parallel("group", {
      slow: work(6, () => "slow"),
      quick: work(1, () => "quick"),
      chain: {
        flow: (b) =>
          b
            .then(
              "one",
              work(2, () => 1),
            )
            .then(
              "two",
              work(2, () => 2),
            ),
      },
      counts: { do: ({ state, set }) => set({ total: state.total + 10 }) },
      more: { do: ({ state, set }) => set({ total: state.total + 100 }) },
    })
    .then(
      "flaky",
      (context) => {
        note("begin", context);
        note("end", context);
        return context.attempt < 2 ? err("again" as const) : ok(context.steps.two);
      },
      { retries: { max: 5, initial: 1 } },
    )
    .settle("settled", { fine: work(1, () => 1), bad: () => err("bad" as const) })
    .race("raced", { winner: work(2, () => "won"), loser: async ({ signal }) => delay(5_000, "lost", { signal }) })
    .branch("branched", async (last) => last === "won", {
      yes: {
        flow: (b) =>
          b.then(
            "taken",
            work(1, () => "yes"),
          ),
      },
      no: () => "no",
    })
    .route("routed", () => "b" as "a" | "b", { a: () => 1, b: work(1, () => 2) })
    .routeAll("several", () => ["u", "v"] as ("u" | "v" | "w")[], { u: work(1, () => "u"), v: work(1, () => "v"), w: () => "w" })
    .loop(
      "looped",
      {
        flow: (b) =>
          b
            .tap(
              "turned",
              work(1, () => 1),
            )
            .then("fed", ({ last }) => last),
      },
      { until: ({ iteration }) => iteration === 3, max: 5 },
    )
    .map(
      "mapped",
      () => [1, 2, 3, 4, 5],
      (context) => work(1, () => context.last * 2)(context),
      { concurrency: 2 },
    )
    .sleep("slept", 5)
    .then("sub", inner, { input: () => 41 })
    .then("failing", () => err("caught" as const))
    .catch("rescued", ({ failure }) => failure.type)
    .waitFor("answer", z.number())
    .tap(
      "tapped",
      work(1, () => undefined),
    )
    .then("end", ({ last, steps, state }) => ({
      last,
      mapped: steps.mapped,
      group: steps.group,
      sub: steps.sub?.output,
      total: state.total,
      first: [...(steps.first ?? [])],
    }))
    .build();
}
