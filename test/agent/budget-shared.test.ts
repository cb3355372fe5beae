// One budget for all that a run does: its attempts, arms, items, teams and their members.

import { type RunEvent, team, workflow } from "heddle";
import { callTools, fault, latestPrompt, script } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { loose } from "../support/loose.ts";
import { servedModels } from "../support/models.ts";
import { sleep } from "../support/promises.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { reserved, said, ten, writer } from "./budgeted.ts";

const models = servedModels();
const quick = { max: 2, initial: 1 } as const;

describe("one budget for a whole run", () => {
  test("every attempt reserves anew; the failures before stand beside the last word", async () => {
    models.use(() => fault.status(503));
    const events: RunEvent[] = [];
    const plan = workflow("w")
      .then("write", writer, { retries: { max: 5, initial: 1 } })
      .build();
    const failure = (
      await plan.run("x", { budget: { tokens: 3 * reserved("x") - 1 }, observe: (event) => events.push(event) })
    )._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "budget_exceeded", attempts: 2, spent: 2 * reserved("x") });
    expect(failure.suppressed).toMatchObject([{ type: "step_failed", attempts: 2, cause: { status: 503 } }]);
    expect(models.requests).toHaveLength(2);
    expect(failure.trace.find(({ kind }) => kind === "model")).toMatchObject({ status: "failed", attempts: 2 });
    expect(events.filter(({ type }) => type === "step.retrying")).toHaveLength(2);
  });

  test("modelCalls counts requests, also those that failed", async () => {
    models.use(script([fault.status(429), fault.status(503), said("one"), said("two")]));
    const plan = workflow("w").then("a", writer, { retries: quick }).then("b", writer).build();
    const failure = (await plan.run("x", { budget: { modelCalls: 3 } }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "budget_exceeded", step: "b", limit: "modelCalls", allowed: 3, spent: 3, reservation: 1 });
    expect(failure.usage.modelCalls).toBe(1);
    expect((await plan.run("x", { budget: { modelCalls: 0 } }))._unsafeUnwrapErr()).toMatchObject({ type: "budget_exceeded" });
    expect(models.requests).toHaveLength(3);
  });

  test("catch, settle and race do not hold it back, and what was done is undone", async () => {
    const undone: string[] = [];
    const small = { budget: { tokens: 10 } };
    const before = () => loose().then("book", () => "booked", { undo: () => void undone.push("book") });
    const plans = [
      before()
        .then("a", writer)
        .catch("c", () => "caught"),
      before().settle("s", { a: writer, b: () => 1 }),
      before().race("r", { a: writer, b: { flow: (b: any) => b.sleep("z", 10_000).then("late", () => 1) } }),
      before().loop("l", writer, { until: () => true }),
      before().then(
        "n",
        loose("inner")
          .then("a", writer)
          .catch("c", () => "caught")
          .build(),
      ),
    ];
    for (const plan of plans) {
      undone.length = 0;
      expect((await plan.build().run("x", small))._unsafeUnwrapErr()).toMatchObject({ type: "budget_exceeded" });
      expect(undone).toEqual(["book"]);
    }
  });

  test("sub-workflows, items, teams and their members share it, and wait for one another", async () => {
    models.use(async (request) => {
      await sleep(5);
      const leads = request.tools.length > 0 && !request.messages.some(({ role }) => role === "tool");
      return leads ? callTools([{ name: "writer", args: { task: "Do." } }], { usage: ten }) : said("done");
    });
    const inner = workflow("inner").then("a", writer).build();
    const desk = team({ name: "desk", model: "gpt-4o", members: { writer } });
    const plan = loose()
      .parallel("all", {
        alone: writer,
        nested: inner,
        items: { flow: (b: any) => b.map("each", () => ["one", "two", "three"], writer) },
        desk,
      })
      .build();
    const whole = (await plan.run("x"))._unsafeUnwrap();
    // One alone, one nested, three items, and the team's three.
    expect(whole.usage).toMatchObject({ modelCalls: 8, totalTokens: 80 });
    expect(models.requests).toHaveLength(8);
    const enough = (await plan.run("x", { budget: { modelCalls: 8 } }))._unsafeUnwrap();
    expect(enough.usage.modelCalls).toBe(8);
    const failure = (await plan.run("x", { budget: { modelCalls: 7 } }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "budget_exceeded", limit: "modelCalls", spent: 7 });
    expect(models.requests).toHaveLength(8 + 8 + 7);
  });

  test("with room for one reservation, ten agents go one after another, and all get through", async () => {
    let most = 0;
    let underWay = 0;
    models.use(async () => {
      most = Math.max(most, ++underWay);
      await sleep(2);
      underWay--;
      return said("done");
    });
    const plan = loose()
      .parallel("p", Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`a${index}`, writer])))
      .build();
    const run = (await plan.run("x", { budget: { tokens: reserved("x") + 90 } }))._unsafeUnwrap();
    expect(run.usage.totalTokens).toBe(100);
    expect(most).toBe(1);
    // The same without a budget: side by side.
    await plan.run("x");
    expect(most).toBeGreaterThan(1);
  });

  test("an attempt that timed out has taken what it had reserved", async () => {
    models.use(script([fault.delay(Number.POSITIVE_INFINITY, "never"), said("done")]));
    const plan = workflow("w")
      .then("a", writer, { timeout: 300, retries: quick })
      .then("b", writer, { input: () => "x" })
      .build();
    const failure = (await plan.run("x", { budget: { tokens: 2 * reserved("x") } }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "budget_exceeded", step: "b", spent: reserved("x") + 10 });
  });

  test("a group's time and the caller's cancel end a call that waits", async () => {
    models.use(() => fault.delay(Number.POSITIVE_INFINITY, "never"));
    const plan = workflow("w")
      .settle("s", {
        slow: writer,
        waits: { flow: (b) => b.parallel("p", { writer }, { timeout: 30 }) },
      })
      .build();
    const handle = plan.start("x", { budget: { tokens: reserved("x") + 10 }, grace: 10, trace: "all" });
    const over: string[] = [];
    for await (const event of handle.events) {
      if (event.type !== "step.failed") continue;
      over.push(event.path);
      if (event.path === "s/waits/p") handle.cancel("enough");
    }
    expect((await handle.result)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "enough" });
    expect(over[0]).toMatch(/^s\/waits/);
    expect(models.requests).toHaveLength(1);
  });

  test("a pause between two attempts holds no reservation", async () => {
    models.use((request) => (latestPrompt(request) === "x" && models.requests.length === 1 ? fault.status(503) : said("done")));
    const clock = new VirtualClock();
    const plan = workflow("w")
      .parallel("p", { a: { do: writer, retries: { max: 1, initial: 60_000, jitter: "none" } }, b: writer })
      .build();
    const result = plan.run("x", { budget: { tokens: 2 * reserved("x") + 10 }, clock });
    await clock.advance(0);
    const run = (await clock.until(result))._unsafeUnwrap();
    expect(run.output).toEqual({ a: "done", b: "done" });
    expect(models.requests).toHaveLength(3);
  });
});
