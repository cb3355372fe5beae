// Clock, size, depth. CK05's tool and HTTP body are in test/agent and test/model.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { err } from "neverthrow";
import { expect, test } from "vitest";
import { memoryJournal } from "../../src/journal/memory.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { folder } from "../journal/doors.ts";
import { difference } from "../journal/identical.ts";
import { identity } from "../support/identity.ts";
import { loose } from "../support/loose.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

test.each([3_600_000, -3_600_000])("CK01 the wall clock jumps by %i ms: pauses, timeouts and durations do not", async (jump) => {
  class Jumping extends VirtualClock {
    #jumped = 0;
    override date(): number {
      return super.date() + this.#jumped;
    }
    jump(): void {
      this.#jumped += jump;
    }
  }
  const clock = new Jumping();
  const plan = loose()
    .then(
      "a",
      ({ attempt, signal }: any) => {
        clock.jump();
        return attempt === 1 ? clock.wait(1_000, signal) : "ok";
      },
      { timeout: 100, retries: { max: 1, initial: 500, jitter: "none" } },
    )
    .sleep("z", 1_000)
    .build();
  const run = ((await clock.until(plan.run("", { clock }))) as any)._unsafeUnwrap();
  expect([clock.now(), run.durationMs, run.record("a").durationMs, run.record("a").attempts]).toEqual([1_600, 1_600, 600, 2]);
});

test("CK03 50 MB of text through five steps with events: not copied, and cut where it is shown", async () => {
  const text = "x".repeat(50_000_000);
  const events: unknown[] = [];
  let chain = loose().then("a", () => text);
  for (const id of ["b", "c", "d", "e"]) chain = chain.then(id, ({ last }: any) => last);
  const run = (await chain.build().run("", { observe: (event: unknown) => events.push(event) }))._unsafeUnwrap();
  expect(run.output).toBe(text);
  expect(JSON.stringify(events).length + JSON.stringify(run.trace).length).toBeLessThan(10_000);
  const failure = (
    await loose()
      .then("a", () => text)
      .route("r", ({ last }: any) => last, { x: () => 1 })
      .build()
      .run("")
  )._unsafeUnwrapErr();
  expect(failure.message.length).toBeLessThan(1_000);
});

test("CK05 values nested 100,000 deep are carried; where they must be copied, into the state, it is the step's failure", async () => {
  let deep: unknown = {};
  for (let level = 0; level < 100_000; level++) deep = { deep };
  const run = (
    await loose()
      .then("a", () => deep)
      .parallel("p", { x: ({ last }: any) => last })
      .build()
      .run(deep)
  )._unsafeUnwrap();
  expect(identity.isSame(run.steps.x, deep)).toBe(true);
  const result = await loose()
    .state({ k: null as unknown })
    .then("a", ({ set }: any) => set({ k: deep }))
    .build()
    .run("");
  if (result.isErr()) expect(result.error).toMatchObject({ type: "step_failed", path: "a" });
});

test.each([
  [30, -60, 60],
  [30, -10, 40],
  [59, -60, 60],
  [30, 60, 0],
])(
  "CK02 a sleep of 60 minutes, killed after %i, on a machine whose clock is then %i minutes off: it waits %i more, and never longer than the jump",
  async (passed, jump, waits) => {
    const minute = 60_000;
    let begun = Date.now();
    class Off extends VirtualClock {
      readonly #from: number;
      constructor(from: number) {
        super();
        this.#from = from;
      }
      override date(): number {
        return begun + this.#from + this.now();
      }
    }
    const plan = loose()
      .sleep("hour", 60 * minute)
      .then("end", () => "awake")
      .build();
    const journal = memoryJournal();
    const before = new Off(0);
    const asleep = Promise.withResolvers<void>();
    const killed = plan.run("x", {
      journal,
      runId: "r",
      clock: before,
      observe: ({ type }: any) => type === "step.started" && asleep.resolve(),
    });
    await asleep.promise;
    // By the journal, which knows the machine's clock alone.
    begun = (await journal.find("r"))._unsafeUnwrap().createdAt;
    await before.advance(passed * minute);
    await journal.close();
    await killed;
    const after = new Off((passed + jump) * minute);
    const resumed = (await after.until(plan.resume("r", { journal: memoryJournal(journal), clock: after }))) as any;
    expect(resumed._unsafeUnwrap().output).toBe("awake");
    expect(after.now() / minute).toBeCloseTo(waits, 1);
    // At most what was left, and the jump.
    expect(after.now()).toBeLessThanOrEqual((60 - passed + Math.max(0, -jump)) * minute);
  },
);

// A heap of 200 MB, since V8 would otherwise keep what nobody needs any more for as long as there is room. Resumed, each of the
// five has a copy of its own.
test("CK03 50 MB of text through five steps on a journal: below eight times its size; and a resume in a heap of six times", async () => {
  await using place = await folder();
  const child = fileURLToPath(new URL("ck03-child.ts", import.meta.url));
  const life = (heap: number) => {
    const told = execFileSync(process.execPath, [`--max-old-space-size=${heap}`, child, `${place.path}/runs.db`], { encoding: "utf8" });
    return JSON.parse(told) as { readonly length: number; readonly took: number };
  };
  const first = life(200);
  expect(first.length).toBe(50_000_000);
  expect(first.took / 50_000_000).toBeLessThan(8);
  expect(life(300).length).toBe(50_000_000);
}, 120_000);

test.each([
  ["many texts", () => new Array(1_024).fill("x".repeat(2 ** 20))],
  ["one text that JSON makes twice as long", () => '"'.repeat(300_000_000)],
])(
  "CK04 an output of %s, which is more than one string can hold: refused as data, and the process goes on",
  async (_, made) => {
    await using place = await folder();
    const journal = sqliteJournal(`${place.path}/runs.db`);
    const plan = (make: () => unknown) =>
      loose()
        .then("a", make)
        .then("b", ({ last }: any) => typeof last)
        .build();
    const failure = (await plan(made).run("x", { journal, runId: "large" }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "not_serializable", step: "a", message: expect.stringContaining("one string can hold") });
    expect(failure.message.length).toBeLessThan(1_000);
    expect((await plan(() => 1).run("x", { journal, runId: "small" }))._unsafeUnwrap().output).toBe("number");
    expect((await plan(made).resume("large", { journal }))._unsafeUnwrapErr().type).toBe("not_serializable");
    await journal.close();
  },
  60_000,
);

test("CK05 values nested 100,000 deep on a journal: input, output, state, answer and what was thrown, live and resumed", async () => {
  let deep: unknown = "bottom";
  for (let level = 0; level < 100_000; level++) deep = level % 2 === 0 ? [deep] : { deep };
  const seen: unknown[] = [];
  const plan = () =>
    loose()
      .then("a", ({ last }: any) => last)
      .settle("s", { returned: () => err(deep), thrown: () => Promise.reject(new Error("deep", { cause: deep })) })
      .then("b", ({ steps }: any) => (seen.push(steps.a), steps.a))
      .build();
  await using place = await folder();
  const journal = sqliteJournal(`${place.path}/runs.db`);
  const live = (await plan().run(deep, { journal, runId: "r" }))._unsafeUnwrap();
  const resumed = (await plan().resume("r", { journal }))._unsafeUnwrap();
  for (const copy of [seen[0], live.output, resumed.output, resumed.steps.s.returned.error.cause, resumed.steps.s.thrown.error.cause.cause])
    expect(difference(copy, deep)).toBeUndefined();
  expect(seen).toHaveLength(1);
  await journal.close();
}, 60_000);
