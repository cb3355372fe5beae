import { BuildError, Shown } from "../plan/build-error.ts";
import { executableOf } from "../plan/executable.ts";
import { frozenCopy } from "../plan/frozen.ts";
import { checkOptions, readChoice, readConcurrency, readCount, readLimits, readTimeout } from "../plan/limits.ts";
import { checkName } from "../plan/names.ts";
import type { Definition, Merge, Node, StateDefinition } from "../plan/node.ts";
import type { Schema } from "../types/schema.ts";
import {
  claimGroup,
  entriesOf,
  type Nest,
  type Place,
  readApart,
  readBody,
  readCall,
  readFunction,
  readSchema,
  readTogether,
  stepOptions,
} from "./arms.ts";
import { type Claims, nothingTaken, Steps, type Taken } from "./name-table.ts";
import { refuseAwait } from "./not-a-promise.ts";

/** What a workflow declares before its first step. */
interface Head {
  readonly name: string;
  readonly input: Schema | undefined;
  readonly typed: boolean;
  readonly output: Schema | undefined;
  readonly state: StateDefinition | undefined;
  readonly build: (definition: Definition) => object;
}

/** Tells nested chains apart: a flow must return what grew out of the builder that it was given. */
type Origin = object;

const unbounded = Number.POSITIVE_INFINITY;

/**
 * The one implementation of `Workflow`, whose interface holds the precise types. Every method reads what it was given,
 * refuses what is wrong, and returns a new chain with one node more; nothing is ever changed.
 */
export class Chain {
  declare readonly name: string;
  readonly #head: Head;
  readonly #steps: Steps;
  readonly #origin: Origin;

  constructor(head: Head, steps: Steps, origin: Origin) {
    this.name = head.name;
    this.#head = head;
    this.#steps = steps;
    this.#origin = origin;
    Object.freeze(this);
  }

  static begin(name: unknown, build: Head["build"]): Chain {
    const checked = checkName(name, "a workflow's name");
    return new Chain(
      { name: checked, input: undefined, typed: false, output: undefined, state: undefined, build },
      Steps.empty(nothingTaken),
      {},
    );
  }

  input(schema?: unknown): Chain {
    this.#checkHead("input", this.#head.typed);
    return this.#with({ input: schema === undefined ? undefined : readSchema(schema, "the input of the workflow"), typed: true });
  }

  state(initial: unknown, options?: unknown): Chain {
    this.#checkHead("state", this.#head.state !== undefined);
    return this.#with({ state: readState(initial, options) });
  }

