import type { Result } from "neverthrow";
import { Fault, isEcho } from "../../execute/outcome/failure.ts";
import type { Call } from "../../execute/port/call.ts";
import { Context } from "../../execute/port/context.ts";
import type { StandIn } from "../../journal/codec/encode.ts";
import type { NotSerializable } from "../../journal/failure.ts";
import { type Entry, type How, read, valueIn, write, writeThrown } from "./record.ts";
import { revive } from "./thrown.ts";
import type { ThrownHere } from "./thrown-here.ts";

export type Settled = Extract<Entry, { readonly type: "settled" }>;

/** The record of what a call came to. From here on nothing that the step does counts: what it has set so far is written. */
export function settledEntry(
  key: string,
  call: Call,
  how: How,
  value: unknown,
  moment: { readonly at: number; readonly tick: number },
): Settled {
  const context = call.context as Context;
  const patch = Context.settle(context);
  return {
    type: "settled",
    key,
    how,
    value,
    patch,
    ...(how !== "value" && isAnswer(call, value) && { echo: true }),
    ...(Context.listens(context) && { listened: true }),
    ...(isLate(call, moment.at) && { late: true }),
    ...moment,
  };
}

/** As it is written, and as it is handed on; what is no data becomes a refusal. */
export function written(entry: Settled, thrown: ThrownHere): { readonly text: string; readonly entry: Settled } {
  const text = textOf(entry, thrown.standIn);
  if (text.isOk()) {
    if (entry.how === "thrown") thrown.recorded(entry.value, text.value);
    return { text: text.value, entry: copied(text.value, entry) };
  }
  const refused: Settled = { ...entry, how: "refused", value: text.error.message, patch: undefined };
  return { text: write(refused)._unsafeUnwrap(), entry: refused };
}

function textOf(entry: Settled, standIn: StandIn | undefined): Result<string, NotSerializable> {
  const { how } = entry;
  if (how === "thrown") return writeThrown(entry, standIn);
  const text = write(entry, standIn);
  return how === "value" ? text : text.orElse(() => writeThrown(entry, standIn));
}

/** What a step hands on is what a resume would read, so that live and resumed runs are alike. */
function copied(text: string, entry: Settled): Settled {
  const { how, value, patch } = entry;
  if (how === "thrown") return entry;
  if (patch !== undefined) return (read(text) as Result<Settled, unknown>).unwrapOr(entry);
  // Nobody can change one that is no object.
  if (typeof value !== "object" || value === null) return entry;
  return valueIn(text)
    .map((copy) => ({ ...entry, value: copy }))
    .unwrapOr(entry);
}

/** Makes of a call what its record says that it came to. Undefined where this plan cannot have come to it. */
export function recalled(call: Call, entry: Settled): Settled | undefined {
  const { how, late, echo, value } = entry;
  // A time limit that is no longer there cannot have been passed.
  if (late === true && call.scope === undefined) return undefined;
  // Whether it was late is known, whatever the limit is now.
  call.startedAt = late === true ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (echo === true) return { ...entry, value: reasonOf(call) };
  return how === "thrown" ? { ...entry, value: revive(value as Parameters<typeof revive>[0]) } : entry;
}

/** Hands the scheduler what a call came to. */
export function handOn(call: Call, { how, value, patch, listened }: Settled): void {
  if (call.context !== undefined) Context.restore(call.context, patch, listened === true);
  if (how === "refused") call.threw(new Fault("not_serializable", value as string, []));
  else {
    call.outcome = how;
    call.value = value;
  }
  call.run.settled(call);
}

/** What aborted the attempt; undefined where nothing did. */
export function reasonOf({ scope, context }: Call): unknown {
  return scope?.reason ?? (context === undefined ? undefined : Context.fiberOf(context).group.scope.reason);
}

/** Whether an attempt took longer than its time limit, whose timer had not fired yet. */
function isLate({ scope, timedOut, startedAt, op }: Call, at: number): boolean {
  return scope !== undefined && !timedOut && op?.timeout !== undefined && at - startedAt > op.timeout;
}

/** What only answers an abort is known by its identity, which no record keeps. */
function isAnswer(call: Call, value: unknown): boolean {
  const reason = reasonOf(call);
  return reason !== undefined && isEcho(value, reason);
}
