// Runs that are done anew from a step on: what came before is taken over and not done again, and the run before stays as it is.

import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/index.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { bothJournals } from "../support/journals.ts";

const stored = async (journal: Journal, id: string) => [(await journal.find(id))._unsafeUnwrap(), (await journal.read(id))._unsafeUnwrap()];

describe.each(bothJournals())("%s", (_, open) => {
  test("outputs, state and order are taken over; the rest runs under keys of its own", async () => {
    const journal = open();
    const calls: string[] = [];
    const plan = workflow("all")
      .input<{ readonly topic: string }>()
      .state({ hits: [] as string[] })
      .then("a", ({ set, state, idempotencyKey, input }) => {
        calls.push(idempotencyKey);
        set({ hits: [...state.hits, "a"] });
        return { when: new Date(5), topic: input.topic };
      })
      .parallel("group", {
        x: { flow: (b) => b.then("x1", ({ idempotencyKey }) => calls.push(idempotencyKey)).then("x2", async () => "x2") },
        y: ({ idempotencyKey }) => calls.push(idempotencyKey),
      })
      .loop("turns", ({ last, idempotencyKey }) => (calls.push(idempotencyKey), last), { until: ({ iteration }) => iteration === 2 })
      .map(
        "items",
        () => [1, 2],
        ({ idempotencyKey }) => calls.push(idempotencyKey),
      )
      .then(
        "flaky",
        ({ attempt, idempotencyKey }) => {
          calls.push(idempotencyKey);
          if (attempt < 3) throw new Error("again");
          return attempt;
        },
        { retries: { max: 5, initial: 4 } },
      )
      .then("broken", (): string => {
        throw new Error("no");
      })
      .catch("rescue", ({ failure }) => failure.message)
      .then("b", ({ idempotencyKey, state, set }) => {
        calls.push(idempotencyKey);
        set({ hits: [...state.hits, "b"] });
        return 1;
      })
      .then("end", ({ state, steps, last }) => ({
        hits: state.hits,
        when: steps.a?.when.getTime(),
        topic: steps.a?.topic,
        last,
        x2: steps.x2,
      }))
      .build();
    const first = (await plan.run({ topic: "t" }, { journal, runId: "r" }))._unsafeUnwrap();
    const before = await stored(journal, "r");
    const done = calls.splice(0);
    const events: string[] = [];
    const again = (
      await plan.rerun("r", { from: "b", journal, runId: "s", observe: ({ type, path }) => void events.push(`${type} ${path}`) })
    )._unsafeUnwrap();
    expect(again.id).toBe("s");
    expect(again.output).toEqual(first.output);
    expect(again.output).toEqual({ hits: ["a", "b"], when: 5, topic: "t", last: 1, x2: "x2" });
    expect(calls).toEqual(["s/b"]);
    expect(events).toContain("step.replayed group/x/x1");
    expect(events).toContain("step.completed b");
    expect(events).not.toContain("step.completed a");
    expect(again.trace.map(({ path }) => path)).toEqual(first.trace.map(({ path }) => path));
    expect(await stored(journal, "r")).toEqual(before);
    // From the first step on: all of it.
    calls.length = 0;
    expect((await plan.rerun("r", { from: "a", journal, runId: "t" }))._unsafeUnwrap().output).toEqual(first.output);
    expect(calls).toEqual(done.map((key) => key.replace(/^r\//, "t/")));
    // From a group, a loop, a map, and a handler.
    for (const [from, left] of [
      ["group", 10],
      ["turns", 8],
      ["items", 6],
      ["flaky", 4],
      ["rescue", 1],
      ["end", 0],
    ] as const) {
      calls.length = 0;
      expect((await plan.rerun("r", { from, journal }))._unsafeUnwrap().output).toEqual(first.output);
      expect([from, calls.length]).toEqual([from, left]);
    }
    await journal.close();
  });

  test("of runs that failed, were cancelled, wait, or go on elsewhere", async () => {
    const journal = open();
    const calls: string[] = [];
    let healthy = false;
    const plan = workflow("ends")
      .then("a", () => calls.push("a"))
      .waitFor("sure", z.boolean())
      .then("b", async () => {
        calls.push("b");
        if (!healthy) throw new Error("down");
        return "b";
      })
      .waitFor("later", z.string())
      .then("end", ({ last, steps }) => `${steps.sure} ${steps.b} ${last}`)
      .build();
    await plan.run("x", { journal, runId: "failed" });
    await plan.answer("failed", "sure", true, { journal });
    // It came early for a wait that is not taken over: it has to be given anew.
    await plan.answer("failed", "later", "early", { journal });
    expect((await plan.resume("failed", { journal }))._unsafeUnwrapErr()).toMatchObject({ type: "step_failed", step: "b" });
    expect((await plan.resume("failed", { journal }))._unsafeUnwrapErr()).toMatchObject({ type: "step_failed", step: "b" });
    healthy = true;
    calls.length = 0;
    expect((await plan.rerun("failed", { from: "b", journal, runId: "s" }))._unsafeUnwrapErr()).toMatchObject({
      type: "suspended",
      step: "later",
    });
    expect(calls).toEqual(["b"]);
    await plan.answer("s", "later", "now", { journal });
    expect((await plan.resume("s", { journal }))._unsafeUnwrap().output).toBe("true b now");
    expect(calls).toEqual(["b"]);
    // One that waits, from the wait itself and from before it.
    await plan.run("x", { journal, runId: "waiting" });
    calls.length = 0;
    expect((await plan.rerun("waiting", { from: "sure", journal, runId: "w" }))._unsafeUnwrapErr()).toMatchObject({
      type: "suspended",
      step: "sure",
    });
    expect(calls).toEqual([]);
    await plan.answer("w", "sure", false, { journal });
    expect((await plan.resume("w", { journal }))._unsafeUnwrapErr()).toMatchObject({ type: "suspended", step: "later" });
    expect((await journal.find("waiting"))._unsafeUnwrap().status).toBe("suspended");
    const notReached = (await plan.rerun("waiting", { from: "b", journal }))._unsafeUnwrapErr();
    expect(notReached.type).toBe("run_not_found");
    expect(notReached.message).toContain('Expected a run that has come to step "b"');
    // One that was cancelled.
    await plan.cancel("waiting", { journal });
    expect((await plan.resume("waiting", { journal }))._unsafeUnwrapErr().type).toBe("cancelled");
    expect((await plan.rerun("waiting", { from: "sure", journal }))._unsafeUnwrapErr().type).toBe("suspended");
    // One that somebody owns is only read.
    const handle = plan.start("x", { journal, runId: "live" });
    while (handle.waits.length === 0) await delay(2);
    expect((await plan.rerun("live", { from: "sure", journal }))._unsafeUnwrapErr().type).toBe("suspended");
    await handle.answer("sure", true);
    while (handle.waits.length === 0) await delay(2);
    await handle.answer("later", "live");
    expect((await handle.result)._unsafeUnwrap().output).toBe("true b live");
    expect((await plan.rerun("nope", { from: "a", journal }))._unsafeUnwrapErr().type).toBe("run_not_found");
    await journal.close();
  });

  test("what was taken over is undone when the new run fails, under its keys; what the old run has undone is not taken over", async () => {
    const journal = open();
    const undone: string[] = [];
    let broken = false;
    const plan = workflow("undo")
      .then("charge", () => 7, { undo: (output, { idempotencyKey, runId }) => void undone.push(`${runId} ${idempotencyKey} ${output}`) })
      .then("ship", () => {
        if (broken) throw new Error("no");
        return "shipped";
      })
      .build();
    expect((await plan.run("x", { journal, runId: "r" })).isOk()).toBe(true);
    broken = true;
    expect((await plan.rerun("r", { from: "ship", journal, runId: "s" }))._unsafeUnwrapErr()).toMatchObject({
      type: "step_failed",
      step: "ship",
    });
    expect(undone).toEqual(["s s/charge/undo 7"]);
    broken = false;
    const refused = (await plan.rerun("s", { from: "ship", journal }))._unsafeUnwrapErr();
    expect(refused.type).toBe("run_not_found");
    expect(refused.message).toContain('got step "charge", which that run has undone');
    expect((await plan.rerun("s", { from: "charge", journal })).isOk()).toBe(true);
    expect(undone).toHaveLength(1);
    await journal.close();
  });

  test("steps taken over keep their durations, and a time limit counts from there", async () => {
    const journal = open();
    const plan = workflow("time")
      .then("slow", () => delay(120, "slow"))
      .sleep("nap", 60)
      .then("b", () => "b")
      .then("endless", () => delay(300, "late"))
      .build();
    const first = (await plan.run("x", { journal, runId: "r" }))._unsafeUnwrap();
    const again = (await plan.rerun("r", { from: "b", journal, timeout: 5_000 }))._unsafeUnwrap();
    expect(again.record("slow")?.durationMs).toBeCloseTo(first.record("slow")?.durationMs as number, 5);
    expect(again.durationMs).toBeGreaterThan(450);
    const now = Date.now();
    const short = (await plan.rerun("r", { from: "b", journal, runId: "short", timeout: 150 }))._unsafeUnwrapErr();
    expect(short.type).toBe("run_timed_out");
    expect(Date.now() - now).toBeGreaterThan(140);
    // Its wall time is that of now, less what it has taken over.
    expect(Math.abs((short.trace.at(-1)?.startedAt as number) - now)).toBeLessThan(1_000);
    await journal.close();
  });
});
