// An agent, a team or a plan as a tool, where it fails, waits or is stopped.

import { agent, asTool, type RunEvent, team, workflow } from "heddle";
import { byInstructions, callTools, fault } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { servedModels } from "../support/models.ts";
import { results } from "../team/requests.ts";

const models = servedModels();
const reader = agent({ name: "reader", model: "gpt-4o", instructions: "Read." });
const clerk = (...tools: Parameters<typeof agent>[0]["tools"] & {}) =>
  agent({ name: "clerk", model: "gpt-4o", instructions: "Serve.", tools });

describe("asTool", () => {
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
});

describe("asTool", () => {
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
});
