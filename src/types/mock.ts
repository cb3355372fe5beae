import type { Result, ResultAsync } from "neverthrow";
import type { StepTools } from "./context.ts";
import type { StepFailure } from "./failure.ts";

/**
 * What stands in for steps of a plan while it is run, by their ids: an output, or a function of the step's input that gives
 * one. A function may fail as steps do, by throwing or by returning an error. A sub-workflow is stood in for by its output,
 * an arm of `settle` by its value. A `parallel` or `settle`, and a loop with steps of its own, are not: their arms and steps are.
 */
export type Mocks<Steps> = { readonly [Id in keyof Steps]?: Mock<Executed<Steps[Id]>> };

// biome-ignore-start lint/suspicious/noExplicitAny: see `OkOf` in outputs.ts.
type Mock<Output> =
  | Output
  | ((
      input: unknown,
      tools: StepTools,
    ) => Output | PromiseLike<Output | Result<Output, any>> | Result<Output, any> | ResultAsync<Output, any>);
// biome-ignore-end lint/suspicious/noExplicitAny: see `OkOf` in outputs.ts.

/** What running a step gives, from what later steps read as `steps[id]`. */
type Executed<Published> = [Extract<Published, { readonly ok: false }>] extends [never]
  ? Plain<Published>
  : [Extract<Published, { readonly ok: false }>] extends [{ readonly ok: false; readonly error: Pick<StepFailure<unknown>, "suppressed"> }]
    ? ValueOf<Published>
    : Plain<Published>;
type ValueOf<Published> = Published extends { readonly ok: true; readonly value: infer Value } ? Value : never;
/** A sub-workflow publishes `{ output, steps }`. */
type Plain<Published> = Published extends { readonly output: infer Output; readonly steps: object }
  ? [keyof Published] extends ["output" | "steps"]
    ? Output
    : Published
  : Published;
