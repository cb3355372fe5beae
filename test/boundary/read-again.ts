import { isDeepStrictEqual } from "node:util";
import { DurableRun } from "../../src/durable/run.ts";
import type { Outcome } from "../../src/execute/run/run.ts";
import type { RunSettings } from "../../src/execute/run/settings.ts";
import { decode, encode, encodeThrown } from "../../src/journal/codec.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { isOver } from "../../src/journal/status.ts";
import type { Definition } from "../../src/plan/node.ts";
import type { TraceRecord } from "../../src/types/trace.ts";
import { difference } from "../journal/identical.ts";

/** How a run that has ended differs from what its records say to whoever asks for it again; undefined where it does not. */
export async function otherWhenReadAgain(
  definition: Definition,
  id: string,
  settings: RunSettings,
  journal: Journal,
  ended: Outcome,
): Promise<string | undefined> {
  const found = await journal.find(id);
  if (found.isErr() || !isOver(found.value.status)) return undefined;
  const { signal: _, drain: __, ...rest } = settings;
  const asked = { ...rest, signal: undefined, drain: undefined, listeners: [] } as RunSettings;
  const again = await new DurableRun(definition, id, undefined, asked, { journal, stays: false }).outcome;
  const [here, there] = [wholeOf(ended), wholeOf(again)];
  const view = encode(here).isOk() ? (whole: Whole) => whole : placesOf;
  const [one, other] = [view(here), view(there)].map((seen) => withoutStacks(decode(encodeThrown(seen))._unsafeUnwrap()));
  if (areEqual(one, other)) return undefined;
  return `read again, run ${id} has ended otherwise: ${difference(one, other)}`;
}

/** Equal as data, however deep. */
export function areEqual(one: unknown, other: unknown): boolean {
  try {
    return isDeepStrictEqual(one, other);
  } catch {
    // Too deep for it.
    return encodeThrown(one) === encodeThrown(other);
  }
}

interface Whole {
  readonly type?: string;
  readonly path?: string;
  readonly usage: object;
  readonly trace: readonly TraceRecord[];
}

const wholeOf = (outcome: Outcome): Whole =>
  outcome.isOk() ? ((outcome.value as unknown as { toJSON(): object }).toJSON() as Whole) : { ...outcome.error };

/** Of an outcome with something in it that is no data: what was thrown is kept by its name, message and fields. */
const placesOf = ({ type, path, usage, trace }: Whole) => ({
  type,
  path,
  usage,
  trace: trace.map((at) => [at.path, at.status, at.startedAt]),
});

/** What the scheduler itself throws is thrown anew in a replay. */
function withoutStacks(value: unknown): unknown {
  const pending = [value];
  const met = new Set<unknown>();
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== "object" || next === null || met.has(next)) continue;
    met.add(next);
    Reflect.deleteProperty(next, "stack");
    pending.push(...Object.values(next));
    if (next instanceof Error) pending.push(next.cause);
  }
  return value;
}
