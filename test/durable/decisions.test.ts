// What functions of the user's say between two steps: recorded, so that a replay is told the same.

import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Entry, read } from "../../src/durable/records/record.ts";
import { type StepFailure, workflow } from "../../src/index.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory.ts";

class Busy extends Error {
  override readonly name = "Busy";
}

const isBusy = (failure: StepFailure<unknown>) => failure.type === "step_failed" && failure.cause instanceof Busy;

/** Two arms that fail once in one tick, with an error that no journal keeps as it is; then a wait, at which the first process ends. */
function asking(when: (failure: StepFailure<unknown>) => boolean) {
  const attempts: string[] = [];
  const arm = (name: string) => ({
    do: ({ attempt }: { readonly attempt: number }): string => {
      attempts.push(`${name}${attempt}`);
      if (attempt === 1) throw new Busy(name);
      return name;
    },
    retries: { max: 3, initial: 0, when },
  });
  const plan = workflow("asking")
    .settle("both", { a: arm("a"), b: arm("b") })
    .waitFor("go", z.boolean())
    .then("end", ({ steps: { both } }) => [both.a, both.b].map((arm) => (arm.ok ? arm.value : arm.error.message)))
    .build();
  return { attempts, plan };
}

/** What is left of a run whose owner was lost before it had written the last record of a type, and all that followed. */
async function before(journal: Journal, id: string, type: Entry["type"]): Promise<Journal> {
  const { plan, fingerprint, input } = (await journal.find(id))._unsafeUnwrap();
  const texts = (await journal.read(id))._unsafeUnwrap();
  const records = texts.slice(
    0,
    texts.findLastIndex((text) => read(text)._unsafeUnwrap().type === type),
  );
  const left = memoryJournal();
  await (await left.claim({ id, plan, fingerprint, input, records }))._unsafeUnwrap().release();
  return left;
}

