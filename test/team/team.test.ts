import { agent, BuildError, step, team, tool, workflow } from "heddle";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const writer = agent({ name: "author", model: "gpt-4o", instructions: "You write." });
const good = { name: "desk", model: "gpt-4o", members: { writer } };
const clock = tool({ name: "writer", description: "Not a writer.", input: z.object({}), run: () => 1 });
const loose = team as unknown as (definition: unknown) => unknown;

describe("a mistake throws where it is made, and says what was expected", () => {
  test.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /Expected team\(\) to be given what it is made of, got undefined/],
    ["no object", 7, /options of team\(\) to be an object, got 7/],
    ["a misspelt option", { ...good, member: {} }, /"member".*did you mean "members"/],
    ["no name", { ...good, name: undefined }, /a team's name to be text, got undefined/],
    ["no model", { ...good, model: undefined }, /the model of team "desk"/],
    ["no members", { ...good, members: undefined }, /the members of team "desk" to be an object.*got undefined/],
    [
      "a list of members",
      { ...good, members: [writer] },
      /the members of team "desk" to be an object.*for example \{ researcher, writer \}/,
    ],
    ["members without any", { ...good, members: {} }, /team "desk" to have at least one member/],
    [
      "a member that is a function",
      { ...good, members: { writer: () => "x" } },
      /member "writer" of team "desk" to be made with agent\(\) or team\(\)/,
    ],
    ["a member that is a step", { ...good, members: { writer: step("s", (text: string) => text) } }, /member "writer"/],
    [
      "a member that is a plan",
      {
        ...good,
        members: {
          writer: workflow("w")
            .then("a", () => 1)
            .build(),
        },
      },
      /member "writer"/,
    ],
    ["a member that is a definition", { ...good, members: { writer: { model: "gpt-4o" } } }, /member "writer"/],
    [
      "a member that is a plan",
      {
        ...good,
        members: {
          count: workflow("count")
            .then("one", () => 1)
            .build(),
        },
      },
      /member "count" of team "desk" .*, got the plan "count": a plan goes to the leader's tools, with asTool\(\)/,
    ],
    ["a name that no model can call", { ...good, members: { "the writer": writer } }, /1 to 64 letters, digits, _ and -, got "the writer"/],
    ["a name that is too long", { ...good, members: { ["w".repeat(65)]: writer } }, /1 to 64 letters/],
    ["an unknown mode", { ...good, mode: "coordinat" }, /"mode" of team "desk" to be "coordinate" or .*, got "coordinat"/],
    ["instructions that are no text", { ...good, instructions: 1 }, /the instructions of team "desk" to be text, got 1/],
    ["a misspelt setting", { ...good, settings: { temprature: 1 } }, /the settings of team "desk".*did you mean "temperature"/],
    ["a guard that is no function", { ...good, after: "check" }, /"after" of team "desk" to be a function, got "check"/],
    ["re-asks that are no number", { ...good, reasks: -1 }, /"reasks" of team "desk" to be a whole number from 0 up, got -1/],
    ["no turns", { ...good, maxIterations: 0 }, /"maxIterations" of team "desk" to be a whole number from 1 up, got 0/],
    [
      "sharing that is no boolean",
      { ...good, shareMemberInteractions: "yes" },
      /"shareMemberInteractions" of team "desk" to be true or false/,
    ],
    [
      "a tool and a member of one name",
      { ...good, tools: [clock] },
      /tools and the members of team "desk" to have different names, got two called "writer"/,
    ],
    ["tools that are none", { ...good, tools: [{}] }, /tool 0 of team "desk".*got \{\}$/],
    ["a tool that is an agent", { ...good, tools: [writer] }, /tool 0 of team "desk".*got the agent ".*": make one of it with asTool\(/],
    ["an output that a model cannot be held to", { ...good, output: z.bigint() }, /output of team "desk"/],
    ["an output in route mode", { ...good, mode: "route", output: z.string() }, /team "desk" to have no output of its own in route mode/],
  ])("%s", (_, definition, message) => {
    expect(() => loose(definition)).toThrow(BuildError);
    expect(() => loose(definition)).toThrow(message);
  });
});

test("a team is frozen, describes itself, and is a step by its kind", () => {
  const desk = team({ ...good, mode: "collaborate", instructions: "Lead." });
  expect(Object.isFrozen(desk)).toBe(true);
  const { steps } = workflow("w").then("work", desk).build().describe();
  expect(steps).toEqual([
    { id: "work", kind: "step", runs: "team", name: "desk", about: { mode: "collaborate", model: ["gpt-4o"], members: ["writer"] } },
  ]);
});
