// While a tool waits for its approval: how long, where else it is asked for, and what is no answer to it.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agent, team, tool, toolSource, workflow } from "heddle";
import { byInstructions, callTools, cassette, script } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { servedModels } from "../support/models.ts";
import { sleep } from "../support/promises.ts";
import { files, waiting } from "./approving.ts";
import { connected, mcpServer, text } from "./mcp-servers.ts";

const models = servedModels();
/** What the model was told of its calls, in the order of the calls. */
const told = (request = -1) =>
  models.requests.at(request)?.messages.flatMap((message) => (message.role === "tool" ? [message.text] : [])) ?? [];
const call = (name: string, args: object | string = {}) => ({ name, args });

describe("while it waits", () => {
  test("nobody answers in time: counts as denied", async () => {
    const { deleted, deleteFile } = files({ approvalTimeout: 20 });
    models.use(script([callTools([call("delete_file", { path: "a" })]), "Kept."]));
    const plan = workflow("w")
      .then("clean", agent({ model: "gpt-4o", tools: [deleteFile] }))
      .build();
    const run = (await plan.start("x").result)._unsafeUnwrap();
    expect([run.output, deleted]).toEqual(["Kept.", []]);
    expect(told()).toEqual(['Tool "delete_file" was not approved, and has not run: there was no answer within 20 ms']);
  });

  test("run() ends as suspended; nothing has run, what is open stays so in the trace", async () => {
    const { deleted, deleteFile } = files();
    models.use(script([callTools([call("delete_file", { path: "a" })])]));
    const failure = (await agent({ name: "cleaner", model: "gpt-4o", tools: [deleteFile] }).run("x"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "suspended", step: "delete_file", path: "cleaner/turn#1/delete_file[0]/approval" });
    if (failure.type === "suspended") expect(failure.waits).toMatchObject([{ shown: { arguments: { path: "a" } } }]);
    expect(failure.trace.map(({ status }) => status)).toEqual(["running", "completed", "running", "running"]);
    expect(deleted).toEqual([]);
  });

  test("a tool's time does not run while it waits", async () => {
    const slow = tool({
      name: "slow",
      description: "Slow.",
      input: z.object({}),
      timeout: 40,
      approval: true,
      run: () => sleep(10).then(() => "done"),
    });
    models.use(script([callTools([call("slow")]), "ok"]));
    const handle = await waiting(
      workflow("w")
        .then("s", agent({ model: "gpt-4o", tools: [slow] }))
        .build()
        .start("x"),
    );
    await sleep(80);
    (await handle.answer("slow", { approved: true }))._unsafeUnwrap();
    (await handle.result)._unsafeUnwrap();
    expect(told()).toEqual(["done"]);
  });

  test("an answer to a step of the same name is not taken for the tool", async () => {
    const { deleted, deleteFile } = files();
    models.use(script([callTools([call("delete_file", { path: "a" })]), "ok"]));
    const plan = workflow("w")
      .then("clean", agent({ model: "gpt-4o", tools: [deleteFile] }))
      .waitFor("delete_file", z.object({ approved: z.boolean() }))
      .build();
    const handle = plan.start("x");
    // Early: meant for the step, whose wait has not begun.
    (await handle.answer("delete_file", { approved: true }))._unsafeUnwrap();
    await waiting(handle);
    expect(deleted).toEqual([]);
    (await handle.answer("delete_file", { approved: false }))._unsafeUnwrap();
    expect((await handle.result)._unsafeUnwrap().output).toEqual({ approved: true });
    expect(deleted).toEqual([]);
  });

  test("before it waits there is nothing to answer", async () => {
    const { deleteFile } = files();
    models.use(script(["nothing to do"]));
    const handle = workflow("w")
      .then("clean", agent({ model: "gpt-4o", tools: [deleteFile] }))
      .build()
      .start("x");
    expect((await handle.answer("delete_file", { approved: true }))._unsafeUnwrapErr().reason).toBe("no_such_wait");
    await handle.result;
  });
});

