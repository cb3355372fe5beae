import { agent, reject, workflow } from "heddle";
import { callTools, reply, script } from "heddle/testing";
import { err, ok, okAsync } from "neverthrow";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import type { RunEvent } from "../../src/types/event.ts";
import { servedModels } from "../support/models.ts";
import { sleep, untilAborted } from "../support/promises.ts";

const models = servedModels();
const schema = z.object({ verdict: z.enum(["pass", "revise"]), score: z.number() });

test("`before` may pass a prompt, change it, or reject it before any model is asked", async () => {
  models.use(() => reply("fine"));
  const writer = agent({
    name: "writer",
    model: "gpt-4o",
    before: async (prompt) => (String(prompt).includes("4111") ? reject("card number") : String(prompt).replace("hunter2", "***")),
  });
  expect((await writer.run("my password is hunter2"))._unsafeUnwrap().output).toBe("fine");
  expect(models.requests[0]?.messages.at(-1)?.text).toBe("my password is ***");
  const failure = (await writer.run("my card is 4111 1111"))._unsafeUnwrapErr();
  expect(models.requests).toHaveLength(1);
  expect(failure).toMatchObject({
    type: "step_failed",
    threw: false,
    step: "writer",
    path: "writer/before",
    cause: { type: "rejected", reason: "card number", message: "Rejected: card number" },
  });
  if (failure.type === "step_failed" && !failure.threw && failure.cause.type === "rejected")
    expectTypeOf(failure.cause.reason).toEqualTypeOf<"card number">();
});

test("`after` sees the parsed answer, and gives the same, another one, or a rejection", async () => {
  models.use(
    script([
      { verdict: "pass", score: 3 },
      { verdict: "revise", score: 3 },
      { verdict: "pass", score: -1 },
    ]),
  );
  const seen: unknown[] = [];
  const critic = agent({
    name: "critic",
    model: "gpt-4o",
    output: schema,
    after: (output, { path, runId, signal, idempotencyKey }) => {
      seen.push([path, runId, signal.aborted, idempotencyKey]);
      if (output.score < 0) return err({ type: "odd score" as const, score: output.score });
      return output.verdict === "pass" ? ok({ ...output, score: output.score * 2 }) : okAsync(output);
    },
  });
  expect((await critic.run("1", { runId: "r" }))._unsafeUnwrap().output).toEqual({ verdict: "pass", score: 6 });
  expect((await critic.run("2"))._unsafeUnwrap().output).toEqual({ verdict: "revise", score: 3 });
  const failure = (await critic.run("3"))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "step_failed", threw: false, path: "critic/after", cause: { type: "odd score", score: -1 } });
  expect(failure.usage.modelCalls).toBe(1);
  expect(seen[0]).toEqual(["critic/after", "r", false, "r/critic/after"]);
});

test("a rejection is caught like any failure of a step, and hooks are recorded with their time", async () => {
  models.use(() => reply("no good"));
  const events: RunEvent[] = [];
  const plan = workflow("w")
    .then(
      "draft",
      agent({
        model: "gpt-4o",
        before: async (prompt) => {
          await sleep(15);
          return prompt;
        },
        after: (text) => (text === "no good" ? reject({ rule: "tone", level: 2 }) : text),
      }),
    )
    .catch("rescue", ({ failure }) => {
      if (failure.type !== "step_failed" || failure.threw || failure.cause.type !== "rejected") return "something else";
      expectTypeOf(failure.cause.reason).toEqualTypeOf<{ readonly rule: "tone"; readonly level: 2 }>();
      return `${failure.path} ${failure.cause.reason.rule}`;
    })
    .build();
  const run = (await plan.run("x", { observe: (event) => events.push(event) }))._unsafeUnwrap();
  expect(run.output).toBe("draft/after tone");
  expect(run.trace.map(({ path, kind, status }) => [path, kind, status])).toEqual([
    ["draft", "agent", "failed"],
    ["draft/before", "guard", "completed"],
    ["draft/turn#1", "model", "completed"],
    ["draft/after", "guard", "failed"],
    ["rescue", "catch", "completed"],
  ]);
  expect(run.trace[1]?.durationMs).toBeGreaterThanOrEqual(10);
  expect(run.trace[3]?.message).toContain("Rejected");
  expect(events.find((event) => event.type === "step.failed" && event.path === "draft/after")).toMatchObject({
    kind: "guard",
    cancelled: false,
  });
});

test("a hook that throws, or gives no prompt, is the step's failure and says which hook it was", async () => {
  models.use(() => reply("never"));
  const thrown = new Error("the filter is down");
  const fails = agent({
    name: "a",
    model: "gpt-4o",
    before: () => {
      throw thrown;
    },
  });
  const failure = (await fails.run("x"))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "step_failed", threw: true, path: "a/before" });
  expect(failure.cause).toBe(thrown);
  expect(failure.message).toBe('"before" of step "a" failed: the filter is down');
  const empty = (await agent({ name: "a", model: "gpt-4o", before: (() => undefined) as never }).run("x"))._unsafeUnwrapErr();
  expect(empty.message).toMatch(/"before" of step "a" failed: Expected the input to be text.*got undefined/);
  expect(models.requests).toHaveLength(0);
});

test("a cancel reaches a hook, and a step's timeout bounds it", async () => {
  models.use(() => reply("never"));
  const hangs = agent({ name: "a", model: "gpt-4o", before: (_, { signal }) => untilAborted(signal) });
  const abort = new AbortController();
  const running = hangs.run("x", { signal: abort.signal });
  await sleep(5);
  abort.abort("enough");
  expect((await running)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "enough" });
  const timed = await workflow("w").then("a", hangs, { timeout: 20 }).build().run("x");
  expect(timed._unsafeUnwrapErr()).toMatchObject({ type: "step_timed_out", path: "a/before", timeout: 20 });
});

test("a guarded agent still runs its turns: `before` once, `after` once, whatever comes between", async () => {
  let before = 0;
  let after = 0;
  models.use(script([callTools([{ name: "nothing" }]), "not JSON", { verdict: "pass", score: 1 }]));
  const critic = agent({
    model: "gpt-4o",
    output: schema,
    before: (prompt) => {
      before++;
      return prompt;
    },
    after: (output) => {
      after++;
      return output;
    },
  });
  expect((await critic.run("x"))._unsafeUnwrap().output.verdict).toBe("pass");
  expect([before, after]).toEqual([1, 1]);
});

test("a plain step guards as well as a hook", async () => {
  const plan = workflow("w")
    .then("guard", ({ last }) => (last.length > 3 ? reject("too long") : last))
    .then("end", ({ last }) => last.toUpperCase())
    .build();
  expect((await plan.run("abc"))._unsafeUnwrap().output).toBe("ABC");
  const failure = (await plan.run("abcd"))._unsafeUnwrapErr();
  if (failure.type === "step_failed" && !failure.threw) expectTypeOf(failure.cause.reason).toEqualTypeOf<"too long">();
  expect(failure).toMatchObject({ path: "guard", cause: { reason: "too long" } });
});

test("hooks that are no functions are BuildErrors", () => {
  expect(() => agent({ name: "a", model: "m", before: 1 as never })).toThrow('Expected "before" of agent "a" to be a function, got 1');
  expect(() => agent({ name: "a", model: "m", after: {} as never })).toThrow('"after" of agent "a"');
  expect(() => agent({ name: "a", model: "m", reasks: -1 })).toThrow('"reasks" of agent "a" to be a whole number from 0 up');
});
