import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { CallToolRequestSchema, type CallToolResult, ListToolsRequestSchema, type Tool } from "@modelcontextprotocol/sdk/types.js";
import { afterEach } from "vitest";
import { z } from "zod";

const open: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));

/** A real client, connected to a real server in this process. Both are closed when the test ends. */
export async function connected(server: McpServer | Server): Promise<Client> {
  const [here, there] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "heddle-test", version: "1.0.0" });
  open.push(client, server);
  await Promise.all([server.connect(there), client.connect(here)]);
  return client;
}

export function mcpServer(): McpServer {
  return new McpServer({ name: "test", version: "1.0.0" }, { capabilities: { tools: { listChanged: true } } });
}

interface Handlers {
  readonly list: (cursor: string | undefined, signal: AbortSignal) => unknown;
  readonly call?: (name: string, args: unknown, signal: AbortSignal) => CallToolResult | Promise<CallToolResult>;
}

/** A server one level below, which answers whatever a test wants it to. */
export function rawServer({ list, call = () => text("called") }: Handlers): Server {
  const server = new Server({ name: "raw", version: "1.0.0" }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, async ({ params }, { signal }) => (await list(params?.cursor, signal)) as never);
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) => call(params.name, params.arguments, signal) as never);
  return server;
}

export function text(said: string): CallToolResult {
  return { content: [{ type: "text", text: said }] };
}

export function offered(name: string, inputSchema: Tool["inputSchema"] = { type: "object" }): Tool {
  return { name, description: `Does ${name}.`, inputSchema };
}

export function weatherServer(calls: string[] = []) {
  const server = mcpServer();
  const shape = { city: z.string().describe("Where."), days: z.number().int().optional() };
  server.registerTool("forecast", { description: "The weather.", inputSchema: shape }, ({ city }) => {
    calls.push(city);
    return text(`Sunny in ${city}.`);
  });
  return server;
}