describe("approval elsewhere", () => {
  test("of a team's member and its leader, in a map and in a sub-workflow: each under its own path", async () => {
    const { deleted, deleteFile } = files();
    const worker = agent({ model: "gpt-4o", instructions: "worker", tools: [deleteFile] });
    const desk = team({ name: "desk", model: "gpt-4o", members: { worker }, instructions: "leader", tools: [deleteFile] });
    const inner = workflow("inner").input<string>().then("desk", desk).build();
    const asked = (request: { readonly messages: readonly { readonly text: string }[] }) => request.messages.at(-1)?.text ?? "";
    models.use(
      byInstructions({
        leader: (request) =>
          request.messages.at(-1)?.role === "tool" ? "led" : callTools([call("worker", { task: "w" }), call("delete_file", { path: "l" })]),
        // The leader is told its members' instructions, too.
        worker: (request) =>
          request.messages.at(-1)?.role === "tool" ? "worked" : callTools([call("delete_file", { path: asked(request) })]),
      }),
    );
    const plan = workflow("w")
      .map("each", () => ["one", "two"], { flow: (b) => b.use(inner) })
      .build();
    const handle = await waiting(plan.start("x"), 4);
    const paths = handle.waits.map(({ path }) => path).toSorted();
    expect(new Set(paths).size).toBe(4);
    expect(paths.every((path) => /^each\[[01]\]\/inner\/desk\/.*delete_file\[\d\]\/approval$/.test(path))).toBe(true);
    for (const { path } of handle.waits) (await handle.answer("delete_file", { approved: true }, { path }))._unsafeUnwrap();
    (await handle.result)._unsafeUnwrap();
    expect(deleted).toHaveLength(4);
  });

  test("with a cassette: asked again in a replay, answered from the tape", async () => {
    const folder = await mkdtemp(join(tmpdir(), "heddle-approval-"));
    try {
      const file = join(folder, "run.json");
      const { deleted, deleteFile } = files();
      models.use(script([callTools([call("delete_file", { path: "a" })]), "Gone."]));
      const plan = workflow("w")
        .then("clean", agent({ model: "gpt-4o", tools: [deleteFile] }))
        .build();
      const once = async (mode: "record" | "replay") => {
        const tape = await cassette(file, { mode });
        const handle = await waiting(plan.start("x", { tape }));
        (await handle.answer("delete_file", { approved: true }))._unsafeUnwrap();
        const run = (await handle.result)._unsafeUnwrap();
        return run.output;
      };
      expect([await once("record"), await once("replay")]).toEqual(["Gone.", "Gone."]);
      expect([deleted.length, models.requests.length]).toEqual([1, 2]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("a mocked agent asks nobody", async () => {
    const { deleted, deleteFile } = files();
    const plan = workflow("w")
      .then("clean", agent({ model: "gpt-4o", tools: [deleteFile] }))
      .build();
    expect((await plan.run("x", { mock: { clean: "mocked" } }))._unsafeUnwrap().output).toBe("mocked");
    expect(deleted).toEqual([]);
  });
});

describe("an MCP source whose tools need approval", () => {
  function server(calls: unknown[]) {
    const made = mcpServer();
    for (const name of ["read", "delete"])
      made.registerTool(name, { description: name, inputSchema: { path: z.string() } }, ({ path }) => {
        calls.push([name, path]);
        return text(`${name} ${path}`);
      });
    return made;
  }

  test.each([
    ["all", true, ["read", "delete"]],
    ["some by name", ["delete"], ["delete"]],
    [
      "by name and arguments",
      (name: string, args: { readonly [key: string]: unknown }) => name === "read" && args["path"] === "p",
      ["read"],
    ],
  ] as const)("%s", async (_, approval, asked) => {
    const calls: unknown[] = [];
    const client = await connected(server(calls));
    models.use(script([callTools([call("fs_read", { path: "p" }), call("fs_delete", { path: "p" })]), "ok"]));
    const plan = workflow("w")
      .then("work", agent({ model: "gpt-4o", tools: [toolSource(client, { prefix: "fs_", approval })] }))
      .build();
    const handle = await waiting(plan.start("x"), asked.length);
    expect(handle.waits.map(({ step }) => step)).toEqual(asked.map((name) => `fs_${name}`));
    for (const { step } of handle.waits) (await handle.answer(step, { approved: false }))._unsafeUnwrap();
    (await handle.result)._unsafeUnwrap();
    expect(calls).toEqual(["read", "delete"].filter((name) => !(asked as readonly string[]).includes(name)).map((name) => [name, "p"]));
  });

  test("a name that the source does not have leaves nothing without a guard: the step fails", async () => {
    const client = await connected(server([]));
    const failure = (await agent({ model: "gpt-4o", tools: [toolSource(client, { approval: ["delte"] })] }).run("x"))._unsafeUnwrapErr();
    expect(failure.message).toContain('Expected a tool called "delte", got "read", "delete": see "approval"');
  });
});
