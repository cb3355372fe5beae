import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { agent, workflow } from "heddle";
import { callTools, script } from "heddle/testing";
import { afterEach, expect, test } from "vitest";
import { servedModels } from "../support/models.ts";

const models = servedModels();
const open: Client[] = [];
afterEach(() => Promise.all(open.splice(0).map((client) => client.close())));

/** A server in a process of its own, over its standard input and output. */
async function startServer() {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [fileURLToPath(new URL("mcp-stdio-server.ts", import.meta.url))],
    stderr: "pipe",
  });
  const client = new Client({ name: "heddle-test", version: "1.0.0" });
  open.push(client);
  await client.connect(transport);
  const said: string[] = [];
  transport.stderr?.on("data", (data) => said.push(String(data)));
  return { client, transport, said };
}

const told = () => models.requests.at(-1)?.messages.flatMap((message) => (message.role === "tool" ? [message.text] : [])) ?? [];

test("tools of a server in another process are listed and called", async () => {
  const { client, transport } = await startServer();
  models.use(script([callTools([{ name: "add", args: { a: 20, b: 22 } }, { name: "pid" }]), "42"]));
  const run = (await agent({ model: "gpt-4o", tools: [client] }).run("20 and 22?"))._unsafeUnwrap();
  expect(run.output).toBe("42");
  expect(models.requests[0]?.tools.map(({ name }) => name)).toEqual(["pid", "add", "hang"]);
  expect(told()).toEqual(["42", String(transport.pid)]);
});

test("a server that is killed in the middle of a call: the model is told and goes on, the next step that needs it fails", async () => {
  const { client, transport, said } = await startServer();
  models.use(script([callTools([{ name: "hang" }]), callTools([{ name: "add", args: { a: 1, b: 2 } }]), "It is gone.", "never"]));
  const reader = agent({ model: "gpt-4o", tools: [client] });
  const running = workflow("w").then("first", reader).then("second", reader).build().run("go");
  await expect.poll(() => said.join("")).toContain("hanging");
  process.kill(transport.pid as number, "SIGKILL");
  const failure = (await running)._unsafeUnwrapErr();
  // A tool that fails is the model's business: it may do without, or say so.
  expect(failure.steps.first).toBe("It is gone.");
  expect(told()).toEqual(['Tool "hang" failed: MCP error -32000: Connection closed', 'Tool "add" failed: Not connected']);
  // A step that cannot even know its tools has nothing to offer to the model.
  expect(failure).toMatchObject({ type: "step_failed", threw: false, step: "second", path: "second/tools[0]", cause: { type: "tool" } });
  expect(failure.message).toMatch(/Expected tools from tool source 1 of the agent, got Not connected/);
  expect(models.requests).toHaveLength(3);
});
