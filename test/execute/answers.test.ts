// What whoever answers a wait is told, and what an answer leaves behind.
import { expect, test } from "vitest";
import { z } from "zod";
import { loose } from "../support/loose.ts";
import { settle, VirtualClock } from "../support/virtual-clock.ts";

const why = async (answer: PromiseLike<any>) => {
  const { type, reason, message, issues } = (await answer)._unsafeUnwrapErr();
  expect(type).toBe("answer_refused");
  return [reason, message, issues.length];
};

test("an answer that is refused: why, and which step it was for", async () => {
  const handle = loose()
    .then("before", () => 1)
    .waitFor("sure", z.object({ yes: z.boolean(), by: z.string() }))
    .waitFor("again", z.number())
    .build()
    .start("in");
  await settle();
  expect(await why(handle.answer("before", 1))).toEqual([
    "no_such_wait",
    'Expected the id of a step that waits for an answer, got "before"',
    0,
  ]);
  expect(await why(handle.answer("sure", { yes: 1 }))).toEqual([
    "invalid",
    'Expected the answer to step "sure" to fit its schema: at yes: Invalid input: expected boolean, received number; at by: Invalid input: expected string, received undefined; it still waits',
    2,
  ]);
  expect(await why(handle.answer("sure", { yes: true, by: "me" }, { path: "else/where" }))).toEqual([
    "no_such_wait",
    'Expected the path of a wait that is open, got "else/where" for step "sure"',
    0,
  ]);
  expect((await handle.answer("sure", { yes: true, by: "me" })).isOk()).toBe(true);
  expect(await why(handle.answer("sure", { yes: false, by: "you" }))).toEqual([
    "answered",
    'Expected the first answer to step "sure", got another: the first one counts',
    0,
  ]);
  expect((await handle.answer("again", 2)).isOk()).toBe(true);
  expect((await handle.result)._unsafeUnwrap().output).toBe(2);
  expect(await why(handle.answer("again", 3))).toEqual([
    "over",
    'Expected a run and a wait that go on, got an answer to step "again" when one of them was over',
    0,
  ]);
});

test("an answer ends the wait's own time, and the wait", async () => {
  const clock = new VirtualClock();
  const handle = loose()
    .waitFor("sure", z.boolean(), { timeout: 100, show: ({ last }: any) => `sure of ${last}?` })
    .sleep("after", 500)
    .build()
    .start("in", { clock });
  await clock.advance(60);
  expect(handle.waits).toEqual([{ step: "sure", path: "sure", shown: "sure of in?" }]);
  expect((await handle.answer("sure", true)).isOk()).toBe(true);
  expect(handle.waits).toEqual([]);
  await settle();
  expect(clock.pending).toBe(1);
  await clock.until(handle.result);
  expect([(await handle.result)._unsafeUnwrap().output, clock.now(), clock.pending]).toEqual([true, 560, 0]);
  expect((await handle.result)._unsafeUnwrap().record("sure")).toMatchObject({ status: "completed", durationMs: 60 });
});

test("a wait whose time runs out is over: it is no longer there, and its record says why", async () => {
  const clock = new VirtualClock();
  const handle = loose()
    .waitFor("sure", z.boolean(), { timeout: 100 })
    .catch("late", ({ failure }: any) => failure.type)
    .sleep("after", 500)
    .build()
    .start("in", { clock });
  await clock.advance(100);
  expect(handle.waits).toEqual([]);
  const run = (await clock.until<any>(handle.result))._unsafeUnwrap();
  expect([run.output, clock.now()]).toEqual(["wait_timed_out", 600]);
  expect(run.record("sure")).toMatchObject({ status: "failed", durationMs: 100, message: expect.stringContaining("100 ms") });
});

test("an answer that came before its wait completes it in no time, once", async () => {
  const clock = new VirtualClock();
  const handle = loose()
    .loop(
      "twice",
      { flow: (b: any) => b.sleep("nap", 10).waitFor("sure", z.string()) },
      { until: ({ iteration }: any) => iteration === 2, max: 5 },
    )
    .build()
    .start("in", { clock });
  expect((await handle.answer("sure", "early")).isOk()).toBe(true);
  await clock.advance(30);
  expect(handle.waits).toMatchObject([{ path: "twice#2/sure" }]);
  expect((await handle.answer("sure", "late")).isOk()).toBe(true);
  const run = (await clock.until<any>(handle.result))._unsafeUnwrap();
  expect(run.output).toBe("late");
  expect(run.records("sure").map(({ path, durationMs }: any) => [path, durationMs])).toEqual([
    ["twice#1/sure", 0],
    ["twice#2/sure", 10],
  ]);
});

test("a second answer to a turn that is over does not answer the next, which began while it was checked", async () => {
  const clock = new VirtualClock();
  const slow = {
    "~standard": { version: 1, vendor: "slow", validate: async (value: unknown) => ({ value: await clock.wait(20).then(() => value) }) },
  };
  const handle = loose()
    .loop("l", { flow: (b: any) => b.sleep("nap", 10).waitFor("more", slow) }, { until: ({ iteration }: any) => iteration === 2, max: 5 })
    .build()
    .start("in", { clock });
  await clock.advance(10);
  const first = handle.answer("more", "one");
  await clock.advance(25);
  expect((await first).isOk()).toBe(true);
  // Nothing waits now; when this one has been checked, the second turn does.
  const again = handle.answer("more", "one");
  await clock.advance(20);
  expect((await again)._unsafeUnwrapErr()).toMatchObject({ type: "answer_refused", reason: "answered" });
  expect(handle.waits).toMatchObject([{ path: "l#2/more" }]);
  const second = handle.answer("more", "two");
  await clock.advance(20);
  expect((await second).isOk()).toBe(true);
  expect((await clock.until<any>(handle.result))._unsafeUnwrap().output).toBe("two");
});
