import { agent, asTool, BuildError, openai, type RunEvent, step, team, tool, workflow } from "heddle";
import { byInstructions, callTools, fault, latestPrompt, type ServedRequest } from "heddle/testing";
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

  test("a call has a time limit of its own: what runs inside is aborted, the model is told, and the rest goes on", async () => {
    const aborted: string[] = [];
    const slow = workflow("slow")
      .then("quick", () => "quick")
      .then(
        "hang",
        ({ signal }) =>
          new Promise<string>((_, reject) =>
            signal.addEventListener("abort", () => {
              aborted.push("step");
              reject(signal.reason);
            }),
          ),
      )
      .build();
    const press = team({ name: "press", model: "gpt-4o", members: { reader }, instructions: "Press.", mode: "route" });
    const limits = { description: "Takes long.", input: z.string(), timeout: 150 };
    models.use(
      byInstructions({
        Serve: [
          callTools([
            { name: "plan", args: { value: "a" } },
            { name: "desk", args: { value: "b" } },
            { name: "quick", args: { value: "c" } },
          ]),
          "done",
        ],
        "Press.": callTools([{ name: "reader" }]),
        Read: fault.delay(Number.POSITIVE_INFINITY, "never"),
      }),
    );
    const quick = asTool(
      workflow("q")
        .then("a", ({ input }) => `${input}!`)
        .build(),
      { ...limits, name: "quick" },
    );
    const tools = [asTool(slow, { ...limits, name: "plan" }), asTool(press, { ...limits, name: "desk" }), quick];
    const events: RunEvent[] = [];
    const run = (await clerk(...tools).run("go", { observe: (event) => events.push(event) }))._unsafeUnwrap();
    expect(run.output).toBe("done");
    expect(results(models.requests.at(-1))).toEqual([
      ["plan", 'Tool "plan" failed: it took longer than 150 ms'],
      ["desk", 'Tool "desk" failed: it took longer than 150 ms'],
      ["quick", "c!"],
    ]);
    expect(aborted).toEqual(["step"]);
    expect(run.trace.filter(({ kind }) => kind === "tool").map(({ path, status }) => [path, status])).toEqual([
      ["clerk/turn#1/plan[0]", "failed"],
      ["clerk/turn#1/desk[1]", "failed"],
      ["clerk/turn#1/quick[2]", "completed"],
    ]);
    expect(run.trace.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["clerk/turn#1/plan[0]/hang", "clerk/turn#1/desk[1]/turn#1/reader[0]", "clerk/turn#1/quick[2]/a"]),
    );
    const ofTools = events.flatMap(({ type, path }) => (type.startsWith("tool.") ? [`${type} ${path}`] : []));
    expect(ofTools.filter((one) => one.includes("plan[0]"))).toEqual([
      "tool.started clerk/turn#1/plan[0]",
      "tool.failed clerk/turn#1/plan[0]",
    ]);
    expect(models.server.inFlight).toBe(0);
  });

  test("failures are told without stacks and secrets, in whatever way they come", async () => {
    const broken = (id: string, fail: () => never) => workflow(id).then("work", fail).build();
    const secret = "sk-canary-abcdef1234567890";
    const thrown = asTool(
      broken("thrown", () => {
        throw new Error(`refused ${secret}`, { cause: new Error("deep") });
      }),
      { name: "thrown", description: "Throws.", input: z.string() },
    );
    const wrong = asTool(
      workflow("wrong")
        .then("work", () => 7 as unknown)
        .output(z.string() as z.ZodType<unknown>)
        .build(),
      { name: "wrong", description: "Gives nonsense.", input: z.string() },
    );
    const late = asTool(
      workflow("late")
        .then("work", () => new Promise<string>(() => {}), { timeout: 20 })
        .build(),
      { name: "late", description: "Takes too long.", input: z.string() },
    );
    const down = asTool(reader, { name: "down", description: "Fails.", input: z.string() });
    models.use(
      byInstructions({
        Serve: [callTools(["thrown", "wrong", "late", "down"].map((name) => ({ name, args: { value: "x" } }))), "made do"],
        Read: () => fault.status(400, { message: "no" }),
      }),
    );
    const run = (await clerk(thrown, wrong, late, down).run("go", { grace: 10 }))._unsafeUnwrap();
    expect(run.output).toBe("made do");
    const told = results(models.requests.at(-1)).map(([, text]) => text);
    expect(told[0]).toMatch(/^Tool "thrown" failed: refused \S+$/);
    expect(told[1]).toMatch(/^Tool "wrong" failed: .*Expected the output to fit its schema/);
    expect(told[2]).toBe('Tool "late" failed: it took longer than 20 ms');
    expect(told[3]).toMatch(/^Tool "down" failed: .*status 400/);
    expect(told.join("\n")).not.toMatch(/canary|deep|\.ts:\d/);
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

  test("a cancel stops what runs inside", async () => {
    let aborted = false;
    const slow = workflow("slow")
      .then(
        "work",
        ({ signal }) =>
          new Promise<string>((_, fail) =>
            signal.addEventListener("abort", () => {
              aborted = true;
              fail(signal.reason);
            }),
          ),
      )
      .build();
    models.use(byInstructions({ Serve: callTools([{ name: "slow", args: { value: "x" } }]) }));
    const handle = workflow("w")
      .then("serve", clerk(asTool(slow, { name: "slow", description: "Waits.", input: z.string() })))
      .build()
      .start("go");
    for await (const event of handle.events) if (event.path.endsWith("slow[0]/work")) handle.cancel("enough");
    const failure = (await handle.result)._unsafeUnwrapErr();
    expect(aborted).toBe(true);
    expect(failure).toMatchObject({ type: "cancelled", reason: "enough" });
    expect(failure.trace.find(({ path }) => path === "serve/turn#1/slow[0]")?.status).toBe("cancelled");
  });

  test("a plan that waits for an answer gets it through the run's handle", async () => {
    const asking = workflow("asking")
      .waitFor("approval", z.object({ ok: z.boolean() }))
      .then("told", ({ last }) => (last.ok ? "approved" : "declined"))
      .build();
    models.use(byInstructions({ Serve: [callTools([{ name: "approve", args: { value: "x" } }]), "done"] }));
    const plan = workflow("w")
      .then("serve", clerk(asTool(asking, { name: "approve", description: "Asks a person.", input: z.string() })))
      .build();
    const handle = plan.start("go");
    // Its wait is not among those that the outer plan's types know.
    const answer = handle.answer as (step: string, payload: unknown, options: { path: string }) => ReturnType<typeof handle.answer>;
    for await (const event of handle.events)
      if (event.type === "step.started" && event.kind === "wait")
        expect((await answer("approval", { ok: true }, { path: event.path })).isOk()).toBe(true);
    expect((await handle.result)._unsafeUnwrap().output).toBe("done");
    expect(results(models.requests[1])).toEqual([["approve", "approved"]]);
  });

  test("what a failed plan did is undone before the model is told; what a completed one did, when the run fails later", async () => {
    const undone: string[] = [];
    const booked = (name: string, end: () => unknown) =>
      workflow(name)
        .then("book", () => name, { undo: (seat) => void undone.push(seat) })
        .then("end", end)
        .build();
    const tools = [
      asTool(
        booked("bad", () => {
          throw new Error("full");
        }),
        { name: "bad", description: "Books.", input: z.string() },
      ),
      asTool(
        booked("good", () => "seat 1"),
        { name: "good", description: "Books.", input: z.string() },
      ),
    ];
    const atSecond: string[][] = [];
    models.use((request) => {
      if (results(request).length === 0)
        return callTools([
          { name: "bad", args: { value: "x" } },
          { name: "good", args: { value: "x" } },
        ]);
      atSecond.push([...undone]);
      return "done";
    });
    const plan = workflow("w")
      .then("serve", clerk(...tools))
      .then("later", () => {
        throw new Error("later");
      })
      .build();
    expect((await plan.run("go"))._unsafeUnwrapErr()).toMatchObject({ path: "later" });
    expect(atSecond).toEqual([["bad"]]);
    expect(undone).toEqual(["bad", "good"]);
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
