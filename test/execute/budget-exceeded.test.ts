// Calls that were never made for want of a budget, calls whose cost nobody knows, and all of it in random orders.

import fc from "fast-check";
import { agent, type Model } from "heddle";
import { memoryJournal } from "heddle/testing";
import { err, ok } from "neverthrow";
import { describe, expect, test } from "vitest";
import type { Budget } from "../../src/types/options.ts";
import { loose } from "../support/loose.ts";
import { asks, prompts, replied, requests, requestTokens, start, usage } from "./budgeted.ts";
import { ScriptedRun } from "./scripted-port.ts";

const retryable = { type: "overloaded", message: "busy", retryable: true } as const;

describe("the failure of a call that was never made", () => {
  const failure = (budget: Budget, retries: object | number, ...outcomes: readonly unknown[]) => {
    const plan = loose()
      .then("a", asks(100), { retries, input: () => "in" })
      .build();
    const run = start(plan, { budget });
    for (const [index, outcome] of outcomes.entries()) {
      run.returns(`a/turn#1@${index + 1}`, outcome);
      run.fireNext();
    }
    const [ended] = run.ended;
    if (ended?.failure === undefined) throw new Error("Expected the run to have failed");
    return ended.failure;
  };

  test("says which limit it met and what would help: a lower limit of the reply makes no room for a call", () => {
    expect(failure({ modelCalls: 0 }, 0)).toMatchObject({
      message: `Expected the call of model "paper" at "a/turn#1" to fit into the run's budget.modelCalls of 0, got a reservation of 1 where 0 is spent: raise the budget`,
      attempts: 0,
      suppressed: [],
      cause: undefined,
    });
    expect(failure({ tokens: 50 }, 0).message).toMatch(/: raise the budget, or lower "maxOutputTokens"$/);
  });

  test("has the failure of the attempt before it beside it, and counts those that were made", () => {
    const again = { max: 5, initial: 1, jitter: "none" };
    const busy = (message: string) => err({ ...retryable, message, status: 429 });
    const met = failure({ modelCalls: 3 }, again, busy("first"), busy("second"), busy("third"));
    expect(met).toMatchObject({ type: "budget_exceeded", attempts: 3, spent: 3, reservation: 1 });
    expect(met.suppressed).toMatchObject([{ type: "step_failed", cause: { message: "third" } }]);
  });
});

describe("a call whose owner was lost while it was under way", () => {
  const needs = requestTokens + 100;
  /** The first owner goes as its call is under way; the next has what the journal says, and a model that answers. */
  const resumed = async (budget: Budget, lives = 1) => {
    const store = memoryJournal();
    const asked = { count: 0 };
    let hangs: PromiseWithResolvers<void> | undefined;
    const own: Model = {
      name: "own",
      generate: async () => {
        asked.count++;
        hangs?.resolve();
        return hangs === undefined ? replied(10) : new Promise<never>(() => {});
      },
    };
    const reads = agent({ model: own, settings: { maxOutputTokens: 100 } });
    const plan = loose()
      .parallel("p", { a: { do: reads, input: () => "in" } })
      .then("b", reads, { input: () => "in" })
      .build();
    for (let life = 0; life < lives; life++) {
      hangs = Promise.withResolvers();
      const journal = memoryJournal(store);
      const options = { journal, budget, runId: "r", grace: 0 };
      const running = life === 0 ? plan.run("in", options) : plan.resume("r", { journal, grace: 0 });
      await Promise.race([hangs.promise, running]);
      await journal.close();
      await running;
    }
    hangs = undefined;
    return { result: await plan.resume("r", { journal: memoryJournal(store) }), asked: asked.count };
  };

  test("counts as what it had reserved, and is made again where that leaves room", async () => {
    const { result, asked } = await resumed({ tokens: 2 * needs + 10 });
    expect(result._unsafeUnwrap()).toMatchObject({ output: "said", usage: { modelCalls: 2, totalTokens: 20 } });
    expect(asked).toBe(3);
    expect((await resumed({ tokens: 3 * needs + 10 }, 2)).result.isOk()).toBe(true);
  });

  test("is not made again where there is no room for it, nor is what comes after it", async () => {
    for (const lives of [1, 2]) {
      const allowed = (lives + 1) * needs - 1;
      const { result, asked } = await resumed({ tokens: allowed }, lives);
      expect(result._unsafeUnwrapErr()).toMatchObject({
        type: "budget_exceeded",
        path: "p/a/turn#1",
        limit: "tokens",
        allowed,
        spent: lives * needs,
        reservation: needs,
      });
      expect(asked).toBe(lives);
    }
    const after = await resumed({ tokens: 2 * needs + 9 });
    expect(after.result._unsafeUnwrapErr()).toMatchObject({ type: "budget_exceeded", path: "b/turn#1", spent: needs + 10 });
    expect((await resumed({ modelCalls: 2 })).result._unsafeUnwrapErr()).toMatchObject({ path: "b/turn#1", limit: "modelCalls", spent: 2 });
  });

  test("without a budget it is made again as often as it takes", async () => {
    expect((await resumed({}, 3)).asked).toBe(5);
  });
});

