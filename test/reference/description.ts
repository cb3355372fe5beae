/*
 * A plan as plain data, and what its leaves do when they are called: shared by the reference interpreter, by the builder
 * of real plans and by the printer. All times are whole virtual ms ("units").
 */

/** What one call of a leaf does. */
export interface Reply {
  /** Units until it settles by itself; "at once" is a synchronous leaf. */
  readonly after: number | "at once" | "never";
  readonly with: "value" | "error" | "throw";
  /** What it does about its signal: rejects at once with the reason, takes `for` units to clean up, or nothing. */
  readonly onAbort: "stops" | "ignores" | { readonly for: number; readonly then: "reason" | "value" | "throw" };
  /** The key of the state that it sets. */
  readonly writes?: "a" | "b";
  /** Whether it cancels its own run, as the last thing before it returns its value or its promise. */
  readonly cancels?: true;
}

/** User code: its n-th call in a run gives its n-th reply, and the last one from then on. */
export interface Leaf {
  readonly label: string;
  readonly replies: readonly Reply[];
  readonly gives: Gives;
}

export type Gives =
  | { readonly kind: "label" }
  | { readonly kind: "last" }
  | { readonly kind: "constant"; readonly value: unknown }
  /** For `until`. */
  | { readonly kind: "from turn"; readonly turn: number }
  /** What `routeBy` reads. */
  | { readonly kind: "discriminant" };

export interface Retries {
  readonly max: number;
  readonly initial: number;
  readonly factor: number;
  readonly cap: number;
}

export interface Limits {
  readonly timeout?: number;
  readonly retries?: Retries;
}

/** How what a step did is undone. Always with a time limit: the 30 s that it has unless told are more than our clock should play at once. */
export interface Undo {
  readonly leaf: Leaf;
  readonly limits: Limits;
}

export type Body =
  | { readonly kind: "call"; readonly leaf: Leaf; readonly limits: Limits; readonly undo?: Undo }
  | { readonly kind: "plan"; readonly plan: PlanSpec; readonly limits: Limits; readonly undo?: Undo }
  | { readonly kind: "flow"; readonly nodes: readonly NodeSpec[] };

export interface Arm {
  readonly key: string;
  readonly body: Body;
}

interface Grouped {
  readonly arms: readonly Arm[];
  readonly timeout?: number;
  readonly concurrency?: number;
}

export type NodeSpec = { readonly id: string } & (
  | { readonly kind: "step" | "tap"; readonly leaf: Leaf; readonly limits: Limits; readonly undo?: Undo }
  | { readonly kind: "plan"; readonly plan: PlanSpec; readonly limits: Limits; readonly undo?: Undo }
  | ({ readonly kind: "parallel" | "settle" | "race" } & Grouped)
  | { readonly kind: "branch" | "route"; readonly leaf: Leaf; readonly limits: Limits; readonly arms: readonly Arm[] }
  | ({ readonly kind: "routeAll"; readonly leaf: Leaf; readonly retries?: Retries } & Grouped)
  | { readonly kind: "routeBy"; readonly arms: readonly Arm[] }
  | {
      readonly kind: "loop";
      readonly body: Body;
      readonly leaf: Leaf;
      readonly limits: Limits;
      readonly max: number;
      readonly onLimit: "continue" | "fail";
    }
  | { readonly kind: "map"; readonly leaf: Leaf; readonly body: Body; readonly limits: Limits; readonly concurrency?: number }
  | { readonly kind: "catch"; readonly leaf: Leaf; readonly limits: Limits; readonly undo?: true }
  | { readonly kind: "sleep"; readonly duration: number }
);

export interface PlanSpec {
  readonly name: string;
  /** Whether concurrent writes of `b` are merged; those of `a` never are. */
  readonly merges: boolean;
  readonly nodes: readonly NodeSpec[];
}

export interface RunSpec {
  readonly plan: PlanSpec;
  readonly concurrency: number;
  readonly grace: number;
  readonly timeout?: number;
  /** When the caller's signal aborts. */
  readonly cancelAt?: number | "before the start";
}

export const initialState = { a: "a0", b: "b0" } as const;

/** Neither commutative nor idempotent: shows how often it was called, and in which order. */
export const merge = (joined: unknown, arm: unknown, base: unknown): unknown => `(${joined}+${arm}/${base})`;

/** What a leaf sees of its context. */
export interface Seen {
  readonly last: unknown;
  readonly steps: object;
  readonly state: object;
  readonly attempt: number;
  readonly iteration: number | undefined;
  readonly index: number | undefined;
  readonly failure: unknown;
  /** Of an undo: what its step gave. */
  readonly undoes?: unknown;
}

export interface Outcome {
  readonly output?: unknown;
  readonly failure?: Told;
  readonly steps: object;
  readonly trace: readonly Traced[];
  /** Nothing is left that could happen, and the run has not ended. */
  readonly stuck?: true;
}

export interface Told {
  readonly type: string;
  readonly step: string;
  readonly path: string;
  readonly attempts: number;
  readonly cause?: unknown;
  readonly suppressed: readonly Told[];
}

export interface Traced {
  readonly path: string;
  readonly step: string;
  readonly kind: string;
  readonly status: string;
  readonly attempts: number;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly route?: string | readonly string[];
  readonly count?: number;
  readonly limitReached?: true;
}

/** Names that a node makes visible to the steps after it. */
export function namesOf(node: NodeSpec): readonly string[] {
  switch (node.kind) {
    case "tap":
    case "sleep":
      return [];
    case "step":
    case "plan":
    case "catch":
    case "map":
      return [node.id];
    case "loop":
      return [node.id, ...innerNames(node.body)];
    case "parallel":
    case "settle":
    case "race":
      return [node.id, ...node.arms.flatMap(({ key, body }) => [key, ...innerNames(body)])];
    default:
      return [node.id, ...node.arms.flatMap(({ body }) => innerNames(body))];
  }
}

export function innerNames(body: Body): readonly string[] {
  return body.kind === "flow" ? body.nodes.flatMap(namesOf) : [];
}
