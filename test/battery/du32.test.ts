// The same plan and the same faults in process and on both journals: the same result, the same effects, the same kinds of failure.

import fc from "fast-check";
import { err } from "neverthrow";
import { afterAll, expect, test } from "vitest";
import { workflow } from "../../src/index.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { counted } from "../boundary/counted.ts";
import { Watch } from "../boundary/watch.ts";
import { folder } from "../journal/doors.ts";
import { others, VirtualClock } from "../support/virtual-clock.ts";
// Loaded before, so that time does not have to wait for a file to be read.
import "../../src/durable/index.ts";

const place = await folder();
afterAll(() => place[Symbol.asyncDispose]());
others.busy = () => counted.busy > 0;

const names = ["reserve", "x1", "x2", "y", "p", "q", "item", "turn", "inner", "charge", "void", "rescue"] as const;
type Name = (typeof names)[number];
const faults = ["none", "none", "none", "error", "throw", "hang", "late"] as const;
/** What each call of a step comes to, the last for all that follow. */
type Script = Readonly<Record<Name, readonly (typeof faults)[number][]>>;
const scripts = fc.record(
  Object.fromEntries(names.map((name) => [name, fc.array(fc.constantFrom(...faults), { minLength: 1, maxLength: 3 })])),
) as unknown as fc.Arbitrary<Script>;

interface Seen {
  readonly signal: AbortSignal;
  readonly attempt: number;
  readonly idempotencyKey: string;
}

/** The plan with its faults, and what it did to the world. */
function play(script: Script, clock: VirtualClock) {
  const effects: string[] = [];
  const calls = new Map<string, number>();
  const act =
    (name: Name, more = 0) =>
    async ({ signal, attempt, idempotencyKey }: Seen) => {
      const key = idempotencyKey.slice(idempotencyKey.indexOf("/"));
      const count = (calls.get(key) ?? 0) + 1;
      calls.set(key, count);
      effects.push(`${key} begins, attempt ${attempt}`);
      const fault = script[name][Math.min(count, script[name].length) - 1];
      // Never at the same moment as any other, and never at once: in memory a sibling would not even begin. In parts of a ms that sums keep.
      await clock.wait(3 + names.indexOf(name) * 0.375 + more / 64, fault === "late" ? undefined : signal);
      if (fault === "hang") await clock.wait(10_000, signal);
      if (fault === "late") await clock.wait(60);
      effects.push(`${key} has effect`);
      if (fault === "error") return err({ code: name });
      if (fault === "throw") throw new RangeError(`${name} broke`);
      return `${name} ${count}`;
    };
  const undo = (_: unknown, { idempotencyKey }: { readonly idempotencyKey: string }) => {
    effects.push(`${idempotencyKey.slice(idempotencyKey.indexOf("/"))} undone`);
  };
  const limits = { timeout: 40, retries: { max: 1, initial: 5, jitter: "none" } } as const;
  const inner = workflow("inside").then("inner", act("inner"), { timeout: 40 }).build();
  const plan = workflow("du32")
    .state({ seen: [] as readonly string[] }, { merge: { seen: (joined, arm, base) => [...joined, ...arm.slice(base.length)] } })
    .then("reserve", act("reserve"), { ...limits, undo })
    .settle("tries", {
      x: { flow: (b) => b.then("x1", act("x1"), { undo, timeout: 40 }).then("x2", act("x2"), limits) },
      y: { do: act("y"), timeout: 40 },
    })
    .race("fastest", { p: { do: act("p"), timeout: 40 }, q: { do: act("q"), ...limits } })
    .map(
      "items",
      () => [1, 2, 3],
      (context) => act("item", context.index)(context),
      { ...limits, concurrency: 2 },
    )
    .then("joined", ({ last }) => last.join())
    .loop("turns", act("turn"), { until: ({ iteration }) => iteration === 2, timeout: 40 })
    .then("sub", inner, { retries: { max: 1, initial: 5, jitter: "none" } })
    .then("charge", act("charge"), { ...limits, undo })
    .tap("void", act("void"), { timeout: 40 })
    .catch("rescue", act("rescue"), { timeout: 40, undo: true })
    .build();
  return { plan, effects };
}

async function told(script: Script, journal: Journal | undefined) {
  const clock = new VirtualClock();
  const { plan, effects } = play(script, clock);
  const watch = journal && new Watch(journal, clock.date(), () => {});
  const options = watch === undefined ? {} : { journal: watch.journal };
  const result = await clock.until(plan.run("in", { clock, grace: 5, runId: "r", ...options }));
  const { trace } = result.isOk() ? result.value : result.error;
  const kinds = result.isOk() ? result.value.output : [result.error, ...result.error.suppressed].map(({ type, path }) => `${type} ${path}`);
  await journal?.close();
  return {
    kinds,
    effects: effects.toSorted(),
    trace: trace.map(({ path, status, attempts, startedAt, durationMs }) => [path, status, attempts, startedAt, durationMs]),
  };
}

test("DU32 random faults in a plan of many kinds: in process, in memory and in SQLite alike", { timeout: 120_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let failed = 0;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(scripts, async (script) => {
      const plain = await told(script, undefined);
      runs++;
      if (Array.isArray(plain.kinds)) failed++;
      expect(await told(script, memoryJournal())).toEqual(plain);
      expect(await told(script, sqliteJournal(`${place.path}/${runs}.db`))).toEqual(plain);
    }),
    { numRuns: 40, seed },
  );
  // Both ends were come to.
  expect([failed > 0, failed < runs]).toEqual([true, true]);
});
