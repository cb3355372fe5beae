import { byInstructions, callTools, latestPrompt, offlineEngine, type ServedRequest } from "heddle/testing";
import { describe, expect, expectTypeOf, test } from "vitest";
import asTool from "../../../examples/patterns/as-tool.ts";
import collaborate from "../../../examples/patterns/team-collaborate.ts";
import coordinate from "../../../examples/patterns/team-coordinate.ts";
import route from "../../../examples/patterns/team-route.ts";
import tasks, { listed } from "../../../examples/patterns/team-tasks.ts";
import { servedModels } from "../../support/models.ts";
import { results } from "../../team/requests.ts";

const models = servedModels();
const topic = "How should agents and teams work together?";
const called = (request: ServedRequest | undefined) => results(request).map(([name]) => name);

describe("with the offline engine, which asks by fixed rules", () => {
  test("coordinate: those who find are asked before those who write, and the leader hands on the article", async () => {
    models.use(offlineEngine());
    const run = (await coordinate.run(topic))._unsafeUnwrap();
    expect(run.trace.filter(({ kind }) => kind === "team" || kind === "agent").map(({ path }) => path)).toEqual([
      "article",
      "article/turn#1/library[0]",
      "article/turn#1/library[0]/web",
      "article/turn#1/library[0]/papers",
      "article/turn#2/writer[0]",
    ]);
    expect(called(models.requests.at(-1))).toEqual(["library", "writer"]);
    expect(run.output).toBe(results(models.requests.at(-1))[1]?.[1]);
    expect(latestPrompt(models.requests.at(-2) as ServedRequest)).toMatch(/^\[library\]: /);
  });

  test("route: one member is picked, and two requests are all", async () => {
    models.use(offlineEngine());
    const run = (await route.run("I want a refund for the bill that I paid twice"))._unsafeUnwrap();
    expect(models.requests).toHaveLength(2);
    expect(models.requests[0]?.toolChoice).toBe("required");
    expect(run.trace.map(({ path }) => path)).toContain("answer/turn#1/billing[0]");
    expectTypeOf(run.steps.answer).toEqualTypeOf<string | { refund: number; reason: string }>();
    expect(run.output).toMatch(/^A refund of \d+/);
  });

  test("collaborate: three at once on the same question, then one answer", async () => {
    models.use(offlineEngine());
    const run = (await collaborate.run(topic))._unsafeUnwrap();
    expect(models.requests.slice(0, 3).map(latestPrompt)).toEqual([topic, topic, topic]);
    expect(latestPrompt(models.requests[3] as ServedRequest)).toMatch(/^\[engineer\]: .*\n\n\[editor\]: .*\n\n\[tester\]: /s);
    expect(models.requests).toHaveLength(4);
    expect(run.output.length).toBeGreaterThan(100);
  });

  test("tasks: one plan, in stages, and the list as it was at the end", async () => {
    models.use(offlineEngine());
    expect((await listed(topic))._unsafeUnwrap()).toEqual([
      "1-web (web): completed, after nothing",
      "1-papers (papers): completed, after nothing",
      "2-writer (writer): completed, after 1-web, 1-papers",
      "3-publisher (publisher): completed, after 2-writer",
    ]);
    const run = (await tasks.run(topic))._unsafeUnwrap();
    expect(run.output).toMatch(/^# /);
    expect(models.requests.filter(({ tools }) => tools.length > 0)).toHaveLength(4);
  });

  test("the same request always gets the same answer", async () => {
    const outputs = [];
    for (const plan of [coordinate, tasks, coordinate, tasks]) {
      models.use(offlineEngine());
      outputs.push((await plan.run(topic))._unsafeUnwrap().output);
    }
    expect(outputs.slice(2)).toEqual(outputs.slice(0, 2));
  });
});

describe("with a scripted model", () => {
  test("as-tool: a plan gets numbers, an agent text, and both answer one reply", async () => {
    models.use(
      byInstructions({
        "what your tools tell": [
          callTools([
            { name: "loom_width", args: { threads: 240 } },
            { name: "history", args: { value: "Looms" } },
            { name: "loom_width", args: { threads: -1 } },
          ]),
          "20 centimetres.",
        ],
        history: (request) => `Of ${latestPrompt(request)}: much.`,
      }),
    );
    expect((await asTool.run("How wide?"))._unsafeUnwrap().output).toBe("20 centimetres.");
    expect(results(models.requests.at(-1))).toEqual([
      ["loom_width", '{"centimetres":20}'],
      ["history", "Of Looms: much."],
      ["loom_width", expect.stringMatching(/^Invalid arguments for tool "loom_width"/)],
    ]);
  });
});