  output(schema: unknown): Chain {
    if (this.#head.output !== undefined)
      throw new BuildError(`.output() of workflow ${JSON.stringify(this.name)} to be called once`, "a second call");
    this.#checkWhole("output");
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
    const given = checkOptions(options, ["timeout", "retries"], name);
    const exec = Object.freeze({ kind: "function", run: readFunction(run, "the function", name) } as const);
    return this.#add({ kind: "tap", id: name, exec, limits: readLimits(given, name) });
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
    const limits = readLimits(checkOptions(options, ["timeout", "retries"], name), name);
    const predicate = readFunction(when, "the condition", name);
    checkOptions(arms, ["yes", "no"], name, "the arms");
    const entries = entriesOf(arms, name).filter(([, value]) => value !== undefined);
    if (!entries.some(([key]) => key === "yes"))
      throw new BuildError(`step ${JSON.stringify(name)} to have an arm "yes"`, arms, { step: name });
    const read = readApart(entries, this.#place(name), true);
    return this.#add({ kind: "branch", id: name, when: predicate, limits, arms: read.arms }, read.claims);
  }

  route(id: unknown, select: unknown, arms: unknown, options?: unknown): Chain {
    const name = checkName(id);
    const limits = readLimits(checkOptions(options, ["timeout", "retries"], name), name);
    const selector = readFunction(select, "the selector", name);
    const read = readApart(entriesOf(arms, name), this.#place(name), true);
    return this.#add({ kind: "route", id: name, select: selector, limits, arms: read.arms }, read.claims);
  }

  routeAll(id: unknown, select: unknown, arms: unknown, options?: unknown): Chain {
    const name = checkName(id);
    const given = checkOptions(options, ["timeout", "retries", "concurrency"], name);
    const selector = readFunction(select, "the selector", name);
    const read = readApart(entriesOf(arms, name), this.#place(name), false);
    // A group's `timeout` bounds the group; a selector's retries are its own.
    const { timeout, concurrency } = readGroup(given, name);
    const limits = readLimits({ retries: given["retries"] }, name);
    return this.#add({ kind: "routeAll", id: name, select: selector, limits, arms: read.arms, timeout, concurrency }, read.claims);
  }

  routeBy(id: unknown, discriminant: unknown, arms: unknown): Chain {
    const name = checkName(id);
    if (typeof discriminant !== "string" && typeof discriminant !== "symbol")
      throw new BuildError(`the discriminant of step ${JSON.stringify(name)} to be the name of a property`, discriminant, { step: name });
    const read = readApart(entriesOf(arms, name), this.#place(name), true);
    return this.#add({ kind: "routeBy", id: name, discriminant, arms: read.arms }, read.claims);
  }

  loop(id: unknown, body: unknown, options: unknown): Chain {
    const name = checkName(id);
    const given = checkOptions(options, ["until", "max", "onLimit", "timeout", "retries"], name);
    const place = this.#place(name);
    const claims = claimGroup(place);
    const read = readBody(name, body, { ...place, taken: claims }, "the body");
    for (const [inner, holder] of read.inner) claims.share(inner, holder);
    const until = readFunction(given["until"], '"until"', name);
    const max = given["max"] === undefined ? 3 : readCount(given["max"], '"max"', name, 1);
    const onLimit = readChoice(given["onLimit"] ?? "continue", '"onLimit"', name, ["continue", "fail"]);
    return this.#add({ kind: "loop", id: name, body: read.body, until, limits: readLimits(given, name), max, onLimit }, claims);
  }

  map(id: unknown, items: unknown, body: unknown, options?: unknown): Chain {
    const name = checkName(id);
    const given = checkOptions(options, ["timeout", "retries", "concurrency"], name);
    const place = this.#place(name);
    const claims = claimGroup(place);
    const read = readBody(name, body, { ...place, taken: claims }, "the body");
    const concurrency = readConcurrency(given["concurrency"], name, unbounded);
    return this.#add(
      {
        kind: "map",
        id: name,
        items: readFunction(items, "the items", name),
        body: read.body,
        limits: readLimits(given, name),
        concurrency,
      },
      claims,
    );
  }

  catch(id: unknown, handler: unknown, options?: unknown): Chain {
    const name = checkName(id);
    const given = checkOptions(options, ["timeout", "retries", "undo"], name);
    const undo = given["undo"] ?? false;
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
      timeout: timeout === undefined ? undefined : readTimeout(timeout, name),
    });
  }

  use(plan: unknown, options?: unknown): Chain {
    const executable = executableOf(plan);
    if (executable?.kind !== "plan") throw new BuildError("use() to be given a plan, as .build() makes one", plan);
    const name = executable.definition.name;
    const given = options === undefined ? undefined : checkOptions(options, ["state"], name);
    return this.#grown(this.#steps.add(readCall(name, plan, given, stepOptions)));
  }

  build(): object {
    this.#checkWhole("build");
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
    const group = readGroup(checkOptions(options, ["timeout", "concurrency"], name), name);
    const place = this.#place(name);
    const opened = typeof arms === "function" ? place.nest.open(claimGroup(place)) : undefined;
    const given: unknown = typeof arms === "function" ? arms(opened) : arms;
    const read = readTogether(Array.isArray(given) ? byId(given, name) : entriesOf(given, name), place, opened);
    if (kind === "race" && read.arms.length === 0)
      throw new BuildError(`step ${JSON.stringify(name)} to have at least one arm`, given, {
        step: name,
        advice: "a race without arms can have no winner",
      });
    return this.#add({ kind, id: name, arms: read.arms, ...group }, read.claims);
  }

  #add(node: Node, claims?: Claims): Chain {
    Object.freeze(node);
    return this.#grown(claims === undefined ? this.#steps.add(node) : this.#steps.addWith(node, claims.names()));
  }

  #grown(steps: Steps): Chain {
    return new Chain(this.#head, steps, this.#origin);
  }

  #place(id: string): Place {
    return { id, taken: this.#steps, nest: this.#nest() };
  }

  #nest(): Nest {
    return {
      open: (taken) => new Chain(this.#head, Steps.empty(inner(taken)), {}),
      stepsOf: (value, opened) =>
        value instanceof Chain && opened instanceof Chain && value.#origin === opened.#origin ? value.#steps : undefined,
    };
  }

  #with(change: Partial<Head>): Chain {
    return new Chain({ ...this.#head, ...change }, this.#steps, this.#origin);
  }

  /** Refuses on an inner chain what only a whole workflow has. */
  #checkWhole(what: string): void {
    if (this.#steps.holder(nested) !== undefined)
      throw new BuildError(`.${what}() to be called on a workflow`, new Shown(`a call on an inner chain of ${JSON.stringify(this.name)}`));
  }

  #checkHead(what: string, again: boolean): void {
    this.#checkWhole(what);
    const problem = this.#steps.length > 0 ? "before the first step" : again ? "once" : undefined;
    if (problem !== undefined)
      throw new BuildError(
        `.${what}() of workflow ${JSON.stringify(this.name)} to be called ${problem}`,
        new Shown(again ? "a second call" : `a call after ${this.#steps.length} steps`),
      );
  }
}

/** A name that no step can have, by which an inner chain knows itself. */
const nested = "\u0000nested";

function inner(taken: Taken): Taken {
  return { holder: (name) => (name === nested ? { step: nested, arm: false } : taken.holder(name)) };
}

function readGroup(
  given: Readonly<Record<string, unknown>>,
  step: string,
): { readonly timeout: number | undefined; readonly concurrency: number } {
  const { timeout, concurrency } = given;
  return {
    timeout: timeout === undefined ? undefined : readTimeout(timeout, step),
    concurrency: readConcurrency(concurrency, step, unbounded),
  };
}

/** Arms given as an array of `step()` values go by their ids. */
function byId(arms: readonly unknown[], step: string): readonly (readonly [string, unknown])[] {
  return arms.map((arm, index) => {
    const executable = executableOf(arm);
    if (executable?.kind !== "step")
      throw new BuildError(`arm ${index} of step ${JSON.stringify(step)} to be a step() value`, arm, {
        step,
        advice: "give arms of other kinds a name in an object",
      });
    return [executable.id, arm];
  });
}

function readState(initial: unknown, options: unknown): StateDefinition {
  if (typeof initial !== "object" || initial === null || Array.isArray(initial))
    throw new BuildError("the initial state to be an object", initial);
  const { merge } = checkOptions(options, ["merge"], undefined, "the options of .state()");
  if (merge !== undefined && (typeof merge !== "object" || merge === null))
    throw new BuildError('"merge" to be an object of functions', merge);
  const functions = Object.entries(merge ?? {}).map(([key, value]) => {
    if (!Object.hasOwn(initial, key)) throw new BuildError("the keys of merge to be among those of the state", key);
    if (typeof value !== "function") throw new BuildError(`the merge of state key ${JSON.stringify(key)} to be a function`, value);
    return [key, value as Merge] as const;
  });
  return Object.freeze({ initial: frozenCopy(initial) as object, merge: new Map(functions) });
}
