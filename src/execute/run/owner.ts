import type { AnyFailure } from "../../types/failure.ts";

/** How a run went: the value it ended with, or why it failed. */
export type Ended = { readonly value: unknown; readonly failure?: undefined } | { readonly failure: AnyFailure };

/** Who is told how the run went, once. */
export interface Owner {
  ended(ended: Ended): void;
}
