/** An answer as bytes to send: one JSON body, or the events of a stream. */
export type Rendered =
  | {
      readonly kind: "body";
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
      readonly headers?: { readonly [name: string]: string };
    }
  | { readonly kind: "events"; readonly events: readonly StreamEvent[]; readonly done: boolean };

export interface StreamEvent {
  /** The `event:` line, which Responses has and chat has not. */
  readonly event?: string;
  readonly data: unknown;
}

/** What an answer needs to know of its request. */
export interface AnswerFacts {
  /** The request's index, zero-padded: the tail of every id. */
  readonly id: string;
  readonly model: string;
  /** Unix seconds. */
  readonly created: number;
}
