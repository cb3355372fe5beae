import { agent, openai, type RunEvent, team, tool, workflow } from "heddle";
import { byInstructions, callTools, fault, latestPrompt, type ServedRequest } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { servedModels } from "../support/models.ts";
import { sleep } from "../support/promises.ts";
import { delegations, results } from "./requests.ts";

const models = servedModels();
const researcher = agent({ name: "r", model: "gpt-4o", instructions: "Research." });
const writer = agent({ name: "w", model: "gpt-4o", instructions: "Compose." });
const members = { researcher, writer };
const desk = (more: { maxIterations?: number; shareMemberInteractions?: boolean } = {}) =>
  team({ name: "desk", model: "gpt-4o", members, mode: "tasks", instructions: "Lead.", ...more });
const task = (id: string, member: string, depends_on: readonly string[] = []) => ({ id, member, task: `Do ${id}.`, depends_on });
const plan = (...tasks: readonly object[]) => callTools([{ name: "plan_tasks", args: { tasks } }]);
/** The prompts of members, by the first line: their task. */
const prompts = () => new Map(ofMembers().map((request) => [latestPrompt(request).split("\n", 1)[0], latestPrompt(request)]));
const ofMembers = () => models.requests.filter(({ instructions }) => !instructions.startsWith("Lead"));
const ofLeader = () => models.requests.filter(({ instructions }) => instructions.startsWith("Lead"));

