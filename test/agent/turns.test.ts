import { agent, tool, workflow } from "heddle";
import { callTools, reply, script } from "heddle/testing";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { servedModels } from "../support/models.ts";

const models = servedModels();
const sum = tool({
  name: "sum",
  description: "Adds two numbers.",
  input: z.object({ a: z.number(), b: z.number() }),
  run: ({ a, b }) => ({ sum: a + b }),
});
const _quick = { max: 2, initial: 1 } as const;
const lastText = () => models.requests.at(-1)?.messages.at(-1)?.text;

describe("prompts", () => {
  test("text goes as it is, with the instructions before it", async () => {
    models.use(script(["Hello."]));
    const run = (await agent({ model: "gpt-4o", instructions: "Be brief." }).run("Hi"))._unsafeUnwrap();
    expect(run.output).toBe("Hello.");
    expect(models.requests[0]).toMatchObject({ model: "gpt-4o", instructions: "Be brief." });
    expect(models.requests[0]?.messages.map(({ role, text }) => [role, text])).toEqual([
      ["system", "Be brief."],
      ["user", "Hi"],
    ]);
  });

  test("a parallel record is shown in sections, in declared order, also through a branch and into a sub-workflow", async () => {
    models.use(script(["done", "done"]));
    const reader = agent({ model: "gpt-4o" });
    const inner = workflow("inner").input<{ b: string; a: number[] }>().then("read", reader).build();
    const plan = workflow("w")
      .parallel("both", { b: async () => "text", a: () => [1] })
      .branch("pass", () => true, { yes: reader })
      .then("again", inner, { input: ({ steps }) => ({ ...steps.both, a: [...steps.both.a] }) })
      .build();
    (await plan.run("x"))._unsafeUnwrap();
    expect(models.requests[0]?.messages.at(-1)?.text).toBe("[b]: text\n\n[a]: [\n  1\n]");
    // A copy is a plain object: nothing says that it came from arms.
    expect(JSON.parse(lastText() ?? "")).toEqual({ b: "text", a: [1] });
  });

  test("`input` builds the prompt: parts and whole conversations too; what is no prompt is a typed failure", async () => {
    models.use(script(["a", "b"]));
    const reader = agent({ model: "gpt-4o" });
    const parts = workflow("w")
      .then("look", reader, {
        input: ({ last }) => [
          { type: "text", text: last },
          { type: "image", url: "data:image/png;base64,AA==" },
        ],
      })
      .build();
    expect((await parts.run("what is this?"))._unsafeUnwrap().output).toBe("a");
    expect(models.requests[0]?.messages.at(-1)).toMatchObject({ role: "user", parts: [{ type: "text" }, { type: "image_url" }] });
    const chat = workflow("w")
      .then("talk", reader, {
        input: () => [
          { role: "user", content: "1" },
          { role: "assistant", content: "2" },
          { role: "user", content: "3" },
        ],
      })
      .build();
    (await chat.run(""))._unsafeUnwrap();
    expect(models.requests[1]?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    const wrong = workflow("w")
      .then("talk", reader, { input: (() => 7) as never })
      .build();
    const failure = (await wrong.run(""))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", path: "talk", step: "talk" });
    expect(failure.message).toMatch(/Expected the input to be text.*got 7/);
    expect(models.requests).toHaveLength(2);
  });
});

describe("tools", () => {
  test("parallel calls run side by side; each result goes back under its own call", async () => {
    models.use(
      script([
        callTools([
          { name: "sum", args: { a: 1, b: 2 } },
          { name: "sum", args: { a: 3, b: 4 } },
        ]),
        "3 and 7",
      ]),
    );
    const run = (await agent({ name: "calc", model: "gpt-4o", tools: [sum] }).run("add"))._unsafeUnwrap();
    expect(run.output).toBe("3 and 7");
    const [first, second] = models.requests;
    expect(first?.tools.map(({ name }) => name)).toEqual(["sum"]);
    const calls = second?.messages.flatMap((message) => (message.role === "assistant" ? message.toolCalls.map(({ id }) => id) : []));
    expect(second?.messages.flatMap((message) => (message.role === "tool" ? [[message.callId, message.text]] : []))).toEqual([
      [calls?.[0], '{"sum":3}'],
      [calls?.[1], '{"sum":7}'],
    ]);
    expect(run.trace.map(({ path, kind }) => [path, kind])).toEqual([
      ["calc", "agent"],
      ["calc/turn#1", "model"],
      ["calc/turn#1/sum[0]", "tool"],
      ["calc/turn#1/sum[1]", "tool"],
      ["calc/turn#2", "model"],
    ]);
  });

  test("AG08, AG10: an unknown tool and invalid arguments are told to the model, and nothing runs", async () => {
    let ran = 0;
    const once = tool({ name: "search", description: "Searches.", input: z.object({ query: z.string() }), run: () => ran++ });
    models.use(
      script([
        callTools([
          { name: "serch", args: {} },
          { name: "search", args: { query: 1 } },
          { name: "search", args: "{" },
        ]),
        "sorry",
      ]),
    );
    const run = (await agent({ name: "a", model: "gpt-4o", tools: [once] }).run("go"))._unsafeUnwrap();
    expect(run.output).toBe("sorry");
    expect(ran).toBe(0);
    const told = models.requests[1]?.messages.filter(({ role }) => role === "tool").map(({ text }) => text) ?? [];
    expect(told[0]).toMatch(/no such tool.*did you mean search/);
    expect(told[1]).toMatch(/Invalid arguments.*\n.*query/);
    expect(told[2]).toMatch(/Invalid arguments/);
  });

  test("AG11: a tool that throws or takes too long is told to the model without its stack", async () => {
    const bad = tool({
      name: "bad",
      description: "Fails.",
      input: z.object({}),
      run: () => {
        throw new Error("disk full");
      },
    });
    const slow = tool({
      name: "slow",
      description: "Hangs.",
      input: z.object({}),
      timeout: 20,
      run: (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    models.use(
      script([
        callTools([
          { name: "bad", args: {} },
          { name: "slow", args: {} },
        ]),
        "ok",
      ]),
    );
    const run = (await agent({ name: "a", model: "gpt-4o", tools: [bad, slow] }).run("go"))._unsafeUnwrap();
    const told = models.requests[1]?.messages.filter(({ role }) => role === "tool").map(({ text }) => text);
    expect(told?.[0]).toBe('Tool "bad" failed: disk full');
    expect(told?.[1]).toMatch(/slow.*longer than 20 ms/);
    expect(run.trace.filter(({ kind }) => kind === "tool").map(({ status }) => status)).toEqual(["failed", "failed"]);
  });

  test("AG11: a tool whose connection failed on every address says so", async () => {
    const fetches = tool({
      name: "fetch",
      description: "Fetches.",
      input: z.object({}),
      run: () =>
        Promise.reject(new AggregateError([new Error("connect ECONNREFUSED ::1:80"), new Error("connect ECONNREFUSED 127.0.0.1:80")])),
    });
    models.use(script([callTools([{ name: "fetch" }]), "ok"]));
    (await agent({ name: "a", model: "gpt-4o", tools: [fetches] }).run("go"))._unsafeUnwrap();
    expect(lastText()).toBe('Tool "fetch" failed: connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80');
  });

  test("AG17: a cancel while a tool runs aborts it, and no further request is made", async () => {
    const abort = new AbortController();
    let aborted: unknown;
    const wait = tool({
      name: "wait",
      description: "Waits.",
      input: z.object({}),
      run: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            aborted = signal.reason;
            reject(signal.reason);
          });
          abort.abort("enough");
        }),
    });
    models.use(script([callTools([{ name: "wait", args: {} }]), "never"]));
    const failure = (await agent({ model: "gpt-4o", tools: [wait] }).run("go", { signal: abort.signal }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "cancelled", reason: "enough" });
    expect(aborted).toBe("enough");
    expect(models.requests).toHaveLength(1);
  });

  test("a choice of tools holds until one was called: then the agent may answer", async () => {
    for (const toolChoice of ["required", { tool: "sum" }] as const) {
      models.use(script([callTools([{ name: "sum", args: { a: 1, b: 2 } }]), reply("3")]));
      const forced = agent({ name: "clerk", model: "gpt-4o", tools: [sum], settings: { toolChoice, temperature: 0 } });
      expect((await forced.run("1 and 2"))._unsafeUnwrap().output).toBe("3");
      expect(models.requests.map(({ body }) => [body["tool_choice"], body["temperature"]])).toEqual([
        [toolChoice === "required" ? toolChoice : { type: "function", function: { name: "sum" } }, 0],
        [undefined, 0],
      ]);
    }
  });

  test("an agent that only ever calls tools stops at maxTurns", async () => {
    models.use(() => callTools([{ name: "sum", args: { a: 1, b: 1 } }]));
    const failure = (await agent({ name: "loop", model: "gpt-4o", tools: [sum], maxTurns: 3 }).run("go"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", threw: false, step: "loop", path: "loop", cause: { type: "max_turns" } });
    expect(models.requests).toHaveLength(3);
    expect(failure.usage.modelCalls).toBe(3);
  });
});

test("AG21: a validator that throws is quoted without the secrets in its words, to the model and to the caller", async () => {
  const broken = z.object({ n: z.number() }).refine(() => {
    throw new Error("the registry refused sk-canary-abcdef123456");
  });
  const check = tool({ name: "check", description: "Checks.", input: broken, run: () => "never" });
  models.use(script([callTools([{ name: "check", args: { n: 1 } }]), { n: 1 }, { n: 2 }]));
  const failure = (await agent({ name: "clerk", model: "gpt-4o", tools: [check], output: broken }).run("x"))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "invalid_output", message: expect.stringContaining("the registry refused [redacted]") });
  expect(models.requests).toHaveLength(3);
  expect(models.requests[1]?.messages.at(-1)?.text).toContain("the registry refused [redacted]");
  expect(JSON.stringify([models.requests, failure])).not.toContain("canary");
});

