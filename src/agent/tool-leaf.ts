import { err, ok, type Result } from "neverthrow";
import type { Context } from "../execute/context.ts";
import { isEcho } from "../execute/failure.ts";
import { CALL, GROUP, Op } from "../execute/op.ts";
import { isResult } from "../execute/result.ts";
import type { Host } from "../execute/routine.ts";
import type { ToolCall } from "../model/model.ts";
import { redact } from "../model/redact.ts";
import { knownSecrets } from "../model/secrets.ts";
import { encodeSegment, nearest } from "../plan/names.ts";
import { messageOf } from "../plan/show.ts";
import { readJson } from "./json-text.ts";
import { taped } from "./taped.ts";
import { checkArguments, outputText, type Tool } from "./tool.ts";

/** Why a call of a tool came to nothing. `tool_refused`: it has not run, and `message` is all that the model is told. */
export interface ToolTrouble {
  readonly type: "tool_refused" | "tool_failed";
  readonly message: string;
}

type Tools = ReadonlyMap<string, Tool>;

/** The calls of one reply, side by side: each result stays with its call. */
export function toolGroup(host: Host, tools: Tools, calls: readonly ToolCall[], turn: number): Op {
  const group = new Op(GROUP, "agent", host.id, "");
  group.mode = "settle";
  group.quiet = group.inPlace = true;
  group.entries = calls.map((call, index) => ({
    key: `${index}`,
    segment: "",
    at: -1,
    leaf: toolLeaf(host, tools, call, turn, index),
    slot: -1,
    slots: [0, 0] as const,
  }));
  return group;
}

function toolLeaf(host: Host, tools: Tools, call: ToolCall, turn: number, index: number): Op {
  const tool = tools.get(call.name);
  const leaf = new Op(CALL, "tool", host.id, `turn#${turn}/${encodeSegment(call.name)}[${index}]`, {
    timeout: tool?.timeout,
    retry: undefined,
  });
  leaf.role = call.name;
  leaf.run = async (context) => {
    if (tool === undefined) return refused(unknownTool(call.name, [...tools.keys()]));
    const args = await checkArguments(tool, call.arguments);
    if (args.isErr()) return refused(args.error);
    const request = readJson(call.arguments).unwrapOr(call.arguments);
    return taped(context, { kind: "tool", name: call.name, request }, () => runTool(tool, args.value, context));
  };
  return leaf;
}

async function runTool(
  tool: Tool,
  args: unknown,
  { signal, state, idempotencyKey, runId, path }: Context,
): Promise<Result<string, ToolTrouble>> {
  try {
    const given: unknown = await tool.run(args as never, { signal, state, idempotencyKey, runId, path });
    if (!isResult(given)) return ok(outputText(given));
    return given.isErr() ? failed(given.error) : ok(outputText(given.value));
  } catch (thrown) {
    // What only answers an abort is known by its identity.
    if (signal.aborted && isEcho(thrown, signal.reason)) throw thrown;
    return failed(thrown);
  }
}

function refused(message: string) {
  return err<never, ToolTrouble>({ type: "tool_refused", message });
}

/** A tool's error may quote the request that it made, key and all: what the model, the trace and the listeners get to know is redacted. */
function failed(thrown: unknown) {
  return err<never, ToolTrouble>({ type: "tool_failed", message: redact(messageOf(thrown), knownSecrets()) });
}

function unknownTool(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `Tool ${JSON.stringify(name)} failed: there is no such tool${near === undefined ? "." : `; did you mean ${near}?`} The tools are: ${known.join(", ") || "none"}`;
}
