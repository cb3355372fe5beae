import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { type RunEvent, workflow } from "../../src/index.ts";
import { loose } from "../support/loose.ts";

const approval = z.object({ approved: z.boolean() });

const reviewed = workflow("reviewed")
  .then("draft", ({ input }) => `${input}!`)
  .waitFor("approval", approval, { show: ({ steps }) => ({ draft: steps.draft }) })
  .then("publish", ({ last, steps }) => (last.approved ? steps.draft : "withdrawn"))
  .build();

test("a started run stays for its answer, and goes on with it", async () => {
  const events: RunEvent[] = [];
  const handle = reviewed.start("hello", { observe: (event) => events.push(event) });
  await expect.poll(() => handle.waits).toEqual([{ step: "approval", path: "approval", shown: { draft: "hello!" } }]);
  expect(events.find((event) => event.type === "step.started" && event.kind === "wait")).toMatchObject({ shown: { draft: "hello!" } });
  expect((await handle.answer("approval", { approved: true })).isOk()).toBe(true);
  const run = (await handle.result)._unsafeUnwrap();
  expect(run.output).toBe("hello!");
  expect(run.steps.approval).toEqual({ approved: true });
  expect(run.record("approval")).toMatchObject({ kind: "wait", status: "completed" });
  expect(handle.waits).toEqual([]);
});

test("run() ends as suspended once nothing else can go on", async () => {
  const done: string[] = [];
  const events: string[] = [];
  const plan = workflow("both")
    .parallel("all", {
      ask: { flow: (b) => b.waitFor("sure", z.boolean()) },
      also: { flow: (b) => b.waitFor("really", z.boolean()) },
      work: { flow: (b) => b.sleep("pause", 30).tap("note", () => void done.push("worked")) },
    })
    .build();
  const failure = (await plan.run("x", { observe: ({ type }) => events.push(type) }))._unsafeUnwrapErr();
  expect(done).toEqual(["worked"]);
  expect(failure).toMatchObject({
    type: "suspended",
    step: "sure",
    path: "all/ask/sure",
    waits: [
      { step: "sure", path: "all/ask/sure", shown: undefined },
      { step: "really", path: "all/also/really" },
    ],
  });
  expect(failure.message).toBe('The run waits for an answer to step "sure" and 1 more');
  // What is open is neither failed nor cancelled: the run may go on another time.
  expect(failure.trace.find(({ step }) => step === "sure")?.status).toBe("running");
  expect(failure.trace.find(({ step }) => step === "all")?.status).toBe("running");
  expect(failure.trace.find(({ step }) => step === "note")?.status).toBe("completed");
  expect(events.at(-1)).toBe("run.suspended");
  expect(events.filter((type) => type.endsWith("failed"))).toEqual([]);
});

test("what does not fit is refused, and the wait stays; the first answer counts", async () => {
  const handle = reviewed.start("hello");
  await expect.poll(() => handle.waits).toHaveLength(1);
  // @ts-expect-error the answer does not fit
  const refused = (await handle.answer("approval", { approved: "yes" }))._unsafeUnwrapErr();
  expect(refused).toMatchObject({ type: "answer_refused", reason: "invalid", issues: [{ path: ["approved"] }] });
  expect(refused.message).toContain("it still waits");
  expect(handle.waits).toHaveLength(1);
  // @ts-expect-error there is no such wait
  expect((await handle.answer("nope", 1))._unsafeUnwrapErr()).toMatchObject({ reason: "no_such_wait" });
  expect((await handle.answer("approval", { approved: true }, { path: "elsewhere" }))._unsafeUnwrapErr()).toMatchObject({
    reason: "no_such_wait",
  });
  const [first, second] = await Promise.all([
    handle.answer("approval", { approved: false }),
    handle.answer("approval", { approved: true }),
  ]);
  expect(first.isOk()).toBe(true);
  expect(["answered", "over"]).toContain(second._unsafeUnwrapErr().reason);
  expect((await handle.result)._unsafeUnwrap().output).toBe("withdrawn");
  expect((await handle.answer("approval", { approved: true }))._unsafeUnwrapErr().reason).toBe("over");
});

test("an answer that comes before its wait is kept for it", async () => {
  const told = Promise.withResolvers<void>();
  const plan = workflow("early")
    .then("slow", () => told.promise)
    .waitFor("sure", z.string().transform(Number))
    .build();
  const handle = plan.start("x");
  expect((await handle.answer("sure", "42")).isOk()).toBe(true);
  expect((await handle.answer("sure", "43"))._unsafeUnwrapErr().reason).toBe("answered");
  told.resolve();
  expect((await handle.result)._unsafeUnwrap().output).toBe(42);
});

test("a second answer to one turn of a loop does not answer the next", async () => {
  const plan = workflow("turns")
    .loop("ask", { flow: (b) => b.waitFor("more", z.string()).then("said", ({ last }) => last) }, { until: ({ last }) => last === "done" })
    .build();
  const handle = plan.start("x");
  await expect.poll(() => handle.waits).toHaveLength(1);
  expect((await handle.answer("more", "again")).isOk()).toBe(true);
  await expect.poll(() => handle.waits).toMatchObject([{ path: "ask#2/more" }]);
  // The click that came twice names the turn that it saw.
  expect((await handle.answer("more", "again", { path: "ask#1/more" }))._unsafeUnwrapErr().reason).toBe("answered");
  expect((await handle.answer("more", "done", { path: "ask#2/more" })).isOk()).toBe(true);
  expect((await handle.result)._unsafeUnwrap().output).toBe("done");
});

