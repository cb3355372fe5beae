import { createOpenAI } from "@ai-sdk/openai";
import { agent, tool, workflow } from "heddle";
import { type AiSdkOptions, aiSdk } from "heddle/ai-sdk";
import {
  callTools,
  contentFilter,
  empty,
  fault,
  type Handler,
  lengthLimit,
  type ModelServer,
  modelServer,
  nullContent,
  refusal,
  reply,
  script,
} from "heddle/testing";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { AgentError } from "../../src/model/model.ts";
import type { RunEvent } from "../../src/types/event.ts";

const canary = "canary-key-0123456789";
const open: ModelServer[] = [];
afterEach(() => Promise.all(open.splice(0).map((server) => server.close())));

const sum = tool({
  name: "sum",
  description: "Adds two numbers.",
  input: z.object({ a: z.number(), b: z.number() }),
  run: ({ a, b }) => ({ sum: a + b }),
});
const quick = { max: 2, initial: 1 } as const;
const text = (said: string, options?: Parameters<typeof reply>[1]) => reply(said, options);

/** The SDK's own OpenAI provider, real HTTP, the same workflows as with `openai()`. */
describe.each(["chat", "responses"] as const)("@ai-sdk/openai, %s", (api) => {
  const serve = async (handler: Handler, options: AiSdkOptions = {}) => {
    const server = await modelServer(handler);
    open.push(server);
    const provider = createOpenAI({ baseURL: server.url, apiKey: canary });
    return { server, model: aiSdk(provider[api]("gpt-4o"), options) };
  };
  const observed = async (handler: Handler, retries: number | typeof quick = 0, options: AiSdkOptions = {}) => {
    const { server, model } = await serve(handler, options);
    const events: RunEvent[] = [];
    const plan = workflow("w").then("write", agent({ model }), { retries }).build();
    const result = await plan.run("Go.", { observe: (event) => events.push(event) });
    const deltas = events.flatMap((event) => (event.type === "agent.delta" ? [event] : []));
    return { server, result, deltas };
  };
  const ended = async (handler: Handler, stream: boolean) => {
    if (stream) return (await observed(handler)).result._unsafeUnwrapErr();
    const { model } = await serve(handler);
    return (await workflow("w").then("write", agent({ model }), { retries: 0 }).build().run("Go."))._unsafeUnwrapErr();
  };

  test("an agent calls tools, gets their results under its own calls, and answers as its schema says", async () => {
    const calls = callTools([
      { name: "sum", args: { a: 1, b: 2 }, id: "one" },
      { name: "sum", args: { a: "x" }, id: "two" },
    ]);
    const { server, model } = await serve(script([calls, { total: 3 }]));
    const calc = agent({
      name: "calc",
      model,
      instructions: "Add.",
      tools: [sum],
      output: z.object({ total: z.number() }),
      settings: { temperature: 0, maxOutputTokens: 99, toolChoice: "auto", extra: { providerOptions: { openai: { user: "u1" } } } },
    });
    const run = (await workflow("w").then("calc", calc).build().run("1 and 2?"))._unsafeUnwrap();
    expect(run.output.total).toBe(3);
    const [first, second] = server.requests;
    expect(first).toMatchObject({ api, stream: false, model: "gpt-4o", instructions: "Add." });
    expect(first?.tools).toMatchObject([{ name: "sum", strict: true, parameters: { required: ["a", "b"], additionalProperties: false } }]);
    expect(first?.outputSchema).toMatchObject({ name: "calc", strict: true });
    expect(first?.body).toMatchObject({ temperature: 0, user: "u1" });
    expect(JSON.stringify(first?.body)).toMatch(/"max_(?:output_|completion_)?tokens":99/);
    const results = second?.messages.flatMap((message) => (message.role === "tool" ? [[message.callId, message.text]] : []));
    expect(results?.[0]).toEqual(["one", '{"sum":3}']);
    expect(results?.[1]?.[1]).toMatch(/Invalid arguments for tool "sum"/);
    expect(run.trace.map(({ path, kind }) => [path, kind])).toContainEqual(["calc/turn#1/sum[1]", "tool"]);
    expect(run.usage.modelCalls).toBe(2);
  });

  test("a stream comes in pieces that join to the answer, with the tokens it cost", async () => {
    const usage = { inputTokens: 11, cachedInputTokens: 4, outputTokens: 5, reasoningTokens: 2 };
    const said = "The first answer, 世界 🌍.";
    for (const handler of [() => text(said, { usage }), () => fault.oddStream(text(said, { usage }))]) {
      const { server, result, deltas } = await observed(handler);
      const run = result._unsafeUnwrap();
      expect(run.output).toBe(said);
      expect(deltas.map(({ delta }) => delta).join("")).toBe(said);
      expect(deltas.length).toBeGreaterThan(1);
      expect(server.requests[0]?.stream).toBe(true);
      expect(run.usage).toMatchObject({ ...usage, totalTokens: 16, modelCalls: 1 });
    }
  });

  test("tools and structured output go through a stream, too", async () => {
    const { model } = await serve(script([callTools([{ name: "sum", args: { a: 20, b: 22 } }]), { total: 42 }]));
    const calc = agent({ name: "calc", model, tools: [sum], output: z.object({ total: z.number() }) });
    const run = (
      await workflow("w")
        .then("calc", calc)
        .build()
        .run("?", { observe: () => {} })
    )._unsafeUnwrap();
    expect(run.output).toEqual({ total: 42 });
  });

  test("images and files reach the server", async () => {
    const { server, model } = await serve(script(["seen"]));
    const plan = workflow("w")
      .then("look", agent({ model }), {
        input: () => [
          { type: "text", text: "See." },
          { type: "image", url: "data:image/png;base64,iVBORw0KGgo=" },
          { type: "image", url: "https://example.com/cat.png" },
          { type: "file", data: "JVBERi0=", mediaType: "application/pdf", name: "a.pdf" },
        ],
      })
      .build();
    expect((await plan.run(""))._unsafeUnwrap().output).toBe("seen");
    const sent = JSON.stringify(server.requests[0]?.body);
    for (const piece of [
      "data:image/png;base64,iVBORw0KGgo=",
      "https://example.com/cat.png",
      "data:application/pdf;base64,JVBERi0=",
      "a.pdf",
    ])
      expect(sent).toContain(piece);
  });

  test("AG01, RT12: what may pass is tried again, seen in the trace, after the time that the server asked for", async () => {
    const { result } = await observed(script([fault.status(503), fault.status(429, { retryAfterMs: 30 }), "third time"]), quick);
    const run = result._unsafeUnwrap();
    expect(run.output).toBe("third time");
    const record = run.trace.find(({ kind }) => kind === "model");
    expect(record).toMatchObject({ attempts: 3, status: "completed" });
    expect(record?.retried?.[1]).toMatchObject({ delayMs: 30, failure: { cause: { type: "rate_limited", requestId: "req_000002" } } });
    for (const status of [400, 401, 403, 404, 422]) {
      const { server, result: failed } = await observed(() => fault.status(status), quick);
      expect(failed._unsafeUnwrapErr()).toMatchObject({ type: "step_failed", threw: false, attempts: 1, cause: { status } });
      expect(server.requests).toHaveLength(1);
    }
  });

  describe.each([false, true])("streamed: %s", (stream) => {
    test("AG13: refusal, content filter, length, no choice and no content are distinct", async () => {
      const usage = { inputTokens: 3, outputTokens: 2 };
      const types = [];
      for (const one of [
        refusal("Not that.", { usage }),
        contentFilter("par", { usage }),
        lengthLimit("par", { usage }),
        nullContent({ usage }),
      ])
        types.push(((await ended(() => one, stream)).cause as { type: string }).type);
      expect(types).toEqual(["refusal", "content_filter", "length", "no_content"]);
    });

    test("an answer without a choice is no success", async () => {
      const failure = await ended(() => empty(), stream);
      expect(failure).toMatchObject({ type: "step_failed", threw: false, cause: { retryable: true } });
    });

    test("AG15: a context that is too long", async () => {
      expect((await ended(() => fault.contextLength(), stream)).cause).toMatchObject({
        type: "context_length",
        retryable: false,
        status: 400,
      });
    });

    test("AG20: a web page, cut JSON, an empty body and an error object in a 200", async () => {
      const errors = [];
      for (const one of [fault.html(), fault.malformed(), fault.malformed(""), fault.errorInBody({ message: "Sorry." })])
        errors.push((await ended(() => one, stream)).cause as AgentError);
      expect(errors[0]).toMatchObject({ type: "protocol", retryable: false, message: expect.stringContaining("a web page") });
      // What is no event at all, providers pass over in a stream.
      const types = stream ? ["stream_truncated", "stream_truncated", "overloaded"] : ["protocol", "protocol", "protocol"];
      expect(errors.slice(1).map(({ type }) => type)).toEqual(types);
      expect(errors[3]?.message).toContain("Sorry.");
    });

    test("a socket that closes or resets", async () => {
      for (const one of [fault.hangUp(), fault.cutBody({ after: 10, reset: true })]) {
        expect((await ended(() => one, stream)).cause).toMatchObject({ type: "connection", retryable: true });
      }
    });
  });

  test("AG04: a stream that is cut or falls silent is no success, and its pieces belong to their attempt", async () => {
    const half = reply("Only half of this text arrives");
    const faults = [
      fault.cutStream({ after: 4 }, half),
      fault.cutStream({ after: 4, hangUp: true }, half),
      fault.cutStream({ after: 4, stall: true }, half),
    ];
    for (const [index, type] of ["stream_truncated", "connection", "timeout"].entries()) {
      const { result, deltas } = await observed(script([faults[index] ?? "", "All of this."]), quick, { idleTimeout: 1_000 });
      const run = result._unsafeUnwrap();
      expect(run.output).toBe("All of this.");
      expect(run.trace.find(({ kind }) => kind === "model")?.retried?.[0]?.failure.cause).toMatchObject({ type, retryable: true });
      expect(deltas.flatMap(({ attempt, delta }) => (attempt === 2 ? [delta] : [])).join("")).toBe("All of this.");
    }
  });

  test("AG05: a stream that breaks after a tool has run is asked for again, and the tool does not run again", async () => {
    let ran = 0;
    const once = tool({ name: "once", description: "Counts.", input: z.object({}), run: () => ++ran });
    const broken = fault.cutStream({ after: 3, hangUp: true }, reply("Half of it"));
    const { model } = await serve(script([callTools([{ name: "once" }]), broken, "Done."]));
    const plan = workflow("w")
      .then("go", agent({ model, tools: [once] }), { retries: quick })
      .build();
    const run = (await plan.run("x", { observe: () => {} }))._unsafeUnwrap();
    expect([run.output, ran]).toEqual(["Done.", 1]);
  });

  test("AG17: a cancel ends the request and its socket", async () => {
    const { server, model } = await serve(() => fault.delay(Number.POSITIVE_INFINITY, "never"));
    const abort = new AbortController();
    const running = agent({ model }).run("x", { signal: abort.signal });
    while (server.inFlight === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    abort.abort("enough");
    expect((await running)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "enough" });
    while (server.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(server.requests[0]?.signal.aborted).toBe(true);
  });

  test("AG21: the provider's key is in no failure, though the server quotes it, where it is told", async () => {
    const server = await modelServer(() => fault.status(401, { message: `Incorrect API key provided: ${canary}.` }));
    open.push(server);
    const model = aiSdk(createOpenAI({ baseURL: server.url, apiKey: canary })[api]("gpt-4o"), { secrets: [canary] });
    const failure = (await agent({ model }).run("x"))._unsafeUnwrapErr();
    expect(failure.cause).toMatchObject({ type: "auth", retryable: false });
    expect(JSON.stringify(failure)).not.toContain("canary");
  });

  test("falls back to the next model of a list, whoever makes it", async () => {
    const { server, model } = await serve(() => fault.status(503));
    const { model: second } = await serve(() => "from the second");
    const run = (
      await workflow("w")
        .then("a", agent({ name: "a", model: [model, second] }), { retries: 0 })
        .build()
        .run("x")
    )._unsafeUnwrap();
    expect(run.output).toBe("from the second");
    expect(server.requests).toHaveLength(1);
  });
});
