import { BuildError } from "../plan/build-error.ts";
import { executableOf } from "../plan/executable.ts";
import {
  checkOptions,
  limitsIn,
  readChoice,
  readConcurrency,
  readCount,
  readGroupLimits,
  readLimits,
  readTimeout,
} from "../plan/limits.ts";
import { checkName } from "../plan/names.ts";
import type { Node } from "../plan/node.ts";
import { type Apart, type ArmEntry, entriesOf, type Nest, type Place, readApart, readGroup, readRepeated } from "./arms.ts";
import { readCall, readFunction, readSchema, stepOptions } from "./call.ts";
import { checkHead, checkWhole, type Head, readState } from "./head.ts";
import { type Claims, nothingTaken, Steps } from "./name-table.ts";
import { refuseAwait } from "./not-a-promise.ts";

/**
 * The one implementation of `Workflow`, whose interface holds the precise types. Every method reads what it was given,
 * refuses what is wrong, and returns a new chain with one node more; nothing is ever changed.
 */
export class Chain {
  declare readonly name: string;
  readonly #head: Head;
  readonly #steps: Steps;

  constructor(head: Head, steps: Steps) {
    this.name = head.name;
    this.#head = head;
    this.#steps = steps;
    Object.freeze(this);
  }

  static begin(name: unknown, build: Head["build"]): Chain {
    const checked = checkName(name, "a workflow's name");
    return new Chain(
      { name: checked, input: undefined, typed: false, output: undefined, state: undefined, build },
      Steps.empty(nothingTaken),
    );
  }

  input(schema?: unknown): Chain {
    checkHead("input", this.name, this.#steps, this.#head.typed);
    return this.#with({ input: schema === undefined ? undefined : readSchema(schema, "the input of the workflow"), typed: true });
  }

  state(initial: unknown, options?: unknown): Chain {
    checkHead("state", this.name, this.#steps, this.#head.state !== undefined);
    return this.#with({ state: readState(initial, options) });
  }

  output(schema: unknown): Chain {
    if (this.#head.output !== undefined)
      throw new BuildError(`.output() of workflow ${JSON.stringify(this.name)} to be called once`, "a second call");
    checkWhole("output", this.name, this.#steps);
    return this.#with({ output: readSchema(schema, "the output of the workflow") });
  }

  // biome-ignore lint/suspicious/noThenProperty: the word users expect for the next step; awaiting it is refused in words.
  then(id: unknown, exec?: unknown, options?: unknown): Chain | undefined {
    // What awaits gives two functions; a single one is a step without its id.
    if (typeof id === "function" && typeof exec === "function") return refuseAwait(this.name, exec);
    const name = checkName(id);
    return this.#grown(this.#steps.add(readCall(name, exec, options, stepOptions)));
  }

  tap(id: unknown, run: unknown, options?: unknown): Chain {
    const name = checkName(id);
    const limits = limitsIn(options, name);
    const exec = Object.freeze({ kind: "function", run: readFunction(run, "the function", name) } as const);
    return this.#add({ kind: "tap", id: name, exec, limits });
  }

  parallel(id: unknown, arms: unknown, options?: unknown): Chain {
    return this.#group("parallel", id, arms, options);
  }

  settle(id: unknown, arms: unknown, options?: unknown): Chain {
    return this.#group("settle", id, arms, options);
  }

  race(id: unknown, arms: unknown, options?: unknown): Chain {
    return this.#group("race", id, arms, options);
  }

  branch(id: unknown, when: unknown, arms: unknown, options?: unknown): Chain {
    const name = checkName(id);
    const predicate = readFunction(when, "the condition", name);
    checkOptions(arms, ["yes", "no"], name, "the arms");
    const entries = entriesOf(arms, name).filter(([, value]) => value !== undefined);
    if (!entries.some(([key]) => key === "yes"))
      throw new BuildError(`step ${JSON.stringify(name)} to have an arm "yes"`, arms, { step: name });
    return this.#addApart({ kind: "branch", id: name, when: predicate, limits: limitsIn(options, name) }, entries);
  }

  route(id: unknown, select: unknown, arms: unknown, options?: unknown): Chain {
    const name = checkName(id);
    const limits = limitsIn(options, name);
    const selector = readFunction(select, "the selector", name);
    return this.#addApart({ kind: "route", id: name, select: selector, limits }, entriesOf(arms, name));
  }

  routeAll(id: unknown, select: unknown, arms: unknown, options?: unknown): Chain {
    const name = checkName(id);
    const given = checkOptions(options, ["timeout", "retries", "concurrency"], name);
    const selector = readFunction(select, "the selector", name);
    // A group's `timeout` bounds the group; a selector's retries are its own.
    const limits = readLimits({ retries: given["retries"] }, name);
    return this.#addApart({ kind: "routeAll", id: name, select: selector, limits, ...readGroupLimits(given, name) }, entriesOf(arms, name));
  }

  routeBy(id: unknown, discriminant: unknown, arms: unknown): Chain {
    const name = checkName(id);
    if (typeof discriminant !== "string" && typeof discriminant !== "symbol")
      throw new BuildError(`the discriminant of step ${JSON.stringify(name)} to be the name of a property`, discriminant, { step: name });
    return this.#addApart({ kind: "routeBy", id: name, discriminant }, entriesOf(arms, name));
  }

  loop(id: unknown, body: unknown, options: unknown): Chain {
    const name = checkName(id);
    const given = checkOptions(options, ["until", "max", "onLimit", "timeout", "retries"], name);
    const { until, max = 3, onLimit = "continue" } = given;
    const read = readRepeated(body, this.#place(name), false);
    return this.#add(
      {
        kind: "loop",
        id: name,
        body: read.body,
        until: readFunction(until, '"until"', name),
        limits: readLimits(given, name),
        max: readCount(max, '"max"', name, 1),
        onLimit: readChoice(onLimit, '"onLimit"', name, ["continue", "fail"]),
      },
      read.claims,
    );
  }

  map(id: unknown, items: unknown, body: unknown, options?: unknown): Chain {
    const name = checkName(id);
    const given = checkOptions(options, ["timeout", "retries", "concurrency"], name);
    const read = readRepeated(body, this.#place(name), true);
    const concurrency = readConcurrency(given["concurrency"], name, Number.POSITIVE_INFINITY);
    return this.#add(
      {
        kind: "map",
        id: name,
        items: readFunction(items, "the items", name),
        body: read.body,
        limits: readLimits(given, name),
        concurrency,
      },
      read.claims,
    );
  }

  catch(id: unknown, handler: unknown, options?: unknown): Chain {
    const name = checkName(id);
    const given = checkOptions(options, ["timeout", "retries", "undo"], name);
    const { undo = false } = given;
    if (typeof undo !== "boolean") throw new BuildError(`"undo" of step ${JSON.stringify(name)} to be true or false`, undo, { step: name });
    return this.#add({
      kind: "catch",
      id: name,
      handler: readFunction(handler, "the handler", name),
      limits: readLimits(given, name),
      undo,
    });
  }

  sleep(id: unknown, duration: unknown): Chain {
    const name = checkName(id);
    if (typeof duration !== "function" && !(typeof duration === "number" && duration >= 0 && Number.isFinite(duration))) {
      throw new BuildError(`the duration of step ${JSON.stringify(name)} to be ms from 0 up, or a function`, duration, { step: name });
    }
    return this.#add({ kind: "sleep", id: name, duration: duration as number });
  }

  waitFor(id: unknown, schema: unknown, options?: unknown): Chain {
    const name = checkName(id);
    const { timeout, show } = checkOptions(options, ["timeout", "show"], name);
    return this.#add({
      kind: "wait",
      id: name,
      schema: readSchema(schema, `the answer to step ${JSON.stringify(name)}`),
      show: show === undefined ? undefined : readFunction(show, '"show"', name),
      timeout: readTimeout(timeout, name),
    });
  }

