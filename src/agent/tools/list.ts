import { BuildError, Shown } from "../../plan/build-error.ts";
import { executableOf } from "../../plan/executable.ts";
import { callableExecutable, isExecutableTool } from "./as-tool.ts";
import type { Callable, Callables } from "./callable.ts";
import { callableTool } from "./leaf.ts";
import { type ToolSource, toolSourceOf } from "./source.ts";
import type { Tool } from "./tool.ts";

export interface ToolList {
  readonly tools: Callables;
  readonly sources: readonly ToolSource[];
}

/** What an agent or a team (`owner`, for messages) was given as `tools`, told apart and checked. */
export function readTools(given: unknown, owner: string): ToolList {
  const tools = new Map<string, Callable>();
  const sources: ToolSource[] = [];
  if (given === undefined) return { tools, sources };
  if (!Array.isArray(given)) throw new BuildError(`the tools of ${owner} to be an array`, given);
  for (const [index, one] of given.entries()) {
    const source = toolSourceOf(one);
    if (source !== undefined) {
      sources.push(source);
      continue;
    }
    const callable = isExecutableTool(one) ? callableExecutable(one) : isTool(one) ? callableTool(one) : undefined;
    if (callable === undefined)
      throw new BuildError(`tool ${index} of ${owner} to be made with tool() or asTool(), or an MCP client`, one, {
        advice: executableOf(one) === undefined ? undefined : "make one of it with asTool(it, { name, description, input })",
      });
    const { name } = callable.spec;
    if (tools.has(name))
      throw new BuildError(`the tools of ${owner} to have different names`, new Shown(`two called ${JSON.stringify(name)}`));
    tools.set(name, callable);
  }
  return { tools, sources: Object.freeze(sources) };
}

function isTool(given: unknown): given is Tool {
  const { run, spec, name } = (given ?? {}) as Partial<Tool>;
  return typeof run === "function" && spec !== undefined && typeof name === "string";
}
