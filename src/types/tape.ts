/** One exchange of an agent with the world outside: a request to a model, a call of a tool, or what a source of tools offers. */
export interface Traffic {
  /** With whom: a model, a tool, or what lists tools. */
  readonly kind: "model" | "tool" | "tools";
  /** Where in the run, for example `research/web/turn#1`. */
  readonly path: string;
  /** The model's or the tool's; for a list of tools the place of its source. */
  readonly name: string;
  /** What is asked: plain JSON. */
  readonly request: unknown;
}

/** What came of it: plain JSON. */
export type TrafficOutcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

/** Stands between agents and the world outside: it lets an exchange happen, or answers in its place. See `cassette()` in heddle/testing. */
export interface Tape {
  /** `live` makes the exchange. What this rejects with fails the step. */
  play(traffic: Traffic, live: () => Promise<TrafficOutcome>): Promise<TrafficOutcome>;
}
