import { err, ok, type Result, ResultAsync } from "neverthrow";
import { begunWith, write } from "../durable/records/record.ts";
import { check } from "../execute/program/validate.ts";
import { readSettings } from "../execute/run/settings.ts";
import { unlike } from "../journal/claim.ts";
import { encode } from "../journal/codec.ts";
import type { InputRefused, JournalFailed, NotSerializable, RunExists } from "../journal/failure.ts";
import type { Journal, NewRun } from "../journal/journal.ts";
import { BuildError } from "../plan/build-error.ts";
import { fingerprintOf } from "../plan/fingerprint.ts";
import { issueText } from "../plan/issue-text.ts";
import type { Definition } from "../plan/node.ts";
import type { Invalid } from "../types/names.ts";
import type { RunOptions } from "../types/options.ts";
import { definitionOf } from "./plans.ts";

/** How the run goes that is to be worked at, whoever works at it. */
export type EnqueueOptions<State = object> = Pick<
  RunOptions<State>,
  "runId" | "state" | "timeout" | "concurrency" | "grace" | "budget" | "prices"
> & {
  readonly journal: Journal;
};

/** A plan, an agent or a team, by what it takes. */
export interface Enqueueable<in Input, in State> {
  readonly name: string;
  /** At compile time only. */
  readonly "~input": (given: Input) => void;
  /** At compile time only. */
  readonly "~state"?: (state: State) => void;
}

/**
 * Begins a run without running any of it: once its id is given it is safe in the journal, and a worker of the plan takes
 * it up. Under a `runId` that is there already with an equal input it changes nothing, so it may be tried again. An input that
 * the plan's schema refuses is `invalid_input` here; what is kept is the input as given, and whoever runs it puts it
 * through the schema of its own version.
 *
 * ```ts
 * const queued = await enqueue(article, "The state of AI agents in 2026", { journal, runId: "article-7" });
 * ```
 */
export function enqueue<Input, State>(
  plan: Enqueueable<Input, State> | Invalid<"call .build() on a workflow first">,
  input: NoInfer<Input>,
  options: EnqueueOptions<NoInfer<State>>,
): ResultAsync<string, Refused> {
  const { journal, ...rest } = options;
  const definition = definitionOf(plan);
  if (typeof journal?.claim !== "function")
    throw new BuildError(`a journal to enqueue a run of plan ${JSON.stringify(definition.name)} in`, journal, {
      advice: "give one: { journal }",
    });
  const settings = readSettings(rest as RunOptions, definition);
  const { state, runId = crypto.randomUUID() } = settings;
  const begun = write({ ...begunWith(definition, settings), later: true })._unsafeUnwrap();
  return new ResultAsync(enter(definition, runId, { input, state }, begun, journal));
}

type Refused = InputRefused | RunExists | JournalFailed | NotSerializable;

async function enter(
  definition: Definition,
  id: string,
  beginning: { readonly input: unknown; readonly state: object | undefined },
  begun: string,
  journal: Journal,
): Promise<Result<string, Refused>> {
  const input = encode(beginning);
  if (input.isErr()) return err(input.error);
  const there = await isThere(journal, id);
  const refused = there ? undefined : await unfit(definition, beginning.input);
  if (refused !== undefined) return err(refused);
  const run: NewRun = { id, plan: definition.name, fingerprint: fingerprintOf(definition), input: input.value, records: [begun] };
  const claimed = there ? undefined : await journal.claim(run);
  if (claimed?.isOk() === true) {
    const released = await claimed.value.release();
    if (claimed.value.created) return released.map(() => id);
  } else if (claimed?.isErr() === true && claimed.error.type === "journal_failed") return err(claimed.error);
  const found = await journal.find(id);
  // One that is gone by now was there, and was deleted.
  if (found.isErr()) return found.error.type === "journal_failed" ? err(found.error) : ok(id);
  const other = unlike(found.value, run);
  return other === undefined ? ok(id) : err(other);
}

/** What the plan's schema has against an input. */
async function unfit({ name, input: schema }: Definition, input: unknown): Promise<InputRefused | undefined> {
  if (schema === undefined) return undefined;
  const checked = await check(schema, input);
  if (checked.issues === undefined) return undefined;
  const { issues, thrown } = checked;
  const message = `Expected the input of plan ${JSON.stringify(name)} to fit its schema: ${issueText(issues, "; ", 3)}`;
  return { type: "invalid_input", message, issues, cause: thrown };
}

/** Claiming a run that waits would call it running. */
async function isThere(journal: Journal, id: string): Promise<boolean> {
  return (await journal.find(id)).isOk();
}
