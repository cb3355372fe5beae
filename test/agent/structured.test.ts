import { type } from "arktype";
import { agent, openai, workflow } from "heddle";
import { modelServer, script } from "heddle/testing";
import * as v from "valibot";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { apis } from "../model/calls.ts";

const good = { verdict: "pass", notes: ["short"], score: null };
const wrong = { verdict: "maybe", notes: ["short"], score: null };

const critics = {
  zod: (model: ReturnType<typeof openai>, more: { readonly reasks?: number } = {}) =>
    agent({
      name: "critic",
      model,
      ...more,
      output: z.object({ verdict: z.enum(["pass", "revise"]), notes: z.array(z.string()), score: z.number().nullable() }),
    }),
  valibot: (model: ReturnType<typeof openai>, more: { readonly reasks?: number } = {}) =>
    agent({
      name: "critic",
      model,
      ...more,
      output: v.object({ verdict: v.picklist(["pass", "revise"]), notes: v.array(v.string()), score: v.nullable(v.number()) }),
    }),
  arktype: (model: ReturnType<typeof openai>, more: { readonly reasks?: number } = {}) =>
    agent({ name: "critic", model, ...more, output: type({ verdict: "'pass'|'revise'", notes: "string[]", score: "number|null" }) }),
};
const cases = apis.flatMap((api) => (["zod", "valibot", "arktype"] as const).map((library) => ({ api, library })));

describe.each(cases)("$library on $api", ({ api, library }) => {
  const critic = (url: string, more: { readonly reasks?: number } = {}) =>
    critics[library](openai("gpt-4o", { api, baseURL: url, apiKey: "k" }), more);

  test("the strict schema goes with the request, and the answer types the step", async () => {
    await using server = await modelServer(script([good]));
    const plan = workflow("w")
      .then("review", critic(server.url))
      .then("end", ({ last }) => {
        expectTypeOf(last).toEqualTypeOf<{ verdict: "pass" | "revise"; notes: string[]; score: number | null }>();
        return last.notes.length;
      })
      .build();
    const run = (await plan.run("judge"))._unsafeUnwrap();
    expect([run.steps.review, run.output]).toEqual([good, 1]);
    const [request] = server.requests;
    expect(request?.api).toBe(api);
    expect(request?.outputSchema).toMatchObject({
      name: "critic",
      strict: true,
      schema: { type: "object", required: expect.arrayContaining(["verdict", "notes", "score"]), additionalProperties: false },
    });
    const { verdict } = (request?.outputSchema?.schema["properties"] ?? {}) as { verdict?: { enum?: unknown[] } };
    expect(verdict?.enum).toEqual(["pass", "revise"]);
  });

  test("re-asked once unless told: with the issues, after the answer that did not fit, and then invalid_output", async () => {
    await using server = await modelServer(script([wrong, good, wrong, "not JSON", "never"]));
    expect((await critic(server.url).run("judge"))._unsafeUnwrap().output).toEqual(good);
    const [answer, issues] = server.requests[1]?.messages.slice(-2) ?? [];
    expect(answer).toMatchObject({ role: "assistant", text: JSON.stringify(wrong) });
    expect(issues).toMatchObject({ role: "user", text: expect.stringContaining("verdict") });
    const failure = (await critic(server.url).run("judge"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "invalid_output", step: "critic", cause: "not JSON" });
    expect(failure.usage.modelCalls).toBe(2);
    expect(server.requests).toHaveLength(4);
  });

  test("reasks: 0 asks once, reasks: 3 four times", async () => {
    await using server = await modelServer(() => wrong);
    const none = (await critic(server.url, { reasks: 0 }).run("judge"))._unsafeUnwrapErr();
    expect(none).toMatchObject({ type: "invalid_output", cause: JSON.stringify(wrong) });
    expect(server.requests).toHaveLength(1);
    expect((await critic(server.url, { reasks: 3 }).run("judge"))._unsafeUnwrapErr().usage.modelCalls).toBe(4);
  });
});

test("re-asks count as turns: an agent never asks more often than maxTurns says", async () => {
  await using server = await modelServer(() => wrong);
  const model = openai("gpt-4o", { baseURL: server.url, apiKey: "k" });
  const critic = agent({ model, maxTurns: 2, reasks: 9, output: z.object({ verdict: z.literal("pass") }) });
  expect((await critic.run("x"))._unsafeUnwrapErr().type).toBe("invalid_output");
  expect(server.requests).toHaveLength(2);
});
