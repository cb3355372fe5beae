import { describe, expect, test } from "vitest";
import { z } from "zod";
import { asTool, BuildError, workflow } from "../../src/index.ts";
import { enqueue, worker } from "../../src/server/index.ts";
import { memoryJournal } from "../../src/testing/index.ts";

/* A workflow that somebody forgot to build says so wherever a plan should stand, and says what to do. */

const count = () => workflow("count").then("length", ({ last }) => last.length);
const shown = 'the workflow "count", which is not built: call .build() on it';
const journal = memoryJournal();

describe("a workflow that is not built", () => {
  test.each([
    // @ts-expect-error it has no plan's methods
    ["run", () => count().run("x"), "Expected .run() to be called on a plan"],
    // @ts-expect-error as above
    ["start", () => count().start("x"), "Expected .start() to be called on a plan"],
    // @ts-expect-error as above
    ["run of one whose output is declared", () => count().output(z.number()).run("x"), "Expected .run() to be called on a plan"],
    // @ts-expect-error no step
    ["then", () => workflow("w").then("b", count()), 'Expected step "b" to run a function'],
    // @ts-expect-error no plan
    ["use", () => workflow("w").use(count()), "Expected use() to be given a plan, as .build() makes one"],
    // @ts-expect-error no plan
    ["worker", () => worker([count()], { journal }), "Expected a plan, an agent or a team"],
    // @ts-expect-error no plan
    ["enqueue", () => enqueue(count(), "x", { journal }), "Expected a plan, an agent or a team"],
    [
      "asTool",
      // @ts-expect-error no plan
      () => asTool(count(), { name: "count", description: "Counts.", input: z.string() }),
      "Expected asTool() to be given an agent, a team or a plan",
    ],
  ] as [string, () => unknown, string][])("%s is refused", (_, attempt, expected) => {
    let thrown: unknown;
    try {
      attempt();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(BuildError);
    const { message } = thrown as BuildError;
    expect(message).toContain(expected);
    expect(message).toContain(`got ${shown}`);
  });
});
