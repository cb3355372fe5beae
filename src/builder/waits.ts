import type { Suspended } from "../types/failure.ts";
import type { Fresh } from "../types/names.ts";
import type { WaitOptions } from "../types/options.ts";
import type { ParsedBy, Schema, InputOf as SchemaInput } from "../types/schema.ts";
import type { AnyBuilder, ContextOf, FailureOf, Next, Passed, TakenBy } from "../types/scope.ts";

/** What a run waits for. Part of a `Workflow`. */
export interface Waits {
  /**
   * Waits for an answer from outside that fits the schema: a person's approval, a webhook. `start()` stays alive for
   * `handle.answer(id, answer)`; `run()` ends as `suspended` once nothing else can go on. With a `timeout` (ms), fails as
   * `wait_timed_out`. `show` is what whoever answers gets to see.
   *
   * ```ts
   * .waitFor("approval", z.object({ approved: z.boolean() }), { show: ({ steps }) => steps.draft })
   * ```
   */
  waitFor<const Id extends string, Validator extends Schema, B extends AnyBuilder>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    schema: Validator,
    options?: WaitOptions<ContextOf<B>>,
  ): Next<B, ParsedBy<Validator>, { readonly [Name in Id]: ParsedBy<Validator> }, FailureOf<B> | Suspended<Id, SchemaInput<Validator>>>;

  /**
   * Pauses for some ms, or as long as a function says: ms, or the date to go on at. `last` passes through.
   *
   * ```ts
   * .sleep("cool-down", 60_000)
   * ```
   */
  sleep<const Id extends string, B extends AnyBuilder>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    duration: number | ((ctx: ContextOf<B>) => number | Date | PromiseLike<number | Date>),
  ): Passed<B, FailureOf<B>>;
}