test("several waits of one step are told apart by their paths", async () => {
  const plan = workflow("each")
    .map("each", () => ["a", "b", "c"], {
      flow: (b) => b.waitFor("ok", z.boolean(), { show: ({ last }) => last }).then("end", ({ last, index }) => `${index}${last}`),
    })
    .build();
  const handle = plan.start("x");
  await expect
    .poll(() => handle.waits.map(({ path, shown }) => [path, shown]))
    .toEqual([
      ["each[0]/ok", "a"],
      ["each[1]/ok", "b"],
      ["each[2]/ok", "c"],
    ]);
  await handle.answer("ok", false, { path: "each[2]/ok" });
  await handle.answer("ok", true);
  await handle.answer("ok", true);
  expect((await handle.result)._unsafeUnwrap().output).toEqual(["0true", "1true", "2false"]);
});

test("a wait of a sub-workflow is answered by its id", async () => {
  const plan = workflow("outer").use(reviewed).build();
  const handle = plan.start("hi");
  await expect.poll(() => handle.waits).toMatchObject([{ path: "reviewed/approval" }]);
  await handle.answer("approval", { approved: true });
  expect((await handle.result)._unsafeUnwrap().output).toBe("hi!");
});

test("a wait whose time runs out fails as wait_timed_out, which a handler may deal with", async () => {
  const plan = workflow("timed").waitFor("sure", z.boolean(), { timeout: 20 });
  const failure = (await plan.build().start("x").result)._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "wait_timed_out", step: "sure", timeout: 20 });
  const rescued = await plan
    .catch("late", ({ failure }) => failure.type)
    .build()
    .start("x").result;
  expect(rescued._unsafeUnwrap().output).toBe("wait_timed_out");
});

const asks = { flow: (b: any) => b.waitFor("sure", z.boolean()) };

test.each([
  ["whose time ran out", (b: any) => b.waitFor("sure", z.boolean(), { timeout: 5 }).catch("late", () => 1)],
  ["that lost a race", (b: any) => b.race("r", { ask: asks, auto: () => delay(5) })],
  [
    "whose sibling failed, while another cleans up",
    (b: any) =>
      b.parallel("p", {
        ask: asks,
        fails: async () => {
          await delay(5);
          throw new Error("fails");
        },
        cleansUp: () => delay(250),
      }),
  ],
])("an answer to a wait %s is refused, and not kept for nobody", async (_, grow) => {
  const handle = grow(loose())
    .tap("end", () => delay(250))
    .build()
    .start("x");
  await expect.poll(() => handle.waits, { interval: 1 }).toHaveLength(1);
  await expect.poll(() => handle.waits, { interval: 1 }).toEqual([]);
  expect((await handle.answer("sure", true))._unsafeUnwrapErr().reason).toBe("over");
  await handle.result;
});

test("nothing is undone when a run is suspended, and everything is when it is cancelled while it waits", async () => {
  const undone: string[] = [];
  const plan = workflow("undo")
    .then("charge", () => 1, { undo: () => void undone.push("charge") })
    .waitFor("sure", z.boolean())
    .build();
  expect((await plan.run("x"))._unsafeUnwrapErr().type).toBe("suspended");
  expect(undone).toEqual([]);
  const handle = plan.start("x");
  await expect.poll(() => handle.waits).toHaveLength(1);
  handle.cancel("no longer wanted");
  expect((await handle.result)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "no longer wanted" });
  expect(undone).toEqual(["charge"]);
});

test("settle and race do not hold a suspended run back; a race goes on while another arm can win", async () => {
  const asking = workflow("settled")
    .settle("s", { ask: { flow: (b) => b.waitFor("sure", z.boolean()) }, quick: () => 1 })
    .catch("caught", () => "caught")
    .build();
  expect((await asking.run("x"))._unsafeUnwrapErr().type).toBe("suspended");
  const racing = workflow("raced")
    .race("r", {
      ask: { flow: (b) => b.waitFor("sure", z.string()) },
      auto: { flow: (b) => b.sleep("p", 20).then("went", () => "by itself") },
    })
    .build();
  expect((await racing.run("x"))._unsafeUnwrap().output).toBe("by itself");
});

test("a wait is stood in for like any step", async () => {
  expect((await reviewed.run("x", { mock: { approval: { approved: true } } }))._unsafeUnwrap().output).toBe("x!");
});

test("mistakes in building a wait are refused in words", () => {
  const start = workflow("w");
  // @ts-expect-error no schema
  expect(() => start.waitFor("a", {})).toThrow("Expected the answer to step");
  expect(() => start.waitFor("a", z.string(), { timeout: -1 })).toThrow('step "a"');
  // @ts-expect-error a misspelt option
  expect(() => start.waitFor("a", z.string(), { time: 1 })).toThrow("timeout");
});
