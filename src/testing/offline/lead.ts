import { callTools, type ServedReply } from "../reply/reply.ts";
import { isObject } from "../request/fields.ts";
import type { ServedRequest, ServedTool } from "../request/request.ts";
import { type Role, roleOf } from "./role.ts";
import { toolResults } from "./tools.ts";

/** Those who find things come first, then those who write, judge and publish. */
const order: readonly Role[] = ["researcher", "writer", "critic", "publisher"];
const report = /^\[[\w.-]+\] done: /m;

interface Helper {
  readonly name: string;
  readonly about: string;
}

/**
 * What a team's leader does next, by fixed rules: helpers that take a `task` are asked in stages, by what they are told to
 * be, and each stage is given what the one before it found; a tool that takes a list of dependent tasks is called once, with
 * one task for each helper. Text is the last stage's result as it is. `undefined` where the request is no leader's.
 */
export function lead(request: ServedRequest, prompt: string): ServedReply | string | undefined {
  if (request.toolChoice !== "auto") return undefined;
  const planner = request.tools.find(({ parameters }) => helpersOf(parameters) !== undefined);
  const results = toolResults(request.messages);
  if (planner !== undefined)
    return results.length === 0 ? plan(planner, request.instructions, prompt) : results.at(-1)?.text.split(report).at(-1)?.trim();
  const stages = stagesOf(request.tools.filter(takesTask).map(({ name, description }) => ({ name, about: description })));
  if (stages.length === 0) return undefined;
  const asked = rounds(request);
  const stage = stages[asked];
  const last = results.slice(-(stages[asked - 1]?.length ?? 0));
  if (stage === undefined) return last.length === 1 ? last[0]?.text : undefined;
  const task = asked === 0 ? prompt : last.map(({ tool, text }) => `[${tool}]: ${text}`).join("\n\n");
  return callTools(stage.map((name) => ({ name, args: { task } })));
}

/** How often the leader has asked since the newest user message. */
function rounds({ messages }: ServedRequest): number {
  const recent = messages.slice(messages.findLastIndex(({ role }) => role === "user") + 1);
  return recent.filter(({ role }) => role === "assistant").length;
}

function takesTask({ parameters }: ServedTool): boolean {
  return isObject(parameters.properties) && Object.keys(parameters.properties).join() === "task";
}

function stagesOf(helpers: readonly Helper[]): readonly (readonly string[])[] {
  const roles = new Map(helpers.map(({ name, about }) => [name, roleOf(`${about} ${name}`, "researcher")]));
  return order.map((role) => [...roles].flatMap(([name, of]) => (of === role ? [name] : []))).filter(({ length }) => length > 0);
}

/** The names that tasks may be given to, where the parameters are a list of tasks that depend on each other. */
function helpersOf(parameters: { readonly [key: string]: unknown }): readonly string[] | undefined {
  const [list] = isObject(parameters.properties) ? Object.values(parameters.properties) : [];
  const items = isObject(list) && isObject(list.items) ? list.items.properties : undefined;
  if (!isObject(items) || !("depends_on" in items) || !isObject(items.member)) return undefined;
  return Array.isArray(items.member.enum) ? items.member.enum.map(String) : undefined;
}

/** One task for each helper, in stages; every task waits for all of the stage before. */
function plan({ name, parameters }: ServedTool, instructions: string, prompt: string): ServedReply {
  const about = (helper: string) => instructions.split("\n").find((line) => line.startsWith(`- ${helper}:`)) ?? "";
  const stages = stagesOf((helpersOf(parameters) ?? []).map((helper) => ({ name: helper, about: about(helper) })));
  const tasks = stages.flatMap((stage, index) =>
    stage.map((member) => ({
      id: `${index + 1}-${member}`,
      member,
      task: prompt,
      depends_on: (stages[index - 1] ?? []).map((before) => `${index}-${before}`),
    })),
  );
  return callTools([{ name, args: { tasks } }]);
}
