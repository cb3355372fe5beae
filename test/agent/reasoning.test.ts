import { agent, openai, tool } from "heddle";
import { callTools, modelServer, reply, script } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { RunEvent } from "../../src/types/event.ts";

const sum = tool({ name: "sum", description: "Adds.", input: z.object({ a: z.number(), b: z.number() }), run: ({ a, b }) => a + b });
const calls = [
  { name: "sum", args: { a: 1, b: 2 }, id: "c1" },
  { name: "sum", args: { a: 3, b: 4 }, id: "c2" },
];
const inputOf = (body: unknown) => (body as { input: readonly { type?: string; role?: string; encrypted_content?: string }[] }).input;

describe.each([false, true])("streamed: %s", (streamed) => {
  const options = streamed ? { observe: (_: RunEvent) => {} } : {};

  test("encrypted reasoning goes back with the calls that came of it, in its place, for as long as the run goes on", async () => {
    await using server = await modelServer(
      script([
        callTools(calls, { reasoning: "gAAAA-first", text: "Let me add." }),
        callTools(calls.slice(0, 1), { reasoning: "gAAAA-second" }),
        "10",
      ]),
    );
    const model = openai("o4-mini", { api: "responses", baseURL: server.url, apiKey: "k" });
    expect((await agent({ model, tools: [sum] }).run("add", options))._unsafeUnwrap().output).toBe("10");
    const shape = (index: number) =>
      inputOf(server.requests[index]?.body).map(({ type, role, encrypted_content }) => encrypted_content ?? type ?? role);
    expect(shape(1)).toEqual([
      "user",
      "gAAAA-first",
      "assistant",
      "function_call",
      "function_call",
      "function_call_output",
      "function_call_output",
    ]);
    expect(shape(2).slice(7)).toEqual(["gAAAA-second", "function_call", "function_call_output"]);
    expect(server.requests[1]?.body).toMatchObject({ store: false });
  });

  test("reasoning without content, which only a server that stores could look up, is left out", async () => {
    await using server = await modelServer(script([callTools(calls, { reasoning: null }), "done"]));
    const model = openai("o4-mini", { api: "responses", baseURL: server.url, apiKey: "k" });
    expect((await agent({ model, tools: [sum] }).run("add", options))._unsafeUnwrap().output).toBe("done");
    expect(inputOf(server.requests[1]?.body).some(({ type }) => type === "reasoning")).toBe(false);
  });
});

test("a model is never sent the reasoning of another", async () => {
  await using server = await modelServer((request) =>
    request.model === "o3"
      ? request.messages.some(({ role }) => role === "tool")
        ? reply({ error: 1 }, { usage: null })
        : callTools(calls, { reasoning: "gAAAA-o3" })
      : "from the other",
  );
  let first = true;
  const o3 = openai("o3", { api: "responses", baseURL: server.url, apiKey: "k" });
  const other = openai("o4-mini", { api: "responses", baseURL: server.url, apiKey: "k" });
  const failsOnce = {
    name: "o3",
    generate: async (...args: Parameters<typeof o3.generate>) => {
      const answer = await o3.generate(...args);
      if (first) {
        first = false;
        return answer;
      }
      const { err } = await import("neverthrow");
      return err({ type: "overloaded" as const, message: "busy", retryable: true, retryAfterMs: 0 });
    },
  };
  expect((await agent({ model: [failsOnce, other], tools: [sum] }).run("add"))._unsafeUnwrap().output).toBe("from the other");
  expect(JSON.stringify(server.requests.filter(({ model }) => model === "o4-mini").map(({ body }) => body))).not.toContain("gAAAA-o3");
});

test("a re-ask carries the reasoning of the answer that did not fit", async () => {
  await using server = await modelServer(script([reply("not JSON", { reasoning: "gAAAA-r" }), { n: 1 }]));
  const model = openai("o4-mini", { api: "responses", baseURL: server.url, apiKey: "k" });
  expect((await agent({ model, output: z.object({ n: z.number() }) }).run("x"))._unsafeUnwrap().output).toEqual({ n: 1 });
  expect(inputOf(server.requests[1]?.body).map(({ type, role }) => type ?? role)).toEqual(["user", "reasoning", "assistant", "user"]);
});
