import type { FedLoop, FedMap, Returned, Unread } from "../types/arguments.ts";
import type { Anything, Body } from "../types/arms.ts";
import type { Context, Place, Turn } from "../types/context.ts";
import type { PromptInput } from "../types/executable.ts";
import type { LoopLimit } from "../types/failure.ts";
import type { Steps } from "../types/names.ts";
import type { GroupOptions, LoopOptions, StepOptions } from "../types/options.ts";
import type { ErrorOf, InnerOf, OutputOf } from "../types/outputs.ts";
import type {
  AnyBuilder,
  ContextOf,
  ExtraOf,
  FailureOf,
  InputOf,
  LastOf,
  Next,
  Repeated,
  ShownTo,
  StateOf,
  TakenBy,
} from "../types/scope.ts";

/** One body many times. Part of a `Workflow`. */
export interface Repetition {
  /**
   * Repeats a body, whose output feeds its next turn, until a condition holds, but at most `max` times (3 unless told). At
   * `max` the last output stands, and the step's record says `limitReached`; with `onLimit: "fail"` it fails as
   * `loop_limit`. Further options are the condition's.
   *
   * ```ts
   * .loop("revise", { flow: (b) => b.then("rewrite", writer).then("review", critic) }, {
   *   until: ({ last, iteration }) => last.verdict === "pass",
   *   max: 5,
   * })
   * ```
   */
  loop<
    const Id extends string,
    B extends AnyBuilder,
    R extends Returned<LastOf<B>> = LastOf<B>,
    In extends PromptInput | Anything = never,
    Taken = unknown,
    const Limit extends "continue" | "fail" = "continue",
  >(
    this: B,
    id: FedLoop<Id, R, LastOf<B>, Taken, TakenBy<B>>,
    body: Body<ContextOf<B> & Turn, LastOf<B>, Repeated<B, LastOf<B>, Turn>, R, In, Taken>,
    options: LoopOptions<Context<InputOf<B>, OutputOf<R>, Steps<ShownTo<B> & InnerOf<R>>, StateOf<B>> & ExtraOf<B> & Turn, Limit>,
  ): Next<
    B,
    OutputOf<R>,
    { readonly [Name in Id]: OutputOf<R> } & InnerOf<R>,
    FailureOf<B> | ErrorOf<R> | (Limit extends "fail" ? LoopLimit : never)
  >;

  /**
   * One body over many items, `concurrency` at a time; the output is in the items' order. Items may come from an array, any
   * iterable or an async iterable. `timeout` and `retries` are per item. The first failure aborts the rest.
   *
   * Without a journal, an iterable is asked for its next item when there is room for it, so it may be without an end. A run
   * with a journal takes all its items, at most 1,000,000, and records them before the first is begun: a resume works at the
   * same ones, and asks nobody again. What has no end there, such as a queue, is read page by page in a loop.
   *
   * ```ts
   * .map("summaries", ({ last }) => last.urls, { flow: (b) => b.then("page", fetchPage).then("gist", summarizer) }, { concurrency: 4 })
   * ```
   */
  map<const Id extends string, R, Item = Unread, In extends PromptInput | Anything = never, Taken = unknown, B extends AnyBuilder = never>(
    this: B,
    id: FedMap<Id, R, Item, Taken, TakenBy<B>>,
    items: (ctx: ContextOf<B>) => Iterable<Item> | AsyncIterable<Item> | PromiseLike<Iterable<Item> | AsyncIterable<Item>>,
    body: Body<
      Context<InputOf<B>, Item, ShownTo<B>, StateOf<B>> & ExtraOf<B> & Place,
      NoInfer<Item>,
      Repeated<B, Item, Place>,
      R,
      In,
      Taken
    >,
    options?: GroupOptions & StepOptions,
  ): Next<B, OutputOf<R>[], { readonly [Name in Id]: OutputOf<R>[] }, FailureOf<B> | ErrorOf<R>>;
}
