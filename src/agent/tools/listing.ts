import type { ToolSpec } from "../../model/model.ts";
import { type Fields, fields, list, text } from "../../model/read.ts";
import { show } from "../../plan/show.ts";
import { sameJson } from "../same-json.ts";
import { toStrict } from "../schema/strict.ts";
import type { ToolSource } from "./source.ts";

/** A tool as its source offered it: plain JSON, so that it can be recorded. */
export interface ListedTool extends ToolSpec {
  /** What the source calls it. */
  readonly called: string;
}

/** A source that offers more is broken, or means harm: all of it would stand in every request. */
const mostPages = 100;
const mostTools = 1_000;
const mostCharacters = 1_000_000;

/** Longer than any limit of ours, which is the one that counts; clients have one of their own. */
export const noLimit = 2 ** 31 - 1;

/** Asks a source for its tools, page by page. Rejects with an error that says what was wrong with the list. */
export async function listTools(source: ToolSource, signal: AbortSignal): Promise<readonly ListedTool[]> {
  const offered = await pages(source, signal);
  const { only, approval } = source;
  const names = offered.map(({ name }) => name);
  // A misspelt name under "approval" would leave the tool that was meant without a guard.
  for (const [option, wanted] of Object.entries({ only, approval })) {
    const missing = Array.isArray(wanted) ? wanted.find((name) => !names.includes(name)) : undefined;
    if (missing !== undefined)
      throw new Error(`Expected a tool called ${show(missing)}, got ${names.map(show).join(", ") || "none"}: see ${show(option)}`);
  }
  return offered.filter(({ name }) => only === undefined || only.includes(String(name))).map((tool) => listed(source, tool));
}

async function pages({ client }: ToolSource, signal: AbortSignal): Promise<readonly Fields[]> {
  const offered: Fields[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  let size = 0;
  do {
    signal.throwIfAborted();
    const page = fields(await client.listTools(cursor === undefined ? {} : { cursor }, { signal, timeout: noLimit }));
    if (!Array.isArray(page?.["tools"])) throw new Error(`Expected a page of tools, got ${show(page)}`);
    size += JSON.stringify(page).length;
    offered.push(...list(page["tools"]).map((tool) => fields(tool) ?? {}));
    if (offered.length > mostTools || size > mostCharacters)
      throw new Error(`Expected at most ${mostTools} tools in ${mostCharacters} characters, got more`);
    cursor = text(page["nextCursor"]);
    if (cursor !== undefined && (seen.has(cursor) || seen.size >= mostPages))
      throw new Error(`Expected the list of tools to end within ${mostPages} pages, got ${seen.has(cursor) ? "a page twice" : "more"}`);
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
  return offered;
}

function listed({ prefix }: ToolSource, tool: Fields): ListedTool {
  const called = text(tool["name"]);
  if (called === undefined) throw new Error(`Expected every tool to have a name, got ${show(tool["name"])}`);
  // MCP allows dots and slashes in names, which models do not.
  const name = prefix + called.replace(/[^\w-]/g, "_");
  if (name.length > 64)
    throw new Error(`Expected names of tools to have at most 64 characters with their prefix, got ${show(name)}: leave it out with "only"`);
  const input = fields(tool["inputSchema"]);
  if (input?.["type"] !== "object")
    throw new Error(`Expected the input schema of tool ${show(called)} to have the type "object", got ${show(tool["inputSchema"])}`);
  return {
    called,
    name,
    description: text(tool["description"]) ?? text(tool["title"]) ?? called,
    // A copy of its own: what was checked is what the model is given.
    input: JSON.parse(JSON.stringify(input)),
    strict: isStrict(input),
  };
}

/** Whether a schema is, as it stands, one that a provider can hold a model to. */
function isStrict({ $schema: _, ...schema }: Fields): boolean {
  return toStrict(schema).match(
    (strict) => sameJson(strict, schema),
    () => false,
  );
}
