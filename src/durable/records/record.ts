import type { Result } from "neverthrow";
import type { Settings } from "../../execute/run/settings.ts";
import type { StandIn } from "../../journal/codec/encode.ts";
import { decode, encode, encodeThrown } from "../../journal/codec.ts";
import type { JournalFailed, NotSerializable } from "../../journal/failure.ts";
import type { Definition } from "../../plan/node.ts";
import { keptShape } from "./kept-shape.ts";
import { causeOf, keep } from "./thrown.ts";

/** How a leaf ended: with a value, with an error that it returned, by throwing, or with a value that is no data. */
export type How = "value" | "error" | "thrown" | "refused";

/** When something reached the run: ms since it began, and a number that things of one moment share. */
interface Moment {
  readonly at: number;
  readonly tick: number;
}

/**
 * What a run's journal holds, in the order in which it reached the run: a replay hands the same to the scheduler in the
 * same order, and the scheduler, which decides by nothing else, decides the same.
 */
export type Entry =
  | Begun
  /** A run that was made to be worked at later goes from here on. */
  | { readonly type: "opened" }
  /** From here on the run goes on with a plan of another shape. */
  | { readonly type: "changed"; readonly shape: string }
  /** A leaf is about to be called. Not waited for: it only tells a later owner that the attempt may have been made. */
  | { readonly type: "started"; readonly key: string }
  | (Moment & {
      readonly type: "settled";
      readonly key: string;
      readonly how: How;
      readonly value: unknown;
      readonly patch: unknown;
      /** It only answers an abort: the value is that one's reason, whatever came. */
      readonly echo?: true;
      /** The attempt asked for its signal. */
      readonly listened?: true;
      /** It took longer than it was given, though no timer had fired. */
      readonly late?: true;
    })
  | (Moment & { readonly type: "fired"; readonly timer: string })
  /** What a function of the user's said between two steps, of the entry before it. Not waited for: where it is lost, it is asked again. */
  | { readonly type: "decided"; readonly key: string; readonly how: "value" | "thrown"; readonly value: unknown }
  /** A wait is open, that of a tool where it says so; and one is over without an answer. For those who answer from elsewhere. */
  | { readonly type: "waiting"; readonly step: string; readonly path: string; readonly tool?: true }
  | { readonly type: "waited"; readonly path: string }
  /** Somebody outside has answered a wait, or cancelled the run. `message` is its number in the journal; 0 for one of this process. */
  | (Moment & {
      readonly type: "answered";
      readonly message: number;
      readonly step: string;
      readonly path: unknown;
      readonly value: unknown;
    })
  /** `early`: before its first step. */
  | (Moment & { readonly type: "cancelled"; readonly message: number; readonly value: unknown; readonly early?: true })
  /** The last: the run has ended so. */
  | { readonly type: "ended"; readonly how: string };

/** What a run is begun with, and its journal keeps as its input. */
export interface Beginning {
  readonly input: unknown;
  readonly state: object | undefined;
}

/** The first: what the run was begun with beside its input, so that every owner goes on alike. */
export interface Begun {
  readonly type: "begun";
  readonly options: Options;
  /** Of the plan, as `keptShape` writes it. */
  readonly shape: string;
  /** It is made to be worked at later: nothing of it goes yet. */
  readonly later?: true;
  /** What a rerun was made of: it goes on where the records end that it has from there. */
  readonly rerun?: Rerun;
}

export interface Rerun {
  readonly of: string;
  readonly from: string;
  /** When it would have begun, had it come so far in one go: wall time in ms since 1970. */
  readonly since: number;
  /** What the first of the runs before it drew its random numbers from. */
  readonly seed: string;
}

export interface Options {
  readonly concurrency: number;
  readonly grace: number;
  readonly timeout: number | undefined;
  readonly budget?: Settings["budget"];
  readonly prices?: Settings["prices"];
}

/** The first record of a run. */
export function begunWith(definition: Definition, { concurrency, grace, timeout, budget, prices }: Options): Begun {
  return { type: "begun", options: { concurrency, grace, timeout, budget, prices }, shape: keptShape(definition) };
}

/**
 * An entry as text; `not_serializable` where the value in it is no data. A value is a text of its own behind the rest, and not
 * a text within a text: a refusal names the place in the user's own value, and large ones are neither escaped twice nor copied.
 */
export function write(entry: Entry, standIn?: StandIn): Result<string, NotSerializable> {
  if (!("value" in entry)) return encode(entry);
  if (entry.type === "decided" && entry.how === "thrown") return writeThrown(entry);
  const { value, ...rest } = entry;
  return encode(value, standIn).andThen((text) => joined(rest, text, standIn));
}

/** The same where nothing may be refused: what was thrown, a reason to cancel. */
export function writeThrown(entry: Extract<Entry, { readonly value: unknown }>, standIn?: StandIn): Result<string, NotSerializable> {
  const { value, ...rest } = entry;
  const text =
    entry.type === "settled" && entry.how === "thrown" ? encodeThrown(keep(value), standIn, causeOf(value)) : encodeThrown(value, standIn);
  return joined(rest, text, standIn);
}

export function read(text: string): Result<Entry, JournalFailed> {
  const end = text.indexOf(between);
  if (end === -1) return decode(text) as Result<Entry, JournalFailed>;
  return decode(text.slice(0, end)).andThen((rest) => valueIn(text).map((value) => ({ ...(rest as Entry), value }) as Entry));
}

/** The value in an entry's text, without the rest. */
export function valueIn(text: string): Result<unknown, JournalFailed> {
  return decode(text.slice(text.indexOf(between) + between.length));
}

/** No JSON text has one that is not escaped. */
const between = "\n";

function joined(rest: object, value: string, standIn?: StandIn): Result<string, NotSerializable> {
  return encode(rest, standIn).map((text) => `${text}${between}${value}`);
}
