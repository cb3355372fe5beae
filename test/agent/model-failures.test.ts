import { agent, step, workflow } from "heddle";
import { byInstructions, fault, modelServer, refusal, reply, script } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { openai } from "../../src/model/openai.ts";
import type { RunEvent } from "../../src/types/event.ts";
import { servedModels } from "../support/models.ts";

const models = servedModels();
const quick = { max: 2, initial: 1 } as const;

describe("errors and retries", () => {
  test("AG01: what may pass is tried again and seen in trace and events; what cannot is not", async () => {
    const writer = agent({ model: "gpt-4o" });
    for (const status of [429, 500, 502, 503, 529]) {
      models.use(script([fault.status(status), fault.status(status), "third time"]));
      const events: RunEvent[] = [];
      const run = (
        await workflow("w")
          .then("write", writer, { retries: quick })
          .build()
          .run("x", { observe: (event) => events.push(event) })
      )._unsafeUnwrap();
      expect(run.output).toBe("third time");
      expect(run.trace.find(({ kind }) => kind === "model")).toMatchObject({ attempts: 3, status: "completed" });
      expect(events.filter(({ type }) => type === "step.retrying").map((event) => event.type === "step.retrying" && event.attempt)).toEqual(
        [2, 3],
      );
    }
    for (const status of [400, 401, 403, 404, 422]) {
      models.use(script([fault.status(status), "never"]));
      const failure = (await workflow("w").then("write", writer, { retries: quick }).build().run("x"))._unsafeUnwrapErr();
      expect(failure).toMatchObject({ type: "step_failed", threw: false, step: "write", path: "write/turn#1", attempts: 1 });
      expect(models.requests).toHaveLength(1);
    }
  });

  test("RT12, RT13: Retry-After is kept; one that nobody should wait for fails at once and says so", async () => {
    const writer = agent({ model: "gpt-4o" });
    models.use(script([fault.status(429, { retryAfterMs: 30 }), "ok"]));
    const run = (await writer.run("x"))._unsafeUnwrap();
    expect(run.trace.find(({ kind }) => kind === "model")?.retried?.[0]?.delayMs).toBe(30);
    models.use(script([fault.status(429, { retryAfter: 600 }), "never"]));
    const failure = (await writer.run("x"))._unsafeUnwrapErr();
    expect(failure.message).toMatch(/the server asked to wait 600 s/);
    expect(failure.cause).toMatchObject({ type: "rate_limited", retryAfterMs: 600_000 });
    // RT14: the run's own time counts as well.
    models.use(script([fault.status(429, { retryAfter: 30 }), "never"]));
    expect((await writer.run("x", { timeout: 10_000 }))._unsafeUnwrapErr().message).toMatch(/the run has (9|10).* left/);
  });

  test("RT03: without retries, there is one request; a step's word counts more than a reusable step's own", async () => {
    models.use(() => fault.status(503));
    for (const retries of [0, { max: 0 }]) {
      const before = models.requests.length;
      const plan = workflow("w")
        .then("write", agent({ model: "gpt-4o" }), { retries })
        .build();
      expect((await plan.run("x"))._unsafeUnwrapErr().attempts).toBe(1);
      expect(models.requests.length - before).toBe(1);
    }
    let ran = 0;
    const stubborn = step(
      "stubborn",
      () => {
        ran++;
        throw new Error("no");
      },
      { retries: { max: 3, initial: 1 } },
    );
    (await workflow("w").then("once", stubborn, { retries: 0 }).build().run("x"))._unsafeUnwrapErr();
    expect(ran).toBe(1);
  });

  test("the next model of a list is asked when one fails in a way that may pass", async () => {
    models.use((request) => (request.model === "big" ? fault.status(503) : "from small"));
    const writer = agent({ name: "writer", model: [openai("big"), openai("small")] });
    const run = (await workflow("w").then("write", writer, { retries: 0 }).build().run("x"))._unsafeUnwrap();
    expect(run.output).toBe("from small");
    expect(run.trace.filter(({ kind }) => kind === "model").map(({ path, status }) => [path, status])).toEqual([
      ["write/turn#1", "failed"],
      ["write/turn#1[1]", "completed"],
    ]);
  });

  test("the next model is asked at once where the first wants to be left alone for longer than anybody should wait", async () => {
    models.use((request) => (request.model === "big" ? fault.status(429, { retryAfter: 600 }) : "from small"));
    const began = performance.now();
    const run = (await agent({ name: "writer", model: [openai("big"), openai("small")] }).run("x"))._unsafeUnwrap();
    expect(run.output).toBe("from small");
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(models.requests.map(({ model }) => model)).toEqual(["big", "small"]);
    models.use(() => fault.status(400));
    expect((await agent({ model: [openai("big"), openai("small")] }).run("x"))._unsafeUnwrapErr()).toMatchObject({
      cause: { type: "bad_request" },
    });
    expect(models.requests.map(({ model }) => model)).toEqual(["big"]);
  });

  test("a refusal is a typed error that is not tried again, with the tokens it cost", async () => {
    models.use(script([refusal("I cannot help with that."), "never"]));
    const failure = (await agent({ model: "gpt-4o" }).run("x"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", threw: false, cause: { type: "refusal", retryable: false } });
    expect(failure.usage.modelCalls).toBe(1);
  });

  test("a step's timeout bounds each request, which may then be tried again", async () => {
    models.use(script([fault.delay(Number.POSITIVE_INFINITY, "never"), "in time"]));
    const plan = workflow("w")
      .then("write", agent({ model: "gpt-4o" }), { timeout: 150, retries: quick })
      .build();
    const run = (await plan.run("x"))._unsafeUnwrap();
    expect(run.output).toBe("in time");
    expect(run.trace.find(({ kind }) => kind === "model")?.retried?.[0]?.failure.type).toBe("step_timed_out");
    expect(models.requests[0]?.signal.aborted).toBe(true);
  });
});

describe("streaming", () => {
  test("with a listener the answer comes in pieces that join to it, through any nesting", async () => {
    for (const api of ["chat", "responses"] as const) {
      await using server = await modelServer(byInstructions({ one: "The first answer, 世界 🌍.", two: "The second answer." }));
      const speak = (instructions: string) => agent({ model: openai("gpt-4o", { api, baseURL: server.url, apiKey: "k" }), instructions });
      const inner = workflow("inner")
        .parallel("both", { one: speak("one"), two: speak("two") })
        .build();
      const handle = workflow("w").use(inner).build().start("x");
      const pieces = new Map<string, string>();
      for await (const event of handle.events) {
        if (event.type === "agent.delta") pieces.set(event.path, (pieces.get(event.path) ?? "") + event.delta);
      }
      const run = (await handle.result)._unsafeUnwrap();
      expect(Object.fromEntries(pieces)).toEqual({ "inner/both/one": run.output.one, "inner/both/two": run.output.two });
      expect(run.output.one).toBe("The first answer, 世界 🌍.");
      expect(server.requests.every(({ stream }) => stream)).toBe(true);
    }
  });

  test("without a listener nothing streams", async () => {
    models.use(script(["quiet"]));
    (await agent({ model: "gpt-4o" }).run("x"))._unsafeUnwrap();
    expect(models.requests[0]?.stream).toBe(false);
  });

  test("AG04: a stream that is cut is no success, and its pieces belong to their attempt", async () => {
    models.use(script([fault.cutStream({ after: 2 }, reply("Only half of this text arrives")), "All of this."]));
    const events: RunEvent[] = [];
    const plan = workflow("w")
      .then("write", agent({ model: "gpt-4o" }), { retries: quick })
      .build();
    const run = (await plan.run("x", { observe: (event) => events.push(event) }))._unsafeUnwrap();
    expect(run.output).toBe("All of this.");
    const last = events.flatMap((event) => (event.type === "agent.delta" && event.attempt === 2 ? [event.delta] : []));
    expect(last.join("")).toBe("All of this.");
  });
});
