import { agent, openai, type RunEvent, team, tool, workflow } from "heddle";
import { byInstructions, callTools, fault, latestPrompt, reply, type ServedRequest } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { servedModels } from "../support/models.ts";
import { delegations, results } from "./requests.ts";

const models = servedModels();
const researcher = agent({ name: "reader", model: "gpt-4o", instructions: "Research the web." });
const writer = agent({ name: "author", model: "gpt-4o", instructions: "You are a writer." });
const ask = (name: string, task: string) => ({ name, args: { task } });

describe("coordinate", () => {
  test.each(["chat", "responses"] as const)(
    "%s: members are tools; each gets its task alone, and its answer goes back under its call",
    async (api) => {
      const desk = team({
        name: "desk",
        model: openai("gpt-4o", { api }),
        members: { researcher, writer },
        instructions: "Have the facts found first.",
      });
      models.use(
        byInstructions({
          "facts found first": [
            callTools([ask("researcher", "Find two facts."), ask("writer", "Draft a title.")]),
            callTools([ask("writer", "Write it up.")]),
            "The final answer.",
          ],
          "Research the web": "Fact one. Fact two.",
          "You are a writer": ["A title", "A text."],
        }),
      );
      const run = (await desk.run("An article on looms."))._unsafeUnwrap();
      expect(run.output).toBe("The final answer.");

      const ofLeader = models.requests.filter(({ instructions }) => instructions.includes("facts found first"));
      const [first, second, third] = ofLeader;
      expect(ofLeader.map((request) => request.api)).toEqual([api, api, api]);
      expect(first?.messages.map(({ role }) => role)).toEqual(["system", "user"]);
      expect(latestPrompt(first as ServedRequest)).toBe("An article on looms.");
      expect(first?.tools.map(({ name, strict, parameters }) => ({ name, strict, parameters }))).toEqual(
        ["researcher", "writer"].map((name) => ({
          name,
          strict: true,
          parameters: {
            type: "object",
            properties: { task: { type: "string", description: expect.any(String) } },
            required: ["task"],
            additionalProperties: false,
          },
        })),
      );
      // The leader knows whom it asks.
      expect(first?.tools[0]?.description).toContain("Research the web.");
      expect(results(second)).toEqual([
        ["researcher", "Fact one. Fact two."],
        ["writer", "A title"],
      ]);
      expect(results(third)).toEqual([...results(second), ["writer", "A text."]]);

      const ofMembers = models.requests.filter((request) => !ofLeader.includes(request));
      expect(ofMembers.map(({ messages, tools }) => [messages.map(({ role, text }) => [role, text]), tools])).toEqual(
        expect.arrayContaining([
          [
            [
              ["system", "Research the web."],
              ["user", "Find two facts."],
            ],
            [],
          ],
          [
            [
              ["system", "You are a writer."],
              ["user", "Draft a title."],
            ],
            [],
          ],
          [
            [
              ["system", "You are a writer."],
              ["user", "Write it up."],
            ],
            [],
          ],
        ]),
      );
      expect(run.trace.map(({ path, kind, step }) => [path, kind, step])).toEqual([
        ["desk", "team", "desk"],
        ["desk/turn#1", "model", "desk"],
        ["desk/turn#1/researcher[0]", "agent", "researcher"],
        ["desk/turn#1/writer[1]", "agent", "writer"],
        ["desk/turn#1/researcher[0]/turn#1", "model", "researcher"],
        ["desk/turn#1/writer[1]/turn#1", "model", "writer"],
        ["desk/turn#2", "model", "desk"],
        ["desk/turn#2/writer[0]", "agent", "writer"],
        ["desk/turn#2/writer[0]/turn#1", "model", "writer"],
        ["desk/turn#3", "model", "desk"],
      ]);
    },
  );

  test("members asked in one reply work at the same time", async () => {
    // Each member answers only once the other has asked.
    let waiting = 0;
    let both: () => void = () => {};
    const met = new Promise<void>((resolve) => (both = resolve));
    models.use(async ({ instructions, messages }) => {
      if (instructions.includes("lead"))
        return messages.some(({ role }) => role === "tool") ? "done" : callTools([ask("a", "1"), ask("b", "2")]);
      if (++waiting === 2) both();
      await met;
      return "here";
    });
    const one = agent({ model: "gpt-4o" });
    const run = await team({ name: "pair", model: "gpt-4o", members: { a: one, b: one } }).run("go", { timeout: 5_000 });
    expect(run._unsafeUnwrap().output).toBe("done");
  });

  test("the final answer is structured where `output` says so, and types the step", async () => {
    const judged = team({
      name: "judges",
      model: "gpt-4o",
      members: { writer },
      output: z.object({ verdict: z.enum(["pass", "revise"]) }),
    });
    models.use(byInstructions({ "You are a writer": "fine", lead: [callTools([ask("writer", "Judge.")]), { verdict: "pass" }] }));
    const plan = workflow("w")
      .then("judge", judged)
      .then("word", ({ last }) => last.verdict.toUpperCase())
      .build();
    expect((await plan.run("x"))._unsafeUnwrap().output).toBe("PASS");
    expect(models.requests[0]?.outputSchema).toMatchObject({ strict: true, schema: { required: ["verdict"] } });
  });

  test("the leader has tools of its own; what is neither a tool nor a member is answered to it", async () => {
    const clock = tool({ name: "clock", description: "The time.", input: z.object({}), run: () => "noon" });
    models.use(
      byInstructions({
        lead: [callTools([{ name: "clock" }, ask("riter", "x"), ask("outsider", "y"), { name: "writer", args: { job: "z" } }]), "done"],
        "You are a writer": "never",
      }),
    );
    const run = (await team({ name: "desk", model: "gpt-4o", members: { writer }, tools: [clock] }).run("go"))._unsafeUnwrap();
    expect(models.requests[0]?.tools.map(({ name }) => name)).toEqual(["clock", "writer"]);
    expect(results(models.requests[1])).toEqual([
      ["clock", "noon"],
      ["riter", expect.stringMatching(/no such tool; did you mean writer/)],
      ["outsider", expect.stringMatching(/no such tool.*clock, writer/)],
      ["writer", expect.stringMatching(/Invalid arguments.*\n.*task/)],
    ]);
    expect(models.requests).toHaveLength(2);
    expect(run.trace.filter(({ status }) => status === "failed").map(({ path }) => path)).toEqual([
      "desk/turn#1/riter[1]",
      "desk/turn#1/outsider[2]",
      "desk/turn#1/writer[3]",
    ]);
  });

  test("a member's failure is told to the leader without stacks or secrets, and the run goes on", async () => {
    const leaky = agent({
      name: "leaky",
      model: openai("gpt-4o", { apiKey: "sk-canary-1234567890abcdef" }),
      instructions: "Leak.",
      before: () => {
        throw new Error("the key sk-canary-1234567890abcdef was refused");
      },
    });
    models.use(
      byInstructions({
        lead: [callTools([ask("leaky", "x"), ask("writer", "y")]), "made do"],
        "You are a writer": () => fault.status(400, { message: "no such thing" }),
      }),
    );
    const run = (await team({ name: "desk", model: "gpt-4o", members: { leaky, writer } }).run("go"))._unsafeUnwrap();
    expect(run.output).toBe("made do");
    const told = results(models.requests.at(-1));
    expect(told[0]?.[1]).toMatch(/"leaky" failed: the key .* was refused/);
    expect(told[1]?.[1]).toMatch(/"writer" failed: .*no such thing/);
    expect(JSON.stringify(models.requests.map(({ body }) => body))).not.toMatch(/canary|\.ts:\d/);
  });

  test("maxIterations counts the leader's turns, and ends in a failure of its own", async () => {
    models.use(byInstructions({ lead: () => callTools([ask("writer", "again")]), "You are a writer": "no" }));
    const failure = (await team({ name: "desk", model: "gpt-4o", members: { writer }, maxIterations: 2 }).run("go"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", threw: false, path: "desk", cause: { type: "max_iterations", retryable: false } });
    expect(models.requests.filter(({ tools }) => tools.length > 0)).toHaveLength(2);
  });

  test("members see what others were asked and answered only where they share it, and never the other calls of their reply", async () => {
    const answers = (request: ServedRequest) =>
      request.instructions.includes("lead")
        ? results(request).length === 0
          ? callTools([ask("researcher", "Find."), ask("writer", "Title.")])
          : results(request).length === 2
            ? callTools([ask("writer", "Write.")])
            : "done"
        : request.instructions.includes("Research")
          ? "Fact."
          : "Text.";
    const prompts = async (shareMemberInteractions: boolean) => {
      models.use(answers);
      (await team({ name: "desk", model: "gpt-4o", members: { researcher, writer }, shareMemberInteractions }).run("go"))._unsafeUnwrap();
      return models.requests.filter(({ tools }) => tools.length === 0).map(latestPrompt);
    };
    expect((await prompts(false)).toSorted()).toEqual(["Find.", "Title.", "Write."]);
    const shared = await prompts(true);
    expect(shared.slice(0, 2).toSorted()).toEqual(["Find.", "Title."]);
    for (const said of ["[researcher] was asked: Find.", "[researcher] answered: Fact.", "[writer] was asked: Title.", "Write."])
      expect(shared[2]).toContain(said);
  });

  test("delegations are events, and usage adds up by member, team and run", async () => {
    const usage = { inputTokens: 10, outputTokens: 1 };
    models.use(
      byInstructions({
        lead: [callTools([ask("researcher", "Find."), ask("writer", "Write.")], { usage }), reply("done", { usage })],
        Research: reply("Fact.", { usage }),
        "You are a writer": reply("Text.", { usage }),
      }),
    );
    const events: RunEvent[] = [];
    const plan = workflow("w")
      .then("work", team({ name: "desk", model: "gpt-4o", members: { researcher, writer } }))
      .build();
    const run = (await plan.run("go", { observe: (event) => events.push(event) }))._unsafeUnwrap();
    expect(delegations(events)).toEqual([
      { path: "work/turn#1/researcher[0]", step: "work", member: "researcher", task: "Find." },
      { path: "work/turn#1/writer[1]", step: "work", member: "writer", task: "Write." },
    ]);
    expect(run.usage).toMatchObject({ modelCalls: 4, inputTokens: 40 });
    expect(run.record("work")?.usage).toMatchObject({ modelCalls: 4, inputTokens: 40 });
    expect(run.trace.find(({ path }) => path === "work/turn#1/writer[1]")?.usage).toMatchObject({ modelCalls: 1, inputTokens: 10 });
    // Deltas of members say whose they are.
    const deltas = events.flatMap((event) => (event.type === "agent.delta" ? [[event.path, event.delta]] : []));
    expect(deltas).toContainEqual(["work/turn#1/writer[1]", "Text."]);
    expect(deltas).toContainEqual(["work", "done"]);
  });
});
