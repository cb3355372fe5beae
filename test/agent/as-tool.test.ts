import { agent, asTool, BuildError, openai, type RunEvent, step, team, tool, workflow } from "heddle";
import { byInstructions, callTools, latestPrompt, type ServedRequest } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { servedModels } from "../support/models.ts";
import { results } from "../team/requests.ts";

const models = servedModels();
const reader = agent({ name: "reader", model: "gpt-4o", instructions: "Read." });
const customer = workflow("customer")
  .input(z.object({ id: z.number().int().positive() }))
  .then("fetch", ({ input }) => ({ name: `Customer ${input.id}`, orders: [1, 2] }))
  .then("only", ({ last }) => last)
  .build();
const lookUp = asTool(customer, { name: "customer", description: "A customer by number.", input: z.object({ id: z.number() }) });
const clerk = (...tools: Parameters<typeof agent>[0]["tools"] & {}) =>
  agent({ name: "clerk", model: "gpt-4o", instructions: "Serve.", tools });

describe("asTool", () => {
  test.each(["chat", "responses"] as const)(
    "%s: a plan gets checked arguments, runs below the call, and its output is told as JSON",
    async (api) => {
      models.use(
        byInstructions({
          Serve: [
            callTools([
              { name: "customer", args: { id: 7 } },
              { name: "customer", args: { id: 8 } },
            ]),
            "done",
          ],
        }),
      );
      const events: RunEvent[] = [];
      const serving = agent({ name: "clerk", model: openai("gpt-4o", { api }), instructions: "Serve.", tools: [lookUp] });
      (await serving.run("go", { observe: (event) => events.push(event) }))._unsafeUnwrap();
      expect(models.requests[0]?.tools).toEqual([
        {
          name: "customer",
          description: "A customer by number.",
          strict: true,
          parameters: { type: "object", properties: { id: { type: "number" } }, required: ["id"], additionalProperties: false },
        },
      ]);
      expect(results(models.requests[1])).toEqual([
        ["customer", '{"name":"Customer 7","orders":[1,2]}'],
        ["customer", '{"name":"Customer 8","orders":[1,2]}'],
      ]);
      expect(events.filter(({ type }) => type.startsWith("tool.")).map(({ type, path }) => [type, path])).toEqual([
        ["tool.started", "clerk/turn#1/customer[0]"],
        ["tool.started", "clerk/turn#1/customer[1]"],
        ["tool.completed", "clerk/turn#1/customer[0]"],
        ["tool.completed", "clerk/turn#1/customer[1]"],
      ]);
    },
  );

  test.each(["chat", "responses"] as const)(
    "%s: the trace has what two calls of one reply began, in the order in which they did",
    async (api) => {
      models.use(
        byInstructions({
          Serve: [
            callTools([
              { name: "customer", args: { id: 7 } },
              { name: "customer", args: { id: 8 } },
            ]),
            "done",
          ],
        }),
      );
      const serving = agent({ name: "clerk", model: openai("gpt-4o", { api }), instructions: "Serve.", tools: [lookUp] });
      const run = (await serving.run("go"))._unsafeUnwrap();
      expect(run.trace.map(({ path, kind }) => [path, kind])).toEqual([
        ["clerk", "agent"],
        ["clerk/turn#1", "model"],
        ["clerk/turn#1/customer[0]", "tool"],
        ["clerk/turn#1/customer[1]", "tool"],
        ["clerk/turn#1/customer[0]/fetch", "step"],
        ["clerk/turn#1/customer[0]/only", "step"],
        ["clerk/turn#1/customer[1]/fetch", "step"],
        ["clerk/turn#1/customer[1]/only", "step"],
        ["clerk/turn#2", "model"],
      ]);
    },
  );

  test("an agent gets text, a team too; what they use counts for the caller", async () => {
    const usage = { inputTokens: 5, outputTokens: 1 };
    const press = team({ name: "press", model: "gpt-4o", members: { reader }, instructions: "Press.", mode: "route" });
    const read = asTool(reader, { name: "read", description: "Reads.", input: z.string() });
    const print = asTool(press, { name: "print", description: "Prints.", input: z.object({ text: z.string(), copies: z.number() }) });
    models.use(
      byInstructions({
        Serve: [
          callTools(
            [
              { name: "read", args: { value: "the file" } },
              { name: "print", args: { text: "Hello", copies: 2 } },
            ],
            { usage },
          ),
          "done",
        ],
        "Press.": callTools([{ name: "reader" }]),
        Read: ({ messages }: ServedRequest) => `Read: ${messages.at(-1)?.text}`,
      }),
    );
    const run = (await clerk(read, print).run("go"))._unsafeUnwrap();
    expect(results(models.requests.at(-1))).toEqual([
      ["read", "Read: the file"],
      ["print", 'Read: {\n  "text": "Hello",\n  "copies": 2\n}'],
    ]);
    expect(run.trace.filter(({ kind }) => kind !== "model").map(({ path, kind }) => [path, kind])).toEqual([
      ["clerk", "agent"],
      ["clerk/turn#1/read[0]", "tool"],
      ["clerk/turn#1/print[1]", "tool"],
      ["clerk/turn#1/print[1]/turn#1/reader[0]", "agent"],
    ]);
    const callsOf = (path: string) => run.trace.find((record) => record.path === path)?.usage?.modelCalls;
    expect([callsOf("clerk"), callsOf("clerk/turn#1/read[0]"), callsOf("clerk/turn#1/print[1]")]).toEqual([5, 1, 2]);
  });

  test("invalid arguments are answered and nothing runs: against the tool's schema, and against the plan's own", async () => {
    models.use(
      byInstructions({
        Serve: [
          callTools([
            { name: "customer", args: { id: "7" } },
            { name: "customer", args: { id: -1 } },
            { name: "customer", args: "{" },
          ]),
          "sorry",
        ],
      }),
    );
    const run = (await clerk(lookUp).run("go"))._unsafeUnwrap();
    expect(run.output).toBe("sorry");
    for (const [, text] of results(models.requests[1])) expect(text).toMatch(/^Invalid arguments for tool "customer", which has not run\./);
    expect(run.trace.filter(({ kind }) => kind === "tool").map(({ status }) => status)).toEqual(["failed", "failed", "failed"]);
    expect(run.trace.filter(({ kind }) => kind === "step")).toEqual([]);
  });

  test("a long output is cut with a mark, as that of any tool", async () => {
    const long = asTool(
      workflow("long")
        .then("work", () => "x".repeat(20_000))
        .build(),
      { name: "long", description: "Much.", input: z.string() },
    );
    models.use(byInstructions({ Serve: [callTools([{ name: "long", args: { value: "" } }]), "done"] }));
    (await clerk(long).run("go"))._unsafeUnwrap();
    const [, text] = results(models.requests[1])[0] ?? [];
    expect(text).toHaveLength(16_000);
    expect(text).toMatch(/\[cut: the output has 20000 characters, and 16000 are shown\]$/);
  });

  test("beside other tools, in order, each under its own call; names clash at build", async () => {
    const add = tool({ name: "add", description: "Adds.", input: z.object({ a: z.number() }), run: ({ a }) => a + 1 });
    models.use(
      byInstructions({
        Serve: [
          callTools([
            { name: "add", args: { a: 1 } },
            { name: "customer", args: { id: 1 } },
            { name: "add", args: { a: 2 } },
          ]),
          "done",
        ],
      }),
    );
    (await clerk(add, lookUp).run("go"))._unsafeUnwrap();
    expect(results(models.requests[1]).map(([name, text]) => [name, text.slice(0, 8)])).toEqual([
      ["add", "2"],
      ["customer", '{"name":'],
      ["add", "3"],
    ]);
    expect(latestPrompt(models.requests[1] as ServedRequest)).toBe("go");
    expect(() => clerk(lookUp, lookUp)).toThrow(/tools of agent "clerk" to have different names, got two called "customer"/);
  });

  const options = { name: "t", description: "d", input: z.string() };
  test.each<[string, unknown, unknown, RegExp]>([
    [
      "a workflow that is not built",
      workflow("w").then("a", () => 1),
      options,
      /an agent, a team or a plan.*call \.build\(\) on this workflow first/,
    ],
    ["a function", () => 1, options, /an agent, a team or a plan.*make a tool of a function with tool\(\)/],
    ["a step", step("s", (text: string) => text), options, /an agent, a team or a plan/],
    ["no options", reader, undefined, /the options of asTool\(\) to be an object, got undefined/],
    ["a misspelt option", reader, { ...options, inputs: 1 }, /did you mean "input"/],
    ["a name that no model can call", reader, { ...options, name: "a b" }, /name of a tool to be 1 to 64 letters/],
    ["no description", reader, { ...options, description: "" }, /description of tool "t" to be text/],
    ["an input that is no schema", reader, { ...options, input: {} }, /input of tool "t"/],
  ])("%s is a BuildError", (_, executable, given, message) => {
    expect(() => asTool(executable as never, given as never)).toThrow(BuildError);
    expect(() => asTool(executable as never, given as never)).toThrow(message);
  });
});
