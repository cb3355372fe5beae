import { encode } from "../../journal/codec.ts";
import type { Merge } from "../../plan/node.ts";
import type { Decisions } from "./decisions.ts";

/** Characters and entries of what a join makes of the state that is recorded; a list that grows by a join a turn would be stored as often as it is long. */
const most = 2_000;

type Merges = ReadonlyMap<string, Merge>;

/**
 * A state's merges, for one join: what they gave is recorded, so that a replay has the same state whatever they would give
 * now. Where it is large, no data or an error they are asked again. `noted` is called once there is something to write.
 */
export function recordedMerges(key: string, merges: Merges, decisions: Decisions, noted: () => void): Merges {
  /** What was recorded; undefined before the first question: a join in which nothing is to be merged asks nothing. */
  let recalled: ReturnType<Decisions["recall"]> | "new";
  const given = new Map<string, unknown>();
  let threw = false;
  const end = () => {
    const values = Object.fromEntries(given);
    if (threw || !isSmall(values) || encode(values).isErr()) return;
    decisions.say({ type: "decided", key, how: "value", value: values });
    noted();
  };
  const asked = (name: string, merge: Merge): Merge => {
    return (joined, arm, base) => {
      if (recalled === undefined) {
        recalled = decisions.recall(key) ?? "new";
        if (recalled === "new") queueMicrotask(end);
      }
      if (recalled !== "new") {
        const values = recalled.value as Readonly<Record<string, unknown>>;
        // The plan may have declared it since.
        return Object.hasOwn(values, name) ? values[name] : merge(joined, arm, base);
      }
      // Unless it answers.
      threw = true;
      const value = merge(joined, arm, base);
      threw = false;
      given.set(name, value);
      return value;
    };
  };
  return new Map([...merges].map(([name, merge]) => [name, asked(name, merge)]));
}

function isSmall(values: unknown): boolean {
  try {
    return sizeWithin(values, most) !== undefined;
  } catch {
    // What throws when it is looked at is no data.
    return false;
  }
}

/** How much of `room` is left when a value has been gone through; undefined where there is not enough. */
function sizeWithin(value: unknown, room: number): number | undefined {
  if (typeof value === "string") return value.length <= room ? room - value.length : undefined;
  if (typeof value !== "object" || value === null) return room >= 1 ? room - 1 : undefined;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength <= room ? room - value.byteLength : undefined;
  let left: number | undefined = room - 1;
  for (const part of partsOf(value)) {
    if (left === undefined || left <= 0) return undefined;
    left = sizeWithin(part, left);
  }
  return left;
}

/** One by one: most of a large value is not looked at. */
function* partsOf(value: object): Generator<unknown> {
  if (value instanceof Map) for (const [key, one] of value) yield* [key, one];
  else if (Array.isArray(value) || value instanceof Set) yield* value;
  else for (const key in value) yield* [key, (value as Readonly<Record<string, unknown>>)[key]];
}
