import type { Schema } from "../types/schema.ts";
import type { Executable } from "./executable.ts";
import type { Limits, Retry } from "./limits.ts";

/** User code that a node holds. What it takes is checked by the builder's public types. */
export type UserFunction = (...args: never[]) => unknown;

interface Base {
  readonly id: string;
}

/** Runs one executable once: what `then`, `tap` and `use` add, and what most arms and bodies are. */
export interface CallNode extends Base {
  readonly kind: "step" | "tap";
  readonly exec: Executable;
  /** Builds the executable's input from the context. */
  readonly input?: UserFunction;
  readonly output?: Schema;
  readonly limits: Limits;
  readonly undo?: Undo;
  /** Replaces keys of a sub-workflow's initial state: a value, or a function of the context. */
  readonly state?: object | UserFunction;
}

export interface Undo {
  readonly run: UserFunction;
  readonly limits: Limits;
}

/** What an arm, a loop or a map runs: one call, or a chain. */
export type Body = { readonly kind: "call"; readonly node: CallNode } | { readonly kind: "flow"; readonly nodes: readonly Node[] };

export interface Arm {
  readonly key: string;
  readonly body: Body;
}

/** Several arms at once. */
export interface GroupNode extends Base {
  readonly kind: "parallel" | "settle" | "race";
  readonly arms: readonly Arm[];
  readonly timeout: number | undefined;
  readonly concurrency: number;
}

/** `yes`, and `no` where the user gave one. */
export interface BranchNode extends Base {
  readonly kind: "branch";
  readonly when: UserFunction;
  readonly limits: Limits;
  readonly arms: readonly Arm[];
}

export interface RouteNode extends Base {
  readonly kind: "route";
  readonly select: UserFunction;
  readonly limits: Limits;
  readonly arms: readonly Arm[];
}

export interface RouteAllNode extends Base {
  readonly kind: "routeAll";
  readonly select: UserFunction;
  readonly limits: Limits;
  readonly arms: readonly Arm[];
  readonly timeout: number | undefined;
  readonly concurrency: number;
}

export interface RouteByNode extends Base {
  readonly kind: "routeBy";
  readonly discriminant: string | symbol;
  readonly arms: readonly Arm[];
}

export interface LoopNode extends Base {
  readonly kind: "loop";
  readonly body: Body;
  readonly until: UserFunction;
  /** Of `until`. */
  readonly limits: Limits;
  readonly max: number;
  readonly onLimit: "continue" | "fail";
}

export interface MapNode extends Base {
  readonly kind: "map";
  readonly items: UserFunction;
  readonly body: Body;
  /** Of each item. */
  readonly limits: Limits;
  readonly concurrency: number;
}

export interface CatchNode extends Base {
  readonly kind: "catch";
  readonly handler: UserFunction;
  readonly limits: Limits;
  readonly undo: boolean;
}

export interface SleepNode extends Base {
  readonly kind: "sleep";
  /** Ms, or a function that gives ms or the date to wake at. */
  readonly duration: number | UserFunction;
}

/** Waits for an answer from outside. */
export interface WaitNode extends Base {
  readonly kind: "wait";
  /** What an answer must fit. */
  readonly schema: Schema;
  /** What whoever answers gets to see. */
  readonly show: UserFunction | undefined;
  /** Ms to wait. */
  readonly timeout: number | undefined;
}

/** One step of a chain: plain data, frozen, told apart by `kind`. */
export type Node =
  | CallNode
  | GroupNode
  | BranchNode
  | RouteNode
  | RouteAllNode
  | RouteByNode
  | LoopNode
  | MapNode
  | CatchNode
  | SleepNode
  | WaitNode;

export type Kind = Node["kind"];

/** How two concurrent arms' writes to one key become one value. Called at joins only, once per arm that wrote the key. */
export type Merge = (joined: unknown, arm: unknown, base: unknown) => unknown;

export interface StateDefinition {
  /** Frozen all the way down. */
  readonly initial: object;
  readonly merge: ReadonlyMap<string, Merge>;
}

/** All that a workflow is, as data. */
export interface Definition {
  readonly name: string;
  readonly root: readonly Node[];
  readonly input: Schema | undefined;
  readonly output: Schema | undefined;
  readonly state: StateDefinition | undefined;
}

export type { Limits, Retry };
