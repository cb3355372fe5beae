import { agent, type RunEvent, reject, team } from "heddle";
import { byInstructions, fault, latestPrompt, type ServedRequest } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { servedModels } from "../support/models.ts";
import { delegations } from "./requests.ts";

const models = servedModels();
const optimist = agent({ name: "o", model: "gpt-4o", instructions: "Hope." });
const pessimist = agent({ name: "p", model: "gpt-4o", instructions: "Doubt.", output: z.object({ risk: z.number() }) });
const panel = team({ name: "panel", model: "gpt-4o", members: { optimist, pessimist }, mode: "collaborate", instructions: "Weigh both." });

describe("collaborate", () => {
  test("all members get the same input at once, and the leader answers from labelled sections", async () => {
    let waiting = 0;
    let both: () => void = () => {};
    const met = new Promise<void>((resolve) => (both = resolve));
    const member = (answer: unknown) => async () => {
      if (++waiting === 2) both();
      await met;
      return answer;
    };
    models.use(byInstructions({ "Weigh both": "Balanced.", Hope: member("All good."), Doubt: member({ risk: 3 }) }));
    const events: RunEvent[] = [];
    const run = (await panel.run("Will it work?", { timeout: 5_000, observe: (event) => events.push(event) }))._unsafeUnwrap();
    expect(run.output).toBe("Balanced.");
    expect(models.requests).toHaveLength(3);
    expect(models.requests.slice(0, 2).map(latestPrompt)).toEqual(["Will it work?", "Will it work?"]);
    const leader = models.requests[2];
    expect(leader?.tools).toEqual([]);
    expect(leader?.messages.filter(({ role }) => role === "user").map(({ text }) => text)).toEqual([
      "Will it work?",
      '[optimist]: All good.\n\n[pessimist]: {"risk":3}',
    ]);
    expect(run.trace.map(({ path, kind }) => [path, kind])).toEqual([
      ["panel", "team"],
      ["panel/optimist", "agent"],
      ["panel/pessimist", "agent"],
      ["panel/optimist/turn#1", "model"],
      ["panel/pessimist/turn#1", "model"],
      ["panel/turn#1", "model"],
    ]);
    expect(delegations(events)).toEqual([
      { path: "panel/optimist", step: "panel", member: "optimist", task: "Will it work?" },
      { path: "panel/pessimist", step: "panel", member: "pessimist", task: "Will it work?" },
    ]);
    expect(run.usage.modelCalls).toBe(3);
  });

  test("a member that fails is told to the leader", async () => {
    models.use(byInstructions({ "Weigh both": "Half.", Hope: () => fault.status(400, { message: "too rosy" }), Doubt: { risk: 3 } }));
    expect((await panel.run("Will it work?"))._unsafeUnwrap().output).toBe("Half.");
    expect(latestPrompt(models.requests.at(-1) as ServedRequest)).toMatch(
      /^\[optimist\]: \(no answer: .*too rosy.*\)\n\n\[pessimist\]: \{"risk":3\}$/,
    );
  });

  test("where all fail, the team fails as the first of them, with the others beside it", async () => {
    const shy = agent({ name: "shy", model: "gpt-4o", instructions: "Shy.", before: () => reject("not today" as const) });
    const both = team({ name: "both", model: "gpt-4o", members: { shy, optimist }, mode: "collaborate" });
    models.use(byInstructions({ Hope: () => fault.status(400) }));
    const failure = (await both.run("?"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", path: "both/shy/before", cause: { type: "rejected", reason: "not today" } });
    expect(failure.suppressed.map(({ path }) => path)).toEqual(["both/optimist/turn#1"]);
    expect(models.requests).toHaveLength(1);
  });
});
