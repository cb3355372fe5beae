import { ResultAsync } from "neverthrow";
import { describePlan } from "../plan/describe.ts";
import { toMermaid } from "../plan/draw/mermaid.ts";
import { makeExecutable } from "../plan/executable.ts";
import { fingerprintOf } from "../plan/fingerprint.ts";
import { mocked } from "../plan/mock.ts";
import type { Definition } from "../plan/node.ts";
import type { AnswerRefused, OpenWait } from "../types/failure.ts";
import type { RunOptions } from "../types/options.ts";
import { EventStream } from "./events.ts";
import { type Outcome, Running } from "./run.ts";
import { readSettings } from "./settings.ts";

/**
 * The one implementation of `Plan`, whose interface holds the precise types. Everything about it is in its definition:
 * it can be run as often as wanted, also at the same time.
 */
class ExecutablePlan {
  readonly name: string;
  readonly root: Definition["root"];
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
    const running = new Running(this.#runnable(options), input, readSettings(options, this.#definition));
    running.start();
    return asResult(running.outcome);
  }

  start(input: unknown, options?: RunOptions): object {
    const settings = readSettings(options, this.#definition);
    const events = new EventStream();
    const running = new Running(this.#runnable(options), input, {
      ...settings,
      stays: true,
      listeners: [...settings.listeners, events.listener],
    });
    // One tick later, so that whoever reads the events from here misses none.
    queueMicrotask(() => running.start());
    return new Handle(running, events);
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

/** A run that goes on. Its functions may be taken out of it, as in `const { answer } = plan.start(input)`. */
class Handle {
  readonly #running: Running;
  readonly id: string;
  readonly events: EventStream;
  readonly result: ResultAsync<unknown, unknown>;
  readonly answer: (step: string, given: unknown, options?: { readonly path?: string }) => ResultAsync<void, AnswerRefused>;
  readonly cancel: (reason: unknown) => void;

  constructor(running: Running, events: EventStream) {
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
