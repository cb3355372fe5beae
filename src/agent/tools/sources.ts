import { err, ok } from "neverthrow";
import { Failed } from "../../execute/outcome/failure.ts";
import { leafArm } from "../../execute/routine/arm.ts";
import type { Host } from "../../execute/routine/routine.ts";
import { CALL, GROUP, Op } from "../../execute/values/op.ts";
import type { AgentError } from "../../model/model.ts";
import { fields } from "../../model/read.ts";
import { redact } from "../../model/redact.ts";
import { knownSecrets } from "../../model/secrets.ts";
import { messageOf, show } from "../../plan/show.ts";
import type { Schema } from "../../types/schema.ts";
import { decideLeaf } from "../leaves.ts";
import { taped } from "../taped.ts";
import type { Callables } from "./callable.ts";
import type { Gate } from "./gate.ts";
import { callableTool } from "./leaf.ts";
import { type ListedTool, listTools, noLimit } from "./listing.ts";
import { resultText } from "./result.ts";
import type { ToolSource } from "./source.ts";
import type { Tool } from "./tool.ts";

/** What an agent can call, and the tools that its sources offer now. Sources are asked side by side, each in a leaf of its own. */
export function* withSources(host: Host, tools: Callables, sources: readonly ToolSource[]): Generator<Op, Callables | Failed, unknown> {
  if (sources.length === 0) return tools;
  const group = new Op(GROUP, "agent", host.id, "");
  group.quiet = group.inPlace = true;
  group.entries = sources.map((source, index) => leafArm(`${index}`, listLeaf(host, source, index)));
  const lists = yield group;
  if (Failed.is(lists)) return lists;
  const all = new Map(tools);
  for (const [index, source] of sources.entries()) {
    for (const listed of (lists as Readonly<Record<string, readonly ListedTool[]>>)[index] ?? []) {
      if (all.has(listed.name)) return (yield decideLeaf(host, "", () => err(sameName(index, listed)))) as Failed;
      all.set(listed.name, callableTool(toTool(source, listed)));
    }
  }
  return all;
}

function listLeaf(host: Host, source: ToolSource, index: number): Op {
  const { listTimeout: timeout } = source;
  const leaf = new Op(CALL, "tools", host.id, `tools[${index}]`, { timeout, retry: host.limits.retry });
  leaf.role = "the list of tools";
  const { prefix, only } = source;
  leaf.run = (context) =>
    taped(context, { kind: "tools", name: `tools[${index}]`, request: { prefix, only } }, async () => {
      const { signal } = context;
      try {
        return ok(await listTools(source, signal));
      } catch (thrown) {
        // Clients wrap the reason of an abort in errors of their own.
        if (signal.aborted) throw signal.reason;
        return err(trouble(index, redact(messageOf(thrown), knownSecrets()), true));
      }
    });
  return leaf;
}

function sameName(index: number, { name, called }: ListedTool): AgentError {
  const from = name === called ? "" : `, made of ${show(called)}`;
  return trouble(
    index,
    `the name ${show(name)}${from}, which another tool has: give one of them a prefix, with toolSource(client, { prefix })`,
    false,
  );
}

function trouble(index: number, got: string, retryable: boolean): AgentError {
  return { type: "tool", message: `Expected tools from tool source ${index + 1} of the agent, got ${got}`, retryable };
}

function toTool(source: ToolSource, { called, ...spec }: ListedTool): Tool {
  const { client, timeout } = source;
  return Object.freeze({
    name: spec.name,
    description: spec.description,
    spec: Object.freeze(spec),
    input: anyObject,
    wrapped: false,
    timeout,
    gate: gateOf(source, called),
    async run(args: never, { signal }: { readonly signal: AbortSignal }) {
      try {
        const result = await client.callTool({ name: called, arguments: args }, undefined, { signal, timeout: noLimit });
        const text = resultText(result);
        return fields(result)?.["isError"] === true ? err(new Error(text)) : text;
      } catch (thrown) {
        if (signal.aborted) throw signal.reason;
        throw thrown;
      }
    },
  });
}

function gateOf({ approval, approvalTimeout: timeout }: ToolSource, called: string): Gate | undefined {
  if (typeof approval === "function") return { asks: (args, context) => approval(called, args, context), timeout };
  return approval === true || (approval !== false && approval.includes(called)) ? { asks: true, timeout } : undefined;
}

/** The source knows its schema and checks against it; what it is never sent is anything but an object. */
const anyObject: Schema = {
  "~standard": {
    version: 1,
    vendor: "heddle",
    validate: (value) => (fields(value) === undefined ? { issues: [{ message: `Expected an object, got ${show(value)}` }] } : { value }),
  },
};