test("what a thrown thing says of usage counts for nothing", () => {
  const run = start(
    loose()
      .parallel("p", { a: asks(100) })
      .build(),
    { budget: { tokens: 200 } },
  );
  run.throws("p/a/turn#1@1", Object.assign(new Error("thrown"), { usage: usage(1, 1) }));
  expect(run.ended).toMatchObject([{ failure: { type: "step_failed", threw: true } }]);
  expect(run.scheduler.progress.usage).toBeUndefined();
});

describe("whatever happens in whatever order", () => {
  const arm = fc.record({
    most: fc.integer({ min: 1, max: 300 }),
    retries: fc.nat(2),
    timeout: fc.option(fc.integer({ min: 10, max: 50 }), { nil: undefined }),
  });
  const mode = fc.constantFrom("parallel", "settle", "race");
  const outcome = fc.record({
    /** Which of the calls under way ends next; or time moves on. */
    pick: fc.nat(20),
    what: fc.constantFrom("reply", "reply", "missing", "refused", "broken", "throws", "time"),
    part: fc.double({ min: 0, max: 1.3, noNaN: true }),
  });

  test("what is spent and reserved never passes the budget, no call waits for ever, and the last word is true", () => {
    fc.assert(
      fc.property(
        mode,
        fc.array(arm, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.record({ tokens: fc.integer({ min: 50, max: 1_500 }), modelCalls: fc.nat(8) }, { requiredKeys: [] }) as fc.Arbitrary<Budget>,
        fc.array(outcome, { minLength: 1, maxLength: 40 }),
        (kind, arms, concurrency, budget, outcomes) => {
          const most = new Map(arms.map((each, index) => [`arm${index}`, each.most]));
          const plan = loose()
            [kind](
              "g",
              Object.fromEntries(
                arms.map(({ most: each, retries, timeout }, index) => [
                  `arm${index}`,
                  { do: asks(each), retries: { max: retries, initial: 5, jitter: "none" }, ...(timeout !== undefined && { timeout }) },
                ]),
              ),
            )
            .build();
          const run = new ScriptedRun(plan, { concurrency, budget, grace: 10 });
          const reserves = (key: string) => requestTokens + (most.get(key.split("/")[1] as string) as number);
          let spent = 0;
          let excess = 0;
          let made = 0;
          const open = new Set<string>();
          // What the engine is asked to do, against a tally of our own.
          const look = () => {
            prompts(run);
            // Given up after their grace: nobody can tell what they took.
            const live = new Set(requests(run).filter((key) => run.calls.get(key)?.abandoned === false));
            for (const key of open)
              if (!live.has(key)) {
                open.delete(key);
                spent += reserves(key);
              }
            for (const key of live) {
              if (open.has(key)) continue;
              open.add(key);
              made++;
            }
            const reserved = [...open].reduce((sum, key) => sum + reserves(key), 0);
            expect(spent - excess + reserved).toBeLessThanOrEqual(budget.tokens ?? Number.POSITIVE_INFINITY);
            expect(made).toBeLessThanOrEqual(budget.modelCalls ?? Number.POSITIVE_INFINITY);
          };
          const end = (key: string, what: string, part: number) => {
            open.delete(key);
            const reservation = reserves(key);
            const took = what === "refused" ? 0 : what === "reply" ? Math.max(1, Math.round(reservation * part)) : reservation;
            spent += took;
            excess += Math.max(0, took - reservation);
            if (what === "reply") run.returns(key, replied(took));
            else if (what === "missing") run.returns(key, ok({ text: "said", toolCalls: [], usage: usage(0, 0), usageMissing: true }));
            else if (what === "refused") run.returns(key, err({ ...retryable, status: 429 }));
            else if (what === "broken") run.returns(key, err({ ...retryable, status: 503 }));
            else run.throws(key, new Error("thrown"));
          };
          run.start();
          look();
          for (let at = 0; run.ended.length === 0; at++) {
            const { pick, what, part } = outcomes[at % outcomes.length] as (typeof outcomes)[number];
            const keys = [...open];
            if (keys.length === 0 || what === "time") {
              // Nothing under way and no time to pass would be a run that waits for ever.
              if (!run.fireNext() && keys.length === 0) throw new Error("Expected the run to end or to go on");
              if (what === "time" && keys.length > 0 && at > 200) end(keys[0] as string, "reply", 0.1);
            } else end(keys[pick % keys.length] as string, what, part);
            look();
          }
          const [{ failure }] = run.ended as [{ failure?: Extract<(typeof run.ended)[number], { failure: object }>["failure"] }];
          if (failure?.type !== "budget_exceeded") return;
          expect(budget[failure.limit]).toBe(failure.allowed);
          expect(failure.spent + failure.reservation).toBeGreaterThan(failure.allowed);
        },
      ),
      { numRuns: 400 },
    );
  });
});
