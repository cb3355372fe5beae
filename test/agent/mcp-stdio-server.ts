// A real MCP server in a process of its own: `pid` tells who it is, `hang` never answers.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const server = new McpServer({ name: "process", version: "1.0.0" });
server.registerTool("pid", { description: "The server's process id.", inputSchema: {} }, () => ({
  content: [{ type: "text", text: String(process.pid) }],
}));
server.registerTool("add", { description: "Adds.", inputSchema: { a: z.number(), b: z.number() } }, ({ a, b }) => ({
  content: [{ type: "text", text: String(a + b) }],
}));
server.registerTool("hang", { description: "Never answers.", inputSchema: {} }, () => {
  process.stderr.write("hanging\n");
  return new Promise<never>(() => {});
});
await server.connect(new StdioServerTransport());
