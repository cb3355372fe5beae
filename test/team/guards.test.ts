import { agent, reject, team, tool, workflow } from "heddle";
import { byInstructions, callTools, reply } from "heddle/testing";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { servedModels } from "../support/models.ts";
import { results } from "./requests.ts";

const models = servedModels();
const writer = agent({ name: "author", model: "gpt-4o", instructions: "You write." });
const desk = { name: "desk", model: "gpt-4o", instructions: "You lead.", members: { writer } } as const;
const tells = (task: string) => callTools([{ name: "writer", args: { task } }]);
const ofLeader = () => models.requests.filter(({ instructions }) => instructions.includes("You lead."));

describe("guardrails", () => {
  test("`before` sees the team's prompt before anybody does, and `after` what the leader answers", async () => {
    models.use(byInstructions({ "You lead.": [tells("Two lines."), reply("a poem")], "You write.": reply("lines") }));
    const guarded = team({
      ...desk,
      before: (prompt) => String(prompt).replace("hunter2", "***"),
      after: async (answer, { path }) => `${answer} (${path})`,
    });
    const run = (await workflow("w").then("poem", guarded).build().run("My password is hunter2"))._unsafeUnwrap();
    expect(run.output).toBe("a poem (poem/after)");
    expect(JSON.stringify(models.requests)).not.toContain("hunter2");
    expect(ofLeader()[0]?.messages.at(-1)?.text).toBe("My password is ***");
    expect(run.trace.map(({ path, kind }) => [path, kind])).toEqual(
      expect.arrayContaining([
        ["poem/before", "guard"],
        ["poem/after", "guard"],
      ]),
    );
  });

  test("what `before` rejects costs nothing, and the reason is typed", async () => {
    models.use(() => reply("never"));
    const guarded = team({ ...desk, before: (prompt) => (String(prompt).includes("4111") ? reject("card number") : prompt) });
    const failure = (await guarded.run("4111"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", threw: false, path: "desk/before", cause: { reason: "card number" } });
    expect(models.requests).toEqual([]);
    if (failure.type === "step_failed" && !failure.threw && failure.cause.type === "rejected")
      expectTypeOf(failure.cause.reason).toEqualTypeOf<"card number">();
  });

  test("in route mode `after` gets the member's answer as the member gave it", async () => {
    const scorer = agent({ name: "scorer", model: "gpt-4o", instructions: "You score.", output: z.object({ score: z.number() }) });
    models.use(byInstructions({ "You lead.": callTools([{ name: "scorer" }]), "You score.": [{ score: 3 }, { score: -1 }] }));
    const routed = team({
      ...desk,
      members: { scorer },
      mode: "route",
      after: (answer) => {
        expectTypeOf(answer).toEqualTypeOf<{ score: number }>();
        return answer.score < 0 ? reject({ score: answer.score }) : { score: answer.score * 2 };
      },
    });
    expect((await routed.run("x"))._unsafeUnwrap().output).toEqual({ score: 6 });
    expect((await routed.run("x"))._unsafeUnwrapErr()).toMatchObject({ path: "desk/after", cause: { reason: { score: -1 } } });
  });

  test("a member may be a team with guards of its own: what they reject, its leader is told", async () => {
    models.use(byInstructions({ "You lead.": [callTools([{ name: "inner", args: { task: "x" } }]), reply("without it")] }));
    const inner = team({ ...desk, name: "inner", before: () => reject("not today") });
    expect((await team({ ...desk, members: { inner } }).run("go"))._unsafeUnwrap().output).toBe("without it");
    expect(results(ofLeader().at(-1))).toEqual([["inner", expect.stringContaining("not today")]]);
  });
});

describe("settings", () => {
  test("are sent with the leader's requests, and with no member's", async () => {
    models.use(byInstructions({ "You lead.": [tells("Go."), reply("done")], "You write.": reply("lines") }));
    const set = team({ ...desk, settings: { temperature: 0, maxOutputTokens: 99 } });
    (await set.run("x"))._unsafeUnwrap();
    expect(models.requests.map(({ body }) => [body["temperature"], body["max_tokens"]])).toEqual([
      [0, 99],
      [undefined, undefined],
      [0, 99],
    ]);
  });

  test("a leader that must call somebody may answer once it has", async () => {
    models.use(byInstructions({ "You lead.": [tells("Go."), reply("done")], "You write.": reply("lines") }));
    (await team({ ...desk, settings: { toolChoice: "required" } }).run("x"))._unsafeUnwrap();
    expect(ofLeader().map(({ toolChoice }) => toolChoice)).toEqual(["required", "auto"]);
  });

  test("in route mode a leader has to call a member, whatever they say", async () => {
    models.use(
      byInstructions({ "You lead.": [callTools([{ name: "clock" }]), callTools([{ name: "writer" }])], "You write.": reply("lines") }),
    );
    const clock = tool({ name: "clock", description: "The time.", input: z.object({}), run: () => "noon" });
    (await team({ ...desk, mode: "route", tools: [clock], settings: { toolChoice: "auto", temperature: 0 } }).run("x"))._unsafeUnwrap();
    expect(ofLeader().map(({ toolChoice, body }) => [toolChoice, body["temperature"]])).toEqual([
      ["required", 0],
      ["required", 0],
    ]);
  });
});

test("a leader's answer that does not fit is asked for again as often as `reasks` says", async () => {
  models.use(() => reply("none"));
  const strict = team({ ...desk, output: z.object({ ok: z.boolean() }), reasks: 2 });
  expect((await strict.run("x"))._unsafeUnwrapErr().type).toBe("invalid_output");
  expect(models.requests).toHaveLength(3);
});