test("whether a failure is worth another attempt is asked once, and a replay is told what was said", async () => {
  const journal = memoryJournal();
  let asked = 0;
  const { attempts, plan } = asking((failure) => (asked++, isBusy(failure)));
  expect((await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr().type).toBe("suspended");
  expect([attempts, asked]).toEqual([["a1", "b1", "a2", "b2"], 2]);
  (await plan.answer("r", "go", true, { journal }))._unsafeUnwrap();
  const run = (await plan.resume("r", { journal }))._unsafeUnwrap();
  expect([run.output, attempts, asked]).toEqual([["a", "b"], ["a1", "b1", "a2", "b2"], 2]);
  expect(run.trace.find(({ path }) => path === "both/a")?.attempts).toBe(2);
});

test("no is recorded as yes is, and so is what was thrown instead", async () => {
  for (const [first, message] of [
    [() => false, "Busy"],
    [
      () => {
        throw new RangeError("cannot say");
      },
      '"retries.when" of step "a" threw',
    ],
  ] as const) {
    const journal = memoryJournal();
    let when: () => boolean = first;
    const { attempts, plan } = asking(() => when());
    const before = (await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr();
    when = () => true;
    (await plan.answer("r", "go", true, { journal }))._unsafeUnwrap();
    const run = (await plan.resume("r", { journal }))._unsafeUnwrap();
    expect([attempts, run.output[0]]).toEqual([["a1", "b1"], expect.stringContaining(message === "Busy" ? "a" : message)]);
    expect(run.trace.slice(0, 3)).toEqual(before.trace.slice(0, 3));
  }
});

test("a decision that was lost with its owner is asked for again, once, and what is said then counts from there on", async () => {
  const journal = memoryJournal();
  const { plan } = asking(isBusy);
  await plan.run("x", { journal, runId: "r" });
  // What is left: both failures, and the decision about the first of them.
  const lost = await before(journal, "r", "decided");
  let asked = 0;
  const second = asking(() => (asked++, false));
  expect((await second.plan.run("x", { journal: lost, runId: "r" }))._unsafeUnwrapErr().type).toBe("suspended");
  // The first arm was to be tried again, and is; of the second nobody knew.
  expect([second.attempts, asked]).toEqual([["a2"], 1]);
  (await second.plan.answer("r", "go", true, { journal: lost }))._unsafeUnwrap();
  const third = asking(() => {
    throw new Error("asked again");
  });
  const run = (await third.plan.resume("r", { journal: lost }))._unsafeUnwrap();
  expect(run.output).toEqual(["a", expect.stringContaining("b")]);
});

test("a rerun takes decisions over with the steps that they are about", async () => {
  const journal = memoryJournal();
  const { attempts, plan } = asking(isBusy);
  await plan.run("x", { journal, runId: "r" });
  (await plan.answer("r", "go", true, { journal }))._unsafeUnwrap();
  (await plan.resume("r", { journal }))._unsafeUnwrap();
  const run = (await plan.rerun("r", { from: "end", journal }))._unsafeUnwrap();
  expect([run.output, attempts]).toEqual([
    ["a", "b"],
    ["a1", "b1", "a2", "b2"],
  ]);
});

test("a merge is given equal parts live and in a replay, none of them the same as another, and what is in the state cannot be changed", async () => {
  const journal = memoryJournal();
  interface Found {
    readonly url: string;
  }
  const seen: unknown[] = [];
  const plan = workflow("crawl")
    .state(
      { found: [] as readonly Found[] },
      // By identity: right only where what an arm hands on is told from what it began with alike in every process.
      { merge: { found: (joined, arm, base) => [...joined, ...arm.filter((one) => !base.includes(one))] } },
    )
    .then("seed", ({ set }) => set({ found: [{ url: "/" }] }))
    .parallel("both", {
      a: ({ set, state }) => set({ found: [...state.found, { url: "/a" }] }),
      b: ({ set, state }) => set({ found: [...state.found, { url: "/b" }] }),
    })
    .waitFor("go", z.boolean(), { show: ({ state }) => state.found })
    .then("end", ({ state }) => {
      seen.push(Object.isFrozen(state.found), Object.isFrozen(state.found[0]));
      return state.found.map(({ url }) => url);
    })
    .build();
  const first = (await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr();
  (await plan.answer("r", "go", true, { journal }))._unsafeUnwrap();
  const run = (await plan.resume("r", { journal }))._unsafeUnwrap();
  const live = (first.type === "suspended" ? ((first.waits[0]?.shown ?? []) as readonly Found[]) : []).map(({ url }) => url);
  expect([run.output, seen]).toEqual([live, [true, true]]);
});

describe("merges of the state", () => {
  const counting = (merge: (joined: number, arm: number) => unknown) =>
    workflow("counting")
      .state({ count: 0 as unknown }, { merge: { count: merge as never } })
      .loop(
        "rounds",
        {
          flow: (b) =>
            b
              .parallel("both", {
                one: ({ set }) => set({ count: 1 }),
                two: ({ set }) => set({ count: 2 }),
              })
              .then("turn", () => "x"),
        },
        { until: ({ iteration }) => iteration === 3 },
      )
      .waitFor("sure", z.boolean())
      .then("end", ({ state }) => state.count)
      .build();
  const ends = async (before: Parameters<typeof counting>[0], after: Parameters<typeof counting>[0], journal = memoryJournal()) => {
    await counting(before).run("x", { journal, runId: "r" });
    await counting(before).answer("r", "sure", true, { journal });
    return (await counting(after).resume("r", { journal })).map(({ output }) => output);
  };

  test("what an impure one gave stays as it was, and it is not asked again", async () => {
    let asked = 0;
    const impure = (joined: number, arm: number) => joined + arm + ++asked / 1_000;
    const journal = memoryJournal();
    const first = await ends(impure, impure, journal);
    // Three turns of two arms each.
    expect(asked).toBe(6);
    expect(first._unsafeUnwrap()).toBeCloseTo(9 + 0.021);
    expect((await counting(impure).resume("r", { journal }))._unsafeUnwrap().output).toBe(first._unsafeUnwrap());
    const again = await counting(impure).rerun("r", { from: "end", journal });
    expect(again._unsafeUnwrap().output).toBe(first._unsafeUnwrap());
    expect(asked).toBe(6);
  });

  test("what another version of it gave stays, and the new one counts from there on", async () => {
    expect(
      (
        await ends(
          (joined, arm) => joined + arm,
          () => -1,
        )
      )._unsafeUnwrap(),
    ).toBe(9);
  });

  test("a key whose merge was declared later is merged then, and what its arms wrote is not lost", async () => {
    const journal = memoryJournal();
    const sum = (joined: number, arm: number) => joined + arm;
    const plan = (merge: object) =>
      workflow("declaring")
        .state({ a: 0, b: 0 }, { merge })
        .parallel("both", {
          one: ({ set }) => set({ a: 1, b: 7 }),
          two: ({ set }) => set({ a: 2 }),
        })
        .waitFor("sure", z.boolean())
        .then("end", ({ state }) => state)
        .build();
    await plan({ a: sum }).run("x", { journal, runId: "r" });
    await plan({ a: sum }).answer("r", "sure", true, { journal });
    const resumed = await plan({ a: () => -1, b: sum }).resume("r", { journal });
    expect(resumed._unsafeUnwrap().output).toEqual({ a: 3, b: 7 });
  });

  test("a large state is asked for again, and so is one that is no data or that threw", async () => {
    const large = "x".repeat(3_000);
    let asked = 0;
    const given = (value: unknown) => () => {
      asked++;
      return value;
    };
    expect((await ends(given(large), given(large)))._unsafeUnwrap()).toBe(large);
    expect(asked).toBe(12);
    const texts = async (journal: Journal) => (await journal.read("r"))._unsafeUnwrap().filter((text) => text.includes("|merge|"));
    const journal = memoryJournal();
    await ends(given(large), given(large), journal);
    expect(await texts(journal)).toEqual([]);
    const small = memoryJournal();
    await ends(given("small"), given("small"), small);
    expect(await texts(small)).toHaveLength(3);
    const fails = memoryJournal();
    const throws = () => {
      throw new Error("no");
    };
    const failed = (await counting(throws).run("x", { journal: fails, runId: "r" }))._unsafeUnwrapErr();
    expect(failed.message).toContain("A merge of the state");
    expect((await counting(throws).resume("r", { journal: fails }))._unsafeUnwrapErr().message).toBe(failed.message);
    expect(await texts(fails)).toEqual([]);
  });
});
