import type { Plan } from "../plan/plan.ts";
import type { Invalid } from "../types/names.ts";
import type { Merges } from "../types/options.ts";
import type { Packed } from "../types/outputs.ts";
import type { AnyPages, EntriesOf, RecordOf, Unwritten } from "../types/pages.ts";
import type { ParsedBy, Schema, InputOf as SchemaInput } from "../types/schema.ts";
import type { About, AnyScope, Declared, Known, Left } from "../types/scope.ts";
import type { Accepting } from "../types/verdicts.ts";
import type { Choices } from "./choices.ts";
import type { Groups } from "./groups.ts";
import type { Recovery } from "./recovery.ts";
import type { Repetition } from "./repetition.ts";
import type { Sequence } from "./sequence.ts";
import type { Waits } from "./waits.ts";

/**
 * A workflow being built. Every call gives a new builder and changes nothing, so a builder can be the start of several
 * workflows. `.build()` ends it.
 *
 * ```ts
 * const article = workflow("article")
 *   .parallel("research", { web, papers })
 *   .then("draft", writer)
 *   .then("title", ({ last, steps }) => titleOf(last, steps.research.web))
 *   .build();
 * ```
 *
 * A step's id is a string literal, new in the workflow. Later steps read its output as `steps[id]`, and the one right after
 * it as `last`. Steps may return plain values, promises, or neverthrow's `Result`s, whose errors the run's failure then
 * has in its type.
 *
 * Its type shows what the chain knows: `Workflow<Input, Last, Steps, Error, ...>` has the run's input, what the step before
 * gave, all outputs by name, and the errors that steps return. `S` holds what stays the same along the chain
 * (`types/scope.ts`), and `P` is the compiler's own bookkeeping of outputs (`types/pages.ts`).
 *
 * Methods infer the builder they are called on as `B` and read its parts from there (`LastOf<B>`); if they used the
 * interface's own parameters, every builder's type would hold all builders before it, and compilers give up on that at 50
 * to 100 steps.
 */
export interface Workflow<out Input, out Last, in out Steps, in out Error, in out S extends AnyScope, in out P extends AnyPages>
  extends Sequence,
    Groups,
    Choices,
    Repetition,
    Waits,
    Recovery {
  /** What it goes by in traces, drawings and journals. */
  readonly name: S["name"];

  /**
   * The input's type, from a Standard Schema (zod, valibot, arktype) or as a type argument. Before the first step, and
   * once. With a schema, `run` takes what it accepts, steps see what it gives, and a run whose input it refuses fails as
   * `invalid_input` before anything has run. An input is a string unless said otherwise.
   *
   * ```ts
   * workflow("order").input(z.object({ id: z.coerce.number() }))
   * workflow("order").input<{ id: number }>()
   * ```
   */
  input<T extends Declared<"input", P, S, unknown> = Declared<"input", P, S, unknown>, Validator extends Schema = Schema<T>>(
    schema?: Declared<"input", P, S, Validator>,
  ): Workflow<
    ParsedBy<Validator>,
    ParsedBy<Validator>,
    Steps,
    never,
    About<S["name"], S["state"], SchemaInput<Validator>>,
    Unwritten<Left<P, "input">>
  >;

  /**
   * State that steps share, as `ctx.state`, and change, with `ctx.set(patch)`. Before the first step, and once. Arms that
   * run together each start from the state before them; `merge` says how two arms' writes to one key become one value.
   * Without it the run fails as `state_conflict`. It must give the same for the same: a durable run asks it again when it is
   * taken up.
   *
   * ```ts
   * workflow("crawl").state({ pages: 0 }, { merge: { pages: (joined, arm, base) => joined + arm - base } })
   * ```
   */
  state<State extends object>(
    initial: Declared<"state", P, S, State>,
    options?: { readonly merge?: Merges<State> },
  ): Workflow<Input, Last, Steps, never, About<S["name"], State, Parameters<S["accepted"]>[0]>, Unwritten<Left<P, "state">>>;

  /**
   * Checks the workflow's output, and types the plan by what the schema gives. Last before `.build()`. An output that the
   * schema refuses fails the run as `invalid_output`.
   */
  output<Validator extends Schema>(schema: Accepting<Validator, Last>): Finished<Input, ParsedBy<Validator>, Steps, Error, S>;

  /** Ends the building: the plan is frozen, and can be run, drawn, and used in other workflows. */
  build(): S["kind"] extends "flow"
    ? Invalid<"return the chain unbuilt">
    : Plan<S["name"], Parameters<S["accepted"]>[0], Last, EntriesOf<Steps>, Error, S["state"]>;

  /** @deprecated What runs is the plan: `.build().run(input)`. */
  run(input: Invalid<"call .build() first: what runs is the plan that it gives">, options?: unknown): never;
  /** @deprecated What runs is the plan: `.build().start(input)`. */
  start(input: Invalid<"call .build() first: what runs is the plan that it gives">, options?: unknown): never;

  /** At compile time only: what the chain knows at this point. */
  readonly "~t": Known<Input, Last, Steps, Error, S, P>;
  /** At compile time only: lets a nested chain stand for an arm. */
  readonly "~flow": Packed<Last, Error, RecordOf<P>, S["kind"]>;
}

/** A workflow that has its output declared: it can be built, and no more steps added. */
export interface Finished<out Input, out Last, in out Steps, in out Error, in out S extends AnyScope> {
  /** What it goes by in traces, drawings and journals. */
  readonly name: S["name"];
  /** Ends the building. */
  build(): Plan<S["name"], Parameters<S["accepted"]>[0], Last, EntriesOf<Steps>, Error, S["state"]>;
  /** @deprecated What runs is the plan: `.build().run(input)`. */
  run(input: Invalid<"call .build() first: what runs is the plan that it gives">, options?: unknown): never;
  /** @deprecated What runs is the plan: `.build().start(input)`. */
  start(input: Invalid<"call .build() first: what runs is the plan that it gives">, options?: unknown): never;
  /** A workflow is not a promise, and after `.output()` it takes no more steps. */
  then(id: Invalid<"no step comes after .output(). A workflow is no promise: .build() it, and .run() the plan">): never;
  /** At compile time only. */
  readonly "~t": { readonly input: Input; readonly last: Last; readonly error: Error };
}
