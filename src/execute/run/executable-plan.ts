import { ResultAsync } from "neverthrow";
import type { Journal } from "../../journal/journal.ts";
import { BuildError } from "../../plan/build-error.ts";
import { describePlan } from "../../plan/describe.ts";
import { toMermaid } from "../../plan/draw/mermaid.ts";
import { makeExecutable } from "../../plan/executable.ts";
import { fingerprintOf } from "../../plan/fingerprint.ts";
import { mocked } from "../../plan/mock.ts";
import { didYouMean } from "../../plan/names.ts";
import type { Definition } from "../../plan/node.ts";
import type { AnswerRefused, CancelRecorded, CancelRefused, OpenWait } from "../../types/failure.ts";
import type { RunOptions } from "../../types/options.ts";
import { InProcess } from "../port/in-process.ts";
import { Durable, durable, type Started } from "./durable.ts";
import { EventStream } from "./events.ts";
import { type Outcome, Running } from "./run.ts";
import { type RunSettings, readSettings } from "./settings.ts";

/**
 * The one implementation of `Plan`, whose interface holds the precise types. Everything about it is in its definition:
 * it can be run as often as wanted, also at the same time.
 */
class ExecutablePlan {
  declare readonly name: string;
  declare readonly root: Definition["root"];
  readonly #definition: Definition;

  constructor(definition: Definition) {
    this.name = definition.name;
    this.root = definition.root;
    this.#definition = definition;
  }

  get fingerprint(): string {
    return fingerprintOf(this.#definition);
  }

  run(input: unknown, options?: RunOptions): ResultAsync<unknown, unknown> {
    const settings = readSettings(options, this.#definition);
    const definition = this.#runnable(options);
    if (settings.journal !== undefined) return asResult(new Durable(definition, { input, state: settings.state }, settings, false).outcome);
    const running = new Running(definition, input, settings, new InProcess(settings.clock, settings.random, false));
    running.start();
    return asResult(running.outcome);
  }

  start(input: unknown, options?: RunOptions): object {
    const given = readSettings(options, this.#definition);
    const events = new EventStream();
    const settings = { ...given, listeners: [...given.listeners, events.listener] };
    const definition = this.#runnable(options);
    if (settings.journal !== undefined)
      return new Handle(new Durable(definition, { input, state: settings.state }, settings, true), events);
    const running = new Running(definition, input, settings, new InProcess(settings.clock, settings.random, true));
    // One tick later, so that whoever reads the events from here misses none.
    queueMicrotask(() => running.start());
    return new Handle(running, events);
  }

  resume(runId: string, options?: RunOptions): ResultAsync<unknown, unknown> {
    checkId(runId, "resume");
    const settings = readSettings({ ...options, runId } as RunOptions, this.#definition);
    checkJournal(settings.journal, "resume", runId);
    return asResult(new Durable(this.#runnable(options), undefined, settings, false).outcome);
  }

  rerun(runId: string, options?: RunOptions & { readonly from: string }): ResultAsync<unknown, unknown> {
    const { from, ...rest } = Object(options) as RunOptions & { readonly from: string };
    const settings = readSettings(rest as RunOptions, this.#definition);
    checkRerun(this.#definition, runId, from, settings);
    return asResult(new Durable(this.#runnable(rest as RunOptions), { of: runId, from }, settings, false).outcome);
  }

  answer(
    runId: string,
    step: string,
    given: unknown,
    options: { readonly journal: Journal; readonly path?: string },
  ): ResultAsync<void, AnswerRefused> {
    checkJournal(options?.journal, "answer", runId);
    return new ResultAsync(durable().then(({ answerElsewhere }) => answerElsewhere(this.#definition, runId, step, given, options)));
  }

  cancel(runId: string, options: { readonly journal: Journal; readonly reason?: unknown }): ResultAsync<CancelRecorded, CancelRefused> {
    checkJournal(options?.journal, "cancel", runId);
    return new ResultAsync(durable().then(({ cancelElsewhere }) => cancelElsewhere(this.#definition, runId, options)));
  }

  #runnable(options: RunOptions | undefined): Definition {
    return options?.mock === undefined ? this.#definition : mocked(this.#definition, options.mock);
  }

  toMermaid(): string {
    return toMermaid(this.#definition);
  }

  describe(): object {
    return describePlan(this.#definition);
  }
}

/** Throws a `BuildError` where there is no journal in which to do something to a run. */
function checkJournal(journal: Journal | undefined, what: string, runId: unknown): void {
  if (typeof journal?.claim === "function") return;
  throw new BuildError(`a journal to ${what} run ${JSON.stringify(runId)} in`, journal, {
    advice: "give the one that it was begun with: { journal }",
  });
}

/** A variable that was not set must not begin a run under an id that nobody knows. */
function checkId(runId: unknown, what: string): void {
  if (typeof runId !== "string") throw new BuildError(`the id of a run to ${what}`, runId);
}

function checkRerun({ root }: Definition, runId: unknown, from: unknown, { journal, state }: RunSettings): void {
  checkId(runId, "rerun");
  checkJournal(journal, "rerun", runId);
  if (state !== undefined) throw new BuildError('a rerun without "state"', state, { advice: "it begins with that of the run before" });
  const ids = root.map(({ id }) => id);
  if (!ids.includes(from as string))
    throw new BuildError('"from" of a rerun to be the id of a step of the outermost chain', from, didYouMean(String(from), ids));
}

/** A run that goes on. Its functions may be taken out of it, as in `const { answer } = plan.start(input)`. */
class Handle {
  readonly #running: Started;
  declare readonly id: string;
  declare readonly events: EventStream;
  declare readonly result: ResultAsync<unknown, unknown>;
  readonly answer: (step: string, given: unknown, options?: { readonly path?: string }) => ResultAsync<void, AnswerRefused>;
  readonly cancel: (reason: unknown) => void;

  constructor(running: Started, events: EventStream) {
    this.#running = running;
    this.id = running.id;
    this.events = events;
    this.result = asResult(running.outcome);
    this.answer = (step, given, options) => new ResultAsync(running.answer(step, given, options?.path));
    this.cancel = (reason) => running.cancel(reason);
  }

  get waits(): readonly OpenWait[] {
    return this.#running.waits;
  }
}

/** A plan that can run, from what a builder or an agent has put together. */
export function executablePlan(definition: Definition): object {
  return makeExecutable(new ExecutablePlan(definition), { kind: "plan", definition });
}

function asResult(outcome: Promise<Outcome>): ResultAsync<unknown, unknown> {
  return new ResultAsync(outcome);
}