describe("structured answers", () => {
  const schema = z.object({ verdict: z.enum(["pass", "revise"]), score: z.number().max(1) });

  test("the schema goes with the request, and the answer is typed and checked", async () => {
    models.use(script([{ verdict: "pass", score: 0.5 }]));
    const run = (await agent({ name: "critic", model: "gpt-4o", output: schema }).run("judge"))._unsafeUnwrap();
    expect(run.output).toEqual({ verdict: "pass", score: 0.5 });
    expect(models.requests[0]?.outputSchema).toMatchObject({ name: "critic", strict: true });
  });

  test("AG02: an answer that does not fit is asked for once more, with the issues; then it is invalid_output", async () => {
    models.use(
      script([
        { verdict: "pass", score: 7 },
        { verdict: "pass", score: 1 },
      ]),
    );
    const critic = agent({ name: "critic", model: "gpt-4o", output: schema });
    expect((await critic.run("judge"))._unsafeUnwrap().output).toEqual({ verdict: "pass", score: 1 });
    expect(lastText()).toMatch(/does not fit.*\n.*score/);
    models.use(script(["no JSON at all", "still none"]));
    const failure = (await critic.run("judge"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "invalid_output", step: "critic", cause: "still none" });
    expect(failure.message).toContain("still none");
    expect(failure.usage.modelCalls).toBe(2);
  });

  test("roots that are no objects are wrapped for the model and unwrapped for the step, with other schema libraries too", async () => {
    models.use(script([{ value: ["a", "b"] }]));
    const lister = agent({ model: "gpt-4o", output: v.array(v.string()) });
    const plan = workflow("w")
      .then("list", lister)
      .then("count", ({ last }) => last.length)
      .build();
    expect((await plan.run("x"))._unsafeUnwrap().output).toBe(2);
  });
});