describe("tasks", () => {
  test.each(["chat", "responses"] as const)(
    "%s: tasks are planned by one tool, and each is given the results of those before it",
    async (api) => {
      const board = team({ name: "desk", model: openai("gpt-4o", { api }), members, mode: "tasks", instructions: "Lead." });
      models.use(
        byInstructions({
          Lead: [plan(task("web", "researcher"), task("papers", "researcher"), task("text", "writer", ["web", "papers"])), "All is done."],
          Research: (request) => `Found for ${latestPrompt(request)}`,
          Compose: "Written.",
        }),
      );
      const events: RunEvent[] = [];
      const run = (await board.run("Looms.", { observe: (event) => events.push(event) }))._unsafeUnwrap();
      expect(run.output).toBe("All is done.");

      const [first, second] = ofLeader();
      expect(first?.tools.map(({ name, strict }) => [name, strict])).toEqual([["plan_tasks", true]]);
      expect(first?.tools[0]?.parameters).toMatchObject({
        properties: {
          tasks: {
            items: { properties: { member: { enum: ["researcher", "writer"] } }, required: ["id", "member", "task", "depends_on"] },
          },
        },
      });
      expect(first?.instructions).toContain("Research.");
      expect(results(second)).toEqual([
        ["plan_tasks", "[web] done: Found for Do web.\n\n[papers] done: Found for Do papers.\n\n[text] done: Written."],
      ]);
      expect(prompts().get("Do text.")).toBe(
        "Do text.\n\nWhat was done before:\n\n[web]: Found for Do web.\n\n[papers]: Found for Do papers.",
      );
      expect(run.trace.map(({ path, kind, step }) => [path, kind, step])).toEqual([
        ["desk", "team", "desk"],
        ["desk/turn#1", "model", "desk"],
        ["desk/turn#1/plan_tasks[0]", "tool", "plan_tasks"],
        ["desk/turn#1/plan_tasks[0]/web", "agent", "researcher"],
        ["desk/turn#1/plan_tasks[0]/papers", "agent", "researcher"],
        ["desk/turn#1/plan_tasks[0]/web/turn#1", "model", "researcher"],
        ["desk/turn#1/plan_tasks[0]/papers/turn#1", "model", "researcher"],
        ["desk/turn#1/plan_tasks[0]/text", "agent", "writer"],
        ["desk/turn#1/plan_tasks[0]/text/turn#1", "model", "writer"],
        ["desk/turn#2", "model", "desk"],
      ]);
      const at = (id: string) => `desk/turn#1/plan_tasks[0]/${id}`;
      expect(run.trace[0]?.tasks).toEqual([
        { id: "web", member: "researcher", task: "Do web.", dependsOn: [], status: "completed", path: at("web") },
        { id: "papers", member: "researcher", task: "Do papers.", dependsOn: [], status: "completed", path: at("papers") },
        { id: "text", member: "writer", task: "Do text.", dependsOn: ["web", "papers"], status: "completed", path: at("text") },
      ]);
      expect(delegations(events)).toEqual([
        { path: at("web"), step: "desk", member: "researcher", task: "Do web." },
        { path: at("papers"), step: "desk", member: "researcher", task: "Do papers." },
        { path: at("text"), step: "desk", member: "writer", task: "Do text." },
      ]);
      const told = events.flatMap((event) =>
        event.type.startsWith("tool.") ? [[event.type, event.path, "tool" in event ? event.tool : ""]] : [],
      );
      expect(told).toEqual([
        ["tool.started", "desk/turn#1/plan_tasks[0]", "plan_tasks"],
        ["tool.completed", "desk/turn#1/plan_tasks[0]", "plan_tasks"],
      ]);
      expect(run.usage.modelCalls).toBe(5);
      expect(run.trace.find(({ path }) => path === "desk/turn#1/plan_tasks[0]")?.usage?.modelCalls).toBe(3);
    },
  );

  test("a task begins when what it depends on is done, whatever else goes on; the others run side by side", async () => {
    // "slow" answers only after "next", which waits for "quick" alone, has been asked.
    let asked: () => void = () => {};
    const nextAsked = new Promise<void>((resolve) => (asked = resolve));
    models.use(async (request) => {
      if (request.instructions.startsWith("Lead"))
        return results(request).length > 0
          ? "done"
          : plan(
              task("slow", "researcher"),
              task("quick", "researcher"),
              task("next", "writer", ["quick"]),
              task("end", "writer", ["slow", "next"]),
            );
      const prompt = latestPrompt(request);
      if (prompt.startsWith("Do next")) asked();
      if (prompt.startsWith("Do slow")) await nextAsked;
      return prompt.slice(0, 7);
    });
    const run = (await desk().run("go", { timeout: 5_000 }))._unsafeUnwrap();
    expect(run.output).toBe("done");
    expect(prompts().get("Do end.")).toBe("Do end.\n\nWhat was done before:\n\n[slow]: Do slow\n\n[next]: Do next");
  });

  test("a failure goes back to the leader, which plans the task again; what waited for it goes on", async () => {
    let tries = 0;
    models.use(
      byInstructions({
        Lead: [plan(task("find", "researcher"), task("text", "writer", ["find"])), plan(task("find", "researcher")), "done"],
        Research: () => (++tries === 1 ? fault.status(400, { message: "no luck" }) : "Found."),
        Compose: "Written.",
      }),
    );
    const run = (await desk().run("go"))._unsafeUnwrap();
    expect(run.output).toBe("done");
    const told = results(ofLeader().at(-1)).map(([, text]) => text);
    expect(told[0]).toMatch(/^\[find\] failed: .*no luck.*\n\n\[text\] waits for find$/);
    expect(told[1]).toBe("[find] done: Found.\n\n[text] done: Written.");
    expect(run.trace[0]?.tasks?.map(({ id, status, path }) => [id, status, path])).toEqual([
      ["find", "completed", "desk/turn#2/plan_tasks[0]/find"],
      ["text", "completed", "desk/turn#2/plan_tasks[0]/text"],
    ]);
    expect(run.trace.filter(({ status }) => status === "failed").map(({ path }) => path)).toEqual([
      "desk/turn#1/plan_tasks[0]/find",
      "desk/turn#1/plan_tasks[0]/find/turn#1",
    ]);
  });

  test.each<[string, readonly object[], RegExp]>([
    ["a cycle", [task("a", "writer", ["b"]), task("b", "writer", ["c"]), task("c", "writer", ["a"])], /wait for each other: a → b → c → a/],
    ["a task that waits for itself", [task("a", "writer", ["a"])], /wait for each other: a → a/],
    [
      "an unknown dependency",
      [task("gather", "writer"), task("b", "writer", ["gathr"])],
      /depends on "gathr", and there is no such task; did you mean gather/,
    ],
    ["an unknown member", [task("a", "riter")], /no member called "riter"; did you mean writer\? There are: researcher, writer/],
    ["an id twice", [task("a", "writer"), task("a", "researcher")], /Two tasks are called a/],
    ["an id that is none", [task("a b", "writer")], /Invalid arguments.*\n.*tasks\[0\]\.id/],
    ["no tasks", [], /Invalid arguments.*\n.*at least one task/],
    ["a task without words", [{ ...task("a", "writer"), task: " " }], /Invalid arguments.*\n.*tasks\[0\]\.task/],
  ])("%s is answered to the leader, and nothing is begun", async (_, planned, message) => {
    models.use(byInstructions({ Lead: [plan(...planned), "sorry"], Research: "never", Compose: "never" }));
    const run = (await desk().run("go"))._unsafeUnwrap();
    expect(run.output).toBe("sorry");
    expect(results(ofLeader()[1])[0]?.[1]).toMatch(message);
    expect(ofMembers()).toEqual([]);
    expect(run.trace.find(({ kind }) => kind === "tool")?.status).toBe("failed");
    expect(run.trace[0]?.tasks ?? []).toEqual([]);
  });

  test("later plans build on earlier ones: done ids are known and taken, failed ones cannot be built on", async () => {
    models.use(
      byInstructions({
        Lead: [
          plan(task("a", "writer"), task("bad", "researcher")),
          plan(task("a", "writer")),
          plan(task("b", "writer", ["bad"])),
          plan(task("c", "writer", ["a"]), task("a", "writer", ["c"])),
          plan(task("c", "writer", ["a"])),
          "done",
        ],
        Research: () => fault.status(400),
        Compose: (request) => `Wrote ${latestPrompt(request).slice(3, 4)}`,
      }),
    );
    (await desk().run("go"))._unsafeUnwrap();
    const told = results(ofLeader().at(-1)).map(([, text]) => text);
    expect(told[1]).toMatch(/Task a is done already/);
    expect(told[2]).toMatch(/Task b depends on bad, which has failed/);
    expect(told[3]).toMatch(/Task a is done already/);
    // What is not done is told again, so that it is not forgotten.
    expect(told[4]).toMatch(/^\[bad\] failed: .*\n\n\[c\] done: Wrote c$/);
    expect(prompts().get("Do c.")).toBe("Do c.\n\nWhat was done before:\n\n[a]: Wrote a");
  });

  test("one plan a reply; a name that is no tool is answered; the leader's own tools go on beside the tasks", async () => {
    const clock = tool({ name: "clock", description: "The time.", input: z.object({}), run: () => "noon" });
    const board = team({
      name: "desk",
      model: "gpt-4o",
      members,
      mode: "tasks",
      instructions: "Lead.",
      tools: [clock],
      output: z.object({ n: z.number() }),
    });
    const args = (id: string) => ({ tasks: [task(id, "writer")] });
    models.use(
      byInstructions({
        Lead: [
          callTools([
            { name: "plan_tasks", args: args("a") },
            { name: "clock" },
            { name: "plan_tasks", args: args("b") },
            { name: "writer", args: { task: "x" } },
          ]),
          plan(task("b", "writer")),
          { n: 2 },
        ],
        Compose: "Written.",
      }),
    );
    const run = (await board.run("go"))._unsafeUnwrap();
    expect(run.output).toEqual({ n: 2 });
    expect(results(ofLeader()[1])).toEqual([
      ["plan_tasks", "[a] done: Written."],
      ["clock", "noon"],
      ["plan_tasks", expect.stringMatching(/Nothing was planned by this call/)],
      ["writer", expect.stringMatching(/no such tool/)],
    ]);
    expect(run.trace[0]?.tasks?.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("maxIterations ends a leader that only plans, with the list as far as it came", async () => {
    let count = 0;
    models.use(byInstructions({ Lead: () => plan(task(`t${++count}`, "writer")), Compose: "Written." }));
    const failure = (await desk({ maxIterations: 3 }).run("go"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", threw: false, path: "desk", cause: { type: "max_iterations" } });
    expect(failure.trace[0]?.tasks?.map(({ id }) => id)).toEqual(["t1", "t2", "t3"]);
  });

  test("members that share see what was done before they began, whether or not they build on it", async () => {
    models.use(
      byInstructions({
        Lead: [plan(task("a", "researcher"), task("b", "writer", ["a"])), plan(task("c", "writer")), "done"],
        Research: "Found.",
        Compose: "Written.",
      }),
    );
    (await desk({ shareMemberInteractions: true }).run("go"))._unsafeUnwrap();
    const last = latestPrompt(ofMembers().at(-1) as ServedRequest);
    for (const said of [
      "[researcher] was asked: Do a.",
      "[researcher] answered: Found.",
      "[writer] was asked: Do b.",
      "[writer] answered: Written.",
      "Do c.",
    ])
      expect(last).toContain(said);
  });

  test("a cancel stops the tasks that are under way and begins no other", async () => {
    models.use(
      byInstructions({
        Lead: plan(task("a", "researcher"), task("b", "writer", ["a"])),
        Research: ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
      }),
    );
    const handle = workflow("w").then("work", desk()).build().start("go");
    while (models.requests.length < 2) await sleep(5);
    handle.cancel("enough");
    const failure = (await handle.result)._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "cancelled", reason: "enough", suppressed: [] });
    expect(failure.trace.map(({ path, status }) => [path, status]).slice(2)).toEqual([
      ["work/turn#1/plan_tasks[0]", "cancelled"],
      ["work/turn#1/plan_tasks[0]/a", "cancelled"],
      ["work/turn#1/plan_tasks[0]/a/turn#1", "cancelled"],
    ]);
    await expect.poll(() => models.server.inFlight).toBe(0);
  });

  test("a hundred tasks in a chain and a hundred side by side, within the run's permits", async () => {
    const chain = Array.from({ length: 100 }, (_, index) => task(`c${index}`, "researcher", index === 0 ? [] : [`c${index - 1}`]));
    const wide = Array.from({ length: 100 }, (_, index) => task(`w${index}`, "writer"));
    const peak = { now: 0, most: 0 };
    const all = Promise.withResolvers<void>();
    models.use(async (request) => {
      if (request.instructions.startsWith("Lead")) return results(request).length > 0 ? "done" : plan(...chain, ...wide);
      peak.most = Math.max(peak.most, ++peak.now);
      if (peak.now === 8) all.resolve();
      // The first ones wait for each other, however long one takes to begin.
      await Promise.race([all.promise, sleep(1_000)]);
      await sleep(2);
      peak.now--;
      return "ok";
    });
    const run = (await desk().run("go", { concurrency: 8 }))._unsafeUnwrap();
    expect(run.trace[0]?.tasks?.every(({ status }) => status === "completed")).toBe(true);
    expect(run.usage.modelCalls).toBe(202);
    expect(peak.most).toBe(8);
  });
});
