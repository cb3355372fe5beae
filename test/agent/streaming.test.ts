import { agent, openai, type RunEvent, tool, workflow } from "heddle";
import { callTools, fault, modelServer, reply, type ServedRequest } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { apis, until } from "../model/calls.ts";

/** What each agent said last, by the path of its step: the pieces of the last pair of call and attempt. */
function finalTexts(events: readonly RunEvent[]): ReadonlyMap<string, string> {
  const texts = new Map<string, { readonly call: string; readonly attempt: number; text: string }>();
  for (const event of events) {
    if (event.type !== "agent.delta") continue;
    const { path, call, attempt, delta } = event;
    const known = texts.get(path);
    if (known?.call === call && known.attempt === attempt) known.text += delta;
    else texts.set(path, { call, attempt, text: delta });
  }
  return new Map([...texts].map(([path, { text }]) => [path, text]));
}

const prompted = (request: ServedRequest) => request.messages.find(({ role }) => role === "user")?.text ?? "";

describe.each(apis)("%s", (api) => {
  test("tokens pass through sub-workflows, maps, loops, branches and races, and join to every agent's text", async () => {
    // Every first answer to a prompt breaks off half way, so that attempts matter too.
    const broken = new Set<string>();
    await using server = await modelServer((request) => {
      const prompt = prompted(request);
      if (request.instructions === "tools" && request.messages.at(-1)?.role !== "tool")
        return callTools([{ name: "now" }], { text: "Let me look at the clock, one moment please." });
      const answer = reply(`${request.instructions} answers "${prompt}" in several pieces, 世界 🌍.`);
      const key = `${request.instructions} ${prompt}`;
      if (broken.has(key)) return answer;
      broken.add(key);
      return fault.cutStream({ after: api === "chat" ? 4 : 7 }, answer);
    });
    const model = openai("gpt-4o", { api, baseURL: server.url, apiKey: "k" });
    const now = tool({ name: "now", description: "The time.", input: z.object({}), run: () => "noon" });
    const speak = (instructions: string) => agent({ model, instructions });
    const retries = { max: 2, initial: 1 };
    const inner = workflow("inner")
      .loop(
        "turns",
        { flow: (b) => b.then("say", speak("looped"), { retries }).then("n", ({ iteration }) => String(iteration)) },
        { until: ({ iteration }) => iteration === 2 },
      )
      .map("each", () => ["a", "b", "c"], { flow: (b) => b.then("item", speak("mapped"), { retries }) }, { concurrency: 2 })
      .then("joined", ({ last }) => last.join("\n"))
      .build();
    const outer = workflow("outer")
      .use(inner)
      .then("clock", agent({ model, instructions: "tools", tools: [now] }), { input: () => "clock", retries })
      .build();
    const plan = workflow("w")
      .then("nested", outer, { input: () => "start" })
      .branch("way", () => true, { yes: { flow: (b) => b.then("arm", speak("branched"), { input: () => "arm", retries }) } })
      .parallel("both", {
        left: { do: speak("left"), input: () => "l", retries },
        right: { do: speak("right"), input: () => "r", retries },
      })
      .build();
    const handle = plan.start("x");
    const events: RunEvent[] = [];
    for await (const event of handle.events) events.push(event);
    const run = (await handle.result)._unsafeUnwrap();
    const texts = finalTexts(events);
    const { steps } = run;
    expect(texts.get("nested/clock")).toBe(steps.nested.steps.clock);
    expect(texts.get("way/yes/arm")).toBe(steps.arm);
    expect(texts.get("both/left")).toBe(steps.left);
    expect(texts.get("both/right")).toBe(steps.right);
    const { steps: inside } = steps.nested.steps.inner;
    expect(["[0]", "[1]", "[2]"].map((item) => texts.get(`nested/inner/each${item}/item`))).toEqual(inside.each);
    expect(texts.get("nested/inner/turns#2/say")).toBe(inside.say);
    expect(texts.get("nested/inner/turns#1/say")).toContain('looped answers "start"');
    expect(texts.size).toBe(9);
    // The pieces of attempts that broke off were told, under their own number, and are part of no text.
    const attempts = new Set(events.flatMap((event) => (event.type === "agent.delta" ? [event.attempt] : [])));
    expect(attempts).toEqual(new Set([1, 2]));
    // What an agent said beside a tool call belongs to that call.
    const clock = events.flatMap((event) => (event.type === "agent.delta" && event.path === "nested/clock" ? [event.call] : []));
    expect(new Set(clock)).toEqual(new Set(["nested/clock/turn#1", "nested/clock/turn#2"]));
    expect(server.requests.every(({ stream }) => stream)).toBe(true);
  });

  test("a slow reader gets fewer and longer pieces, and the same text", async () => {
    const long = Array.from({ length: 400 }, (_, index) => `word${index}`).join(" ");
    await using server = await modelServer(() => long);
    const handle = workflow("w")
      .then("a", agent({ model: openai("gpt-4o", { api, baseURL: server.url, apiKey: "k" }) }))
      .build()
      .start("x");
    const iterator = handle.events[Symbol.asyncIterator]();
    await iterator.next();
    await handle.result;
    const events: RunEvent[] = [];
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) events.push(next.value);
    expect(finalTexts(events).get("a")).toBe(long);
    expect(events.filter(({ type }) => type === "agent.delta").length).toBeLessThan(5);
  });

  test("idle and total timeouts are the model's options, and a reply that keeps talking is not idle", async () => {
    await using server = await modelServer(() =>
      fault.trickle({ bytes: 40, everyMs: 15 }, reply("words ".repeat(api === "chat" ? 12 : 6))),
    );
    const ask = (limits: { timeout?: number; idleTimeout?: number }) =>
      workflow("w")
        .then("a", agent({ model: openai("gpt-4o", { api, baseURL: server.url, apiKey: "k", ...limits }) }), { retries: 0 })
        .build()
        .run("x", { observe: () => {} });
    const began = performance.now();
    expect((await ask({ idleTimeout: 800 }))._unsafeUnwrap().output).toContain("words");
    // The whole took longer than twice of what no pause in it may.
    const whole = performance.now() - began;
    const failure = (await ask({ timeout: whole / 3 }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ cause: { type: "timeout" } });
    expect(failure.steps).toEqual({});
    await until(() => server.inFlight === 0);
  });
});

test("a cut stream is a failure where nothing is tried again, and no step completes", async () => {
  await using server = await modelServer(() => fault.cutStream({ after: 4 }, reply("Half of this arrives, and then nothing more.")));
  const events: RunEvent[] = [];
  const failure = (
    await workflow("w")
      .then("a", agent({ model: openai("gpt-4o", { baseURL: server.url, apiKey: "k" }) }), { retries: 0 })
      .then("b", () => "never")
      .build()
      .run("x", { observe: (event) => events.push(event) })
  )._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "step_failed", step: "a", cause: { type: "stream_truncated", retryable: true }, steps: {} });
  expect(events.filter(({ type }) => type === "step.completed")).toEqual([]);
});