test("an agent's mistakes are BuildErrors that name the agent", () => {
  const wrong: readonly [unknown, RegExp][] = [
    [undefined, /agent\(\) to be given/],
    [{}, /the model of agent\(\)/],
    [{ model: "" }, /the model of agent\(\)/],
    [{ model: "m", instruction: "x" }, /to be among .*instructions.*got "instruction"/],
    [{ model: "m", name: "then" }, /an agent's name/],
    [{ model: "m", tools: {} }, /tools of agent "m" to be an array/],
    [{ model: "m", tools: [{}] }, /tool 0 of agent "m"/],
    [{ model: "m", tools: [sum, sum] }, /different names.*"sum"/],
    [{ model: "m", maxTurns: 0 }, /maxTurns/],
    [{ model: "m", output: {} }, /output of agent "m"/],
    // One sentence: what was expected, and what is in the way.
    [{ model: "m", output: z.object({ a: z.string().optional() }) }, /^(?!.*Expected.*Expected).*output of agent "m".*optional/],
    [{ model: "m", output: z.object({ a: z.date() }) }, /^(?!.*Expected.*Expected).*output of agent "m".*\(at a\): use a type/],
  ];
  for (const [definition, message] of wrong)
    expect(() => (agent as (given: unknown) => unknown)(definition), JSON.stringify(definition)).toThrow(message);
});
