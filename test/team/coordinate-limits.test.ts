// Teams in teams, the limits of a team's step, and what ends it.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agent, openai, team, workflow } from "heddle";
import { byInstructions, callTools, cassette, fault, modelServer } from "heddle/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { servedModels } from "../support/models.ts";
import { results } from "./requests.ts";

const models = servedModels();
const researcher = agent({ name: "reader", model: "gpt-4o", instructions: "Research the web." });
const writer = agent({ name: "author", model: "gpt-4o", instructions: "You are a writer." });
const ask = (name: string, task: string) => ({ name, args: { task } });

describe("coordinate", () => {
  test("teams lead teams: an inner leader is asked like any member", async () => {
    const inner = team({ name: "press", model: "gpt-4o", members: { writer }, instructions: "Inner rules." });
    const outer = team({ name: "desk", model: "gpt-4o", members: { press: inner }, instructions: "Outer rules." });
    models.use(
      byInstructions({
        "Outer rules": [callTools([ask("press", "Print it.")]), "outer done"],
        "Inner rules": [callTools([ask("writer", "Write it.")]), "inner done"],
        "You are a writer": "written",
      }),
    );
    const run = (await outer.run("go"))._unsafeUnwrap();
    expect(run.output).toBe("outer done");
    expect(models.requests[0]?.tools[0]?.description).toMatch(/team of writer.*Inner rules/);
    expect(run.trace.map(({ path, kind }) => [path, kind])).toEqual([
      ["desk", "team"],
      ["desk/turn#1", "model"],
      ["desk/turn#1/press[0]", "team"],
      ["desk/turn#1/press[0]/turn#1", "model"],
      ["desk/turn#1/press[0]/turn#1/writer[0]", "agent"],
      ["desk/turn#1/press[0]/turn#1/writer[0]/turn#1", "model"],
      ["desk/turn#1/press[0]/turn#2", "model"],
      ["desk/turn#2", "model"],
    ]);
  });

  test("the step's timeout and retries are those of each request, the members' too", async () => {
    let asked = 0;
    models.use(
      byInstructions({
        lead: [callTools([ask("researcher", "x"), ask("writer", "y")]), "made do"],
        // Never answers, until the client gives up.
        Research: ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
        "You are a writer": () => (++asked === 1 ? fault.status(503) : "written"),
      }),
    );
    const plan = workflow("w")
      .then("work", team({ name: "desk", model: "gpt-4o", members: { researcher, writer } }), {
        timeout: 1_000,
        retries: { max: 1, initial: 1, when: ({ type }) => type !== "step_timed_out" },
      })
      .build();
    const run = (await plan.run("go"))._unsafeUnwrap();
    expect(results(models.requests.at(-1))).toEqual([
      ["researcher", 'Tool "researcher" failed: it took longer than 1000 ms'],
      ["writer", "written"],
    ]);
    expect(run.trace.find(({ path }) => path === "work/turn#1/writer[1]/turn#1")?.attempts).toBe(2);
  });

  test("a run's time limit ends the members with it", async () => {
    models.use(
      byInstructions({
        lead: callTools([ask("researcher", "x")]),
        Research: ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
      }),
    );
    const failure = (await team({ name: "desk", model: "gpt-4o", members: { researcher } }).run("go", { timeout: 500 }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "run_timed_out", timeout: 500 });
    expect(failure.trace.map(({ path, status }) => [path, status])).toContainEqual(["desk/turn#1/researcher[0]/turn#1", "cancelled"]);
    await expect.poll(() => models.server.inFlight).toBe(0);
  });

  test("a cassette plays a team again without a network", async () => {
    const folder = await mkdtemp(join(tmpdir(), "heddle-team-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "team.json");
    const desk = team({ name: "desk", model: "gpt-4o", members: { researcher, writer }, shareMemberInteractions: true });
    models.use(
      byInstructions({
        lead: [callTools([ask("researcher", "Find."), ask("writer", "Title.")]), callTools([ask("writer", "Write.")]), "done"],
        Research: "Fact.",
        "You are a writer": ["A title.", "A text."],
      }),
    );
    const live = (await desk.run("go", { tape: await cassette(file) }))._unsafeUnwrap();
    models.use(() => fault.status(500));
    const tape = await cassette(file, { mode: "replay" });
    const again = (await desk.run("go", { tape }))._unsafeUnwrap();
    tape.check();
    expect(again.output).toBe("done");
    expect(again.trace.map(({ path, status }) => [path, status])).toEqual(live.trace.map(({ path, status }) => [path, status]));
    expect(models.requests).toEqual([]);
  });

  test("a race's losing team stops its members, and a cancel reaches them", async () => {
    await using server = await modelServer(
      byInstructions({
        lead: callTools([{ name: "slow", args: { task: "x" } }]),
        // Answers nobody, until the client leaves.
        "Take your time": ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
      }),
    );
    const model = openai("gpt-4o", { baseURL: server.url, apiKey: "k" });
    const slow = agent({ name: "slow", model, instructions: "Take your time." });
    const losing = team({ name: "losing", model, members: { slow } });
    const asked = async () => {
      while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const plan = workflow("w")
      .race("first", { losing, fast: async () => (await asked(), "won") })
      .build();
    const run = (await plan.run("go", { timeout: 5_000 }))._unsafeUnwrap();
    expect(run.output).toBe("won");
    expect(run.trace.find(({ path }) => path === "first/losing/turn#1/slow[0]/turn#1")?.status).toBe("cancelled");
    await expect.poll(() => server.inFlight).toBe(0);

    const handle = workflow("w").then("work", losing).build().start("go");
    while (server.requests.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    handle.cancel("enough");
    const failure = (await handle.result)._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "cancelled", reason: "enough" });
    expect(failure.trace.map(({ path, status }) => [path, status])).toEqual(expect.arrayContaining([["work/turn#1/slow[0]", "cancelled"]]));
    await expect.poll(() => server.inFlight).toBe(0);
  });
});
