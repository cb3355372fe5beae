import { leafArm } from "../../execute/routine/arm.ts";
import type { Host } from "../../execute/routine/routine.ts";
import { CALL, type Entry, GROUP, Op } from "../../execute/values/op.ts";
import type { Message, ToolCall, ToolSpec } from "../../model/model.ts";
import { knownSecrets } from "../../model/secrets.ts";
import { encodeSegment, nearest } from "../../plan/names.ts";
import type { StepFailure } from "../../types/failure.ts";
import { denialText } from "./approval.ts";
import { errorText } from "./tool.ts";
import { refused, type ToolTrouble } from "./trouble.ts";

/** Something that a model can call: a tool, one of an MCP client's, an agent, a team or a plan as a tool, a team's member. */
export interface Callable {
  readonly spec: ToolSpec;
  /** What carries out one call. The text that it gives is what the model is told. */
  arm(host: Host, called: Called): Entry;
  /** Told what each of its calls came to, once all calls of a reply have ended, in their order. */
  settled?(call: ToolCall, outcome: Settled): void;
  /** Called alone, it ends the turns: what it gives is the agent's answer as it is, and its failure the agent's. */
  readonly final?: true;
}

/** One call of a model's, among those of the same reply. */
export interface Called {
  readonly call: ToolCall;
  /** Tells it from the others of its reply. */
  readonly key: string;
  /** Below the agent's path, for example `turn#1/search[0]`. */
  readonly segment: string;
}

export type Callables = ReadonlyMap<string, Callable>;

/** How a call ended, as a group of mode "settle" tells it. */
export type Settled = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: StepFailure<unknown> };

/** The calls of one reply, side by side: each result stays with its call. */
export function callGroup(host: Host, callables: Callables, calls: readonly ToolCall[], turn: number): Op {
  const group = new Op(GROUP, "agent", host.id, "");
  group.mode = "settle";
  group.quiet = group.inPlace = true;
  group.entries = calls.map((call, index) => {
    const called = { call, key: `${index}`, segment: `turn#${turn}/${encodeSegment(call.name)}[${index}]` };
    const callable = callables.get(call.name);
    if (callable === undefined) return refusedArm(host, called, unknown(call.name, [...callables.keys()]));
    if (callable.final && calls.length > 1) return refusedArm(host, called, `${name(call.name)} has not been asked: call it alone.`);
    return callable.arm(host, called);
  });
  return group;
}

/** A call that the model is told off for: it has its record, and nothing runs. */
export function refusedArm(host: Host, { call, key, segment }: Called, message: string): Entry {
  const leaf = new Op(CALL, "tool", host.id, segment);
  leaf.role = call.name;
  leaf.run = () => refused(message);
  return leafArm(key, leaf);
}

/** A call that fails is no failure of the agent: the model is told, and decides. */
export function resultMessage({ id, name }: ToolCall, settled: Settled | undefined): Message {
  return { role: "tool", callId: id, content: settled?.ok === true ? String(settled.value) : told(name, settled?.error) };
}

function told(name: string, failure: StepFailure<unknown> | undefined): string {
  if (failure?.type === "wait_timed_out" && failure.step === name)
    return denialText(name, { approved: false, reason: `there was no answer within ${failure.timeout} ms` });
  return isRefusal(failure) ? failure.cause.message : `Tool ${JSON.stringify(name)} failed: ${reasonOf(failure)}`;
}

/** Why something that was asked came to nothing, for a model: without paths, stacks, causes and secrets. */
export function reasonOf(failure: StepFailure<unknown> | undefined): string {
  if (failure?.type === "step_timed_out") return `it took longer than ${failure.timeout} ms`;
  return errorText(failure?.type === "step_failed" ? failure.cause : failure, knownSecrets());
}

/** The call was not carried out: there is nothing to go on with but what the model is told. */
export function isRefusal(failure: StepFailure<unknown> | undefined): failure is StepFailure<unknown> & { readonly cause: ToolTrouble } {
  return failure?.type === "step_failed" && (failure.cause as Partial<ToolTrouble> | undefined)?.type === "tool_refused";
}

function unknown(called: string, known: readonly string[]): string {
  const near = nearest(called, known);
  return `${name(called)} failed: there is no such tool${near === undefined ? "." : `; did you mean ${near}?`} The tools are: ${known.join(", ") || "none"}`;
}

function name(of: string): string {
  return `Tool ${JSON.stringify(of)}`;
}
