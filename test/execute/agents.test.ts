// What the executor itself does for agents: what listeners are told of models and tools, and what a group's record looks like to one.
import { agent, type RunEvent, tool } from "heddle";
import { callTools, reply, script } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { loose } from "../support/loose.ts";
import { servedModels } from "../support/models.ts";
import { untilAborted } from "../support/promises.ts";

const models = servedModels();
const usage = { inputTokens: 7, outputTokens: 3 };
const said = (text: string) => reply(text, { usage });

describe("listeners are told", () => {
  const tools = [
    tool({ name: "look", description: "Looks.", input: z.object({}), run: () => "seen" }),
    tool({
      name: "break",
      description: "Breaks.",
      input: z.object({}),
      run: () => {
        throw new Error("broken");
      },
    }),
    tool({
      name: "hang",
      description: "Hangs.",
      input: z.object({}),
      run: (_, { signal }) => untilAborted(signal),
    }),
  ];
  const asks = agent({ model: "gpt-4o", tools });
  const calls = (...names: readonly string[]) =>
    callTools(
      names.map((name) => ({ name, args: {} })),
      { usage },
    );

  test("of a tool's call: when it begins, and how it ends", async () => {
    models.use(script([calls("look", "break"), said("done")]));
    const events: any[] = [];
    const run = await loose()
      .then("a", asks)
      .build()
      .run("in", { observe: (event: RunEvent) => void events.push(event) });
    expect(run._unsafeUnwrap().output).toBe("done");
    const look = { path: "a/turn#1/look[0]", step: "a", tool: "look" };
    const breaks = { path: "a/turn#1/break[1]", step: "a", tool: "break" };
    const base = { runId: expect.any(String), at: expect.any(Number) };
    const toldOf = (tool: string) => events.filter((event) => event.tool === tool);
    expect(toldOf("look")).toEqual([
      { type: "tool.started", ...look, ...base },
      { type: "tool.completed", ...look, ...base, durationMs: expect.any(Number) },
    ]);
    expect(toldOf("break")).toEqual([
      { type: "tool.started", ...breaks, ...base },
      { type: "tool.failed", ...breaks, ...base, durationMs: expect.any(Number), message: 'break of step "a" failed: broken' },
    ]);
  });

  test("of a tool's call that a cancel ended", async () => {
    models.use(() => calls("hang"));
    const handle = loose().then("a", asks).build().start("in");
    const events: any[] = [];
    for await (const event of handle.events) {
      events.push(event);
      if (event.type === "tool.started") handle.cancel("enough");
    }
    expect(events.find(({ type }) => type === "tool.failed")).toMatchObject({ tool: "hang", message: "Cancelled" });
  });

  test("of what it took, with each step that models were asked in, and with no other", async () => {
    models.use(() => said("done"));
    const events: any[] = [];
    const plan = loose()
      .then("plain", () => "x")
      .then("a", asks)
      .build();
    const run = await plan.run("in", { observe: (event: RunEvent) => void events.push(event) });
    expect(run._unsafeUnwrap().steps).toEqual({ plain: "x", a: "done" });
    expect(run._unsafeUnwrap().trace.map(({ path, usage: took }: any) => [path, took?.totalTokens])).toEqual([
      ["plain", undefined],
      ["a", 10],
      ["a/turn#1", 10],
    ]);
    const ends = events.filter(({ type }) => type === "step.completed");
    expect(ends.map(({ path, usage: took }) => [path, took?.totalTokens])).toEqual([
      ["plain", undefined],
      ["a/turn#1", 10],
      ["a", 10],
    ]);
    for (const event of events.filter(({ path }) => path === "plain"))
      for (const key of ["usage", "route", "limitReached", "shown"]) expect(event).not.toHaveProperty(key);
  });
});

describe("an agent is shown", () => {
  const reader = agent({ model: "gpt-4o" });
  const shown = async (chain: any) => {
    models.use(() => said("done"));
    (await chain.then("read", reader).build().run("in"))._unsafeUnwrap();
    return models.requests.at(-1)?.messages.at(-1)?.text;
  };
  const arms = { web: () => "found", papers: () => "read" };

  test("the outputs of parallel arms, and of those that a selector chose, in sections", async () => {
    expect(await shown(loose().parallel("p", arms))).toBe("[web]: found\n\n[papers]: read");
    expect(await shown(loose().routeAll("r", () => ["web", "papers"], arms))).toBe("[web]: found\n\n[papers]: read");
  });

  test("what settled arms came to, and what a step made, as the data that it is", async () => {
    const settled = JSON.parse((await shown(loose().settle("s", arms))) ?? "");
    expect(settled).toEqual({ web: { ok: true, value: "found" }, papers: { ok: true, value: "read" } });
    expect(await shown(loose().race("r", { web: () => "found" }))).toBe("found");
    expect(
      JSON.parse(
        (await shown(
          loose()
            .parallel("p", arms)
            .then("copy", ({ last }: any) => ({ ...last })),
        )) ?? "",
      ),
    ).toEqual({
      web: "found",
      papers: "read",
    });
  });
});