  use(plan: unknown, options?: unknown): Chain {
    const executable = executableOf(plan);
    if (executable?.kind !== "plan") throw new BuildError("use() to be given a plan, as .build() makes one", plan);
    return this.#grown(this.#steps.add(readCall(executable.definition.name, plan, options, ["state"])));
  }

  build(): object {
    checkWhole("build", this.name, this.#steps);
    const { name, input, output, state, build } = this.#head;
    return build(Object.freeze({ name, root: this.#steps.nodes(), input, output, state }));
  }

  /** What runs is a plan, and not a workflow: refused in words, since it is easily forgotten. */
  run(): never {
    throw new BuildError(".run() to be called on a plan", this);
  }

  start(): never {
    throw new BuildError(".start() to be called on a plan", this);
  }

  #group(kind: "parallel" | "settle" | "race", id: unknown, arms: unknown, options: unknown): Chain {
    const name = checkName(id);
    const group = readGroupLimits(checkOptions(options, ["timeout", "concurrency"], name), name);
    const read = readGroup(kind, arms, this.#place(name));
    return this.#add({ kind, id: name, arms: read.arms, ...group }, read.claims);
  }

  #addApart(node: Apart, arms: readonly ArmEntry[]): Chain {
    const read = readApart(arms, this.#place(node.id), node.kind !== "routeAll");
    return this.#add({ ...node, arms: read.arms }, read.claims);
  }

  #add(node: Node, claims?: Claims): Chain {
    Object.freeze(node);
    return this.#grown(claims === undefined ? this.#steps.add(node) : this.#steps.addWith(node, claims.names()));
  }

  #grown(steps: Steps): Chain {
    return new Chain(this.#head, steps);
  }

  #place(id: string): Place {
    const nest: Nest = {
      // An object of its own, by which what grows out of this builder is told from what grew out of others.
      open: (taken) => new Chain(this.#head, Steps.empty({ holder: (name) => taken.holder(name) })),
      stepsOf: (value, opened) =>
        value instanceof Chain && opened instanceof Chain && value.#steps.outer === opened.#steps.outer ? value.#steps : undefined,
    };
    return { id, taken: this.#steps, nest };
  }

  #with(change: Partial<Head>): Chain {
    return new Chain({ ...this.#head, ...change }, this.#steps);
  }
}
