import { agent, type RunEvent, tool, toolSource, workflow } from "heddle";
import { callTools, script } from "heddle/testing";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { servedModels } from "../support/models.ts";
import { sleep } from "../support/promises.ts";
import { files, waiting } from "./approving.ts";
import { connected, mcpServer } from "./mcp-servers.ts";

const models = servedModels();
/** What the model was told of its calls, in the order of the calls. */
const told = (request = -1) =>
  models.requests.at(request)?.messages.flatMap((message) => (message.role === "tool" ? [message.text] : [])) ?? [];
const call = (name: string, args: object | string = {}) => ({ name, args });

describe("a tool that needs approval", () => {
  test("waits with its checked arguments, and runs exactly those once it is approved", async () => {
    const { deleted, deleteFile } = files();
    models.use(script([callTools([call("delete_file", { path: " a.txt " })]), "Gone."]));
    const cleaner = agent({ name: "cleaner", model: "gpt-4o", tools: [deleteFile] });
    const events: RunEvent[] = [];
    const plan = workflow("w").then("clean", cleaner).build();
    const handle = await waiting(plan.start("x", { observe: (event) => events.push(event) }));
    const shown = { tool: "delete_file", description: "Deletes a file.", arguments: { path: "a.txt", force: false } };
    expect(handle.waits).toEqual([{ step: "delete_file", path: "clean/turn#1/delete_file[0]/approval", shown }]);
    expect(deleted).toEqual([]);
    // What is shown is a copy, and frozen.
    const { shown: seenArguments } = handle.waits.at(0) as { readonly shown: typeof shown };
    expect(() => Object.assign(seenArguments.arguments, { path: "/" })).toThrow(TypeError);
    (await handle.answer("delete_file", { approved: true }))._unsafeUnwrap();
    const run = (await handle.result)._unsafeUnwrap();
    expect([run.output, deleted, told()]).toEqual(["Gone.", [{ path: "a.txt", force: false }], ["deleted a.txt"]]);
    expect(run.trace.map(({ path, kind, status }) => [path, kind, status])).toEqual([
      ["clean", "agent", "completed"],
      ["clean/turn#1", "model", "completed"],
      ["clean/turn#1/delete_file[0]", "tool", "completed"],
      ["clean/turn#1/delete_file[0]/approval", "wait", "completed"],
      ["clean/turn#2", "model", "completed"],
    ]);
    const seen = events.flatMap((event) => (event.path.includes("delete_file") ? [[event.type, event.path.split("/").at(-1)]] : []));
    expect(seen).toEqual([
      ["tool.started", "delete_file[0]"],
      ["step.started", "approval"],
      ["step.completed", "approval"],
      ["tool.completed", "delete_file[0]"],
    ]);
  });

  test("denied: the model is told so with the reason, nothing runs, the agent goes on", async () => {
    const { deleted, deleteFile } = files();
    models.use(script([callTools([call("delete_file", { path: "a" })]), callTools([call("delete_file", { path: "b" })]), "Kept."]));
    const handle = await waiting(
      workflow("w")
        .then("clean", agent({ model: "gpt-4o", tools: [deleteFile] }))
        .build()
        .start("x"),
    );
    (await handle.answer("delete_file", { approved: false, reason: "it is the only copy" }))._unsafeUnwrap();
    await waiting(handle);
    expect(told()).toEqual(['Tool "delete_file" was not approved, and has not run: it is the only copy']);
    (await handle.answer("delete_file", { approved: false }))._unsafeUnwrap();
    const run = (await handle.result)._unsafeUnwrap();
    expect([run.output, deleted, told().at(-1)]).toEqual(["Kept.", [], 'Tool "delete_file" was not approved, and has not run']);
    expect(run.trace.filter(({ kind }) => kind === "tool").map(({ status }) => status)).toEqual(["failed", "failed"]);
  });

  test("the other calls of the same reply run meanwhile, and each result stays with its call", async () => {
    const { deleted, deleteFile } = files();
    const looked: string[] = [];
    const look = tool({ name: "look", description: "Looks.", input: z.object({ at: z.string() }), run: ({ at }) => looked.push(at) });
    const calls = [
      call("delete_file", { path: "a" }),
      call("look", { at: "b" }),
      call("delete_file", { path: "c" }),
      call("look", { at: "d" }),
    ];
    models.use(script([callTools(calls), "ok"]));
    const handle = await waiting(
      workflow("w")
        .then("clean", agent({ model: "gpt-4o", tools: [deleteFile, look] }))
        .build()
        .start("x", { concurrency: 1 }),
      2,
    );
    await expect.poll(() => looked, { timeout: 5_000 }).toEqual(["b", "d"]);
    const [first, second] = handle.waits;
    expect([first?.path, second?.path]).toEqual(["clean/turn#1/delete_file[0]/approval", "clean/turn#1/delete_file[2]/approval"]);
    (await handle.answer("delete_file", { approved: true }, { path: second?.path ?? "" }))._unsafeUnwrap();
    await expect.poll(() => deleted, { timeout: 5_000 }).toEqual([{ path: "c", force: false }]);
    // A click that comes twice is told so, though nothing of this name waits there any more.
    const twice = await handle.answer("delete_file", { approved: true }, { path: second?.path ?? "" });
    expect(twice._unsafeUnwrapErr()).toMatchObject({ reason: "answered", message: expect.stringContaining("the first one counts") });
    (await handle.answer("delete_file", { approved: false, reason: "no" }))._unsafeUnwrap();
    (await handle.result)._unsafeUnwrap();
    expect(told()).toEqual(['Tool "delete_file" was not approved, and has not run: no', "1", "deleted c", "2"]);
  });

  test("a function says which calls: of the arguments, now or later", async () => {
    const paid: number[] = [];
    const pay = tool({
      name: "pay",
      description: "Pays.",
      input: z.object({ euros: z.number() }),
      approval: async ({ euros }, { path }) => {
        await sleep(1);
        return euros > 100 && path.startsWith("buy/");
      },
      run: ({ euros }) => paid.push(euros),
    });
    models.use(script([callTools([call("pay", { euros: 5 }), call("pay", { euros: 500 })]), "ok"]));
    const plan = workflow("w")
      .then("buy", agent({ model: "gpt-4o", tools: [pay] }))
      .build();
    const handle = await waiting(plan.start("x"));
    await vi.waitFor(() => expect(paid).toEqual([5]));
    expect(handle.waits[0]?.shown).toMatchObject({ arguments: { euros: 500 } });
    (await handle.answer("pay", { approved: true }))._unsafeUnwrap();
    (await handle.result)._unsafeUnwrap();
    expect(paid).toEqual([5, 500]);
    models.use(script([callTools([call("pay", { euros: 7 })]), "ok"]));
    expect((await plan.run("x"))._unsafeUnwrap().output).toBe("ok");
  });

  test("arguments that do not fit are told to the model, and nobody is asked", async () => {
    const { deleted, deleteFile } = files();
    models.use(script([callTools([call("delete_file", { path: 1 }), call("delete_file", "{")]), "ok"]));
    const run = (await agent({ model: "gpt-4o", tools: [deleteFile] }).run("x"))._unsafeUnwrap();
    expect([run.output, deleted]).toEqual(["ok", []]);
    expect(told().every((text) => text.includes("has not run"))).toBe(true);
    expect(run.trace.some(({ kind }) => kind === "wait")).toBe(false);
  });

  test.each([
    ["throws", () => Promise.reject(new Error("the rules are down, key sk-proj-abcdefghijklmnopqrstuvwx"))],
    ["gives no boolean", () => "no" as never],
    ["gives nothing", () => undefined as never],
  ])("a function that %s never lets the call through", async (_, approval) => {
    let runs = 0;
    const risky = tool({ name: "risky", description: "Risky.", input: z.object({}), approval, run: () => ++runs });
    models.use(script([callTools([call("risky")]), "ok"]));
    (await agent({ model: "gpt-4o", tools: [risky] }).run("x"))._unsafeUnwrap();
    expect(runs).toBe(0);
    expect(told()[0]).toMatch(/^Tool "risky" failed: (the rules are down|Expected its "approval" to give true or false)/);
    expect(told()[0]).not.toContain("sk-proj-abc");
  });

  test("what approves must be that and nothing else; a refused answer leaves the wait as it was", async () => {
    const { deleted, deleteFile } = files();
    models.use(script([callTools([call("delete_file", { path: "a" })]), "ok"]));
    const handle = await waiting(
      workflow("w")
        .then("clean", agent({ model: "gpt-4o", tools: [deleteFile] }))
        .build()
        .start("x"),
    );
    for (const wrong of [
      true,
      "yes",
      null,
      {},
      { approved: "true" },
      { approved: 1 },
      { approved: true, reason: 1 },
      { aproved: true },
      [],
    ])
      expect((await handle.answer("delete_file", wrong as never))._unsafeUnwrapErr().reason).toBe("invalid");
    const edited = (await handle.answer("delete_file", { approved: true, arguments: { path: "b" } } as never))._unsafeUnwrapErr();
    expect(edited.message).toContain("exactly those that were shown run");
    expect([deleted, handle.waits.length]).toEqual([[], 1]);
    handle.cancel("enough");
    expect((await handle.result)._unsafeUnwrapErr().type).toBe("cancelled");
    expect((await handle.answer("delete_file", { approved: true }))._unsafeUnwrapErr().reason).toBe("over");
    expect(deleted).toEqual([]);
  });

  test("what a watcher does to what it is shown reaches neither the tool nor the model", async () => {
    const ran: Date[] = [];
    const book = tool({
      name: "book",
      description: "Books.",
      input: z.object({ day: z.string().transform((day) => new Date(day)) }),
      approval: true,
      run: ({ day }) => ran.push(day),
    });
    models.use(script([callTools([call("book", { day: "2030-01-02" })]), "ok"]));
    const plan = workflow("w")
      .then("travel", agent({ model: "gpt-4o", tools: [book] }))
      .build();
    const tamper = (event: RunEvent) => {
      if (event.type === "step.started" && event.kind === "wait")
        (event.shown as { arguments: { day: Date } }).arguments.day.setFullYear(1999);
    };
    const handle = await waiting(plan.start("x", { observe: tamper }));
    (await handle.answer("book", { approved: true }))._unsafeUnwrap();
    (await handle.result)._unsafeUnwrap();
    expect(ran).toEqual([new Date("2030-01-02")]);
  });
});

test("mistakes are refused in words", async () => {
  const options = { name: "t", description: "T.", input: z.object({}), run: () => 1 };
  expect(() => tool({ ...options, approval: "yes" as never })).toThrow('approval of tool "t" to be true, false or a function');
  expect(() => tool({ ...options, approvalTimeout: 5 })).toThrow("since approvalTimeout is");
  expect(() => tool({ ...options, approval: true, approvalTimeout: 0 })).toThrow("timeout");
  const client = await connected(mcpServer());
  expect(() => toolSource(client, { approval: [1] as never })).toThrow("approval to be true, names or a function");
  expect(() => toolSource(client, { approval: "delete" as never })).toThrow("approval of");
});
