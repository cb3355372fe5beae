import type { Suspended } from "./failure.ts";

/** The answer to a tool call that needs approval. */
export interface Approval {
  /** Whether the call is made. */
  readonly approved: boolean;
  /** Told to the model where the call is denied. */
  readonly reason?: string;
}

/** What whoever approves gets to see: `shown` of the wait. */
export interface ApprovalRequest {
  /** The tool's name, as the model called it. */
  readonly tool: string;
  /** What the tool tells models about itself. */
  readonly description: string;
  /** A copy of what the tool will run with, checked by its schema. */
  readonly arguments: unknown;
}

/** Says whether a call with these arguments needs approval. */
export type AsksFor<Args, Context> = (args: Args, context: Context) => boolean | PromiseLike<boolean>;

/** The wait that a tool of this name may bring about; none where it never asks. */
export type WaitsFor<Name extends string, Asking> = [Asking] extends [false] ? never : Suspended<Name, Approval>;

/** The waits that an agent's tools may bring about. */
export type WaitsOf<Tools> = Tools extends { readonly "~waits"?: infer Waits } ? Extract<Waits, Suspended<string, unknown>> : never;
