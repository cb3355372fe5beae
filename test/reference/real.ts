import { err, ok, type Result } from "neverthrow";
import { workflow } from "../../src/builder/start.ts";
import {
  type Arm,
  type Body,
  initialState,
  type Leaf,
  type Limits,
  merge,
  type NodeSpec,
  type Outcome,
  type PlanSpec,
  type Reply,
  type Retries,
  type RunSpec,
  type Seen,
  type Told,
  type Traced,
  type Undo,
} from "./description.ts";
import { unit, VirtualClock } from "./units.ts";
import { valueGiven, World } from "./world.ts";

/** The builder without its precise types: descriptions are data, so that no type can follow their steps. */
interface Chain {
  state(initial: object, options: object): Chain;
  then(id: string, exec: unknown, options?: object): Chain;
  tap(id: string, run: unknown, options?: object): Chain;
  use(plan: Plan, options?: object): Chain;
  branch(id: string, when: unknown, arms: object, options?: object): Chain;
  route(id: string, select: unknown, arms: object, options?: object): Chain;
  routeAll(id: string, select: unknown, arms: object, options?: object): Chain;
  routeBy(id: string, discriminant: string, arms: object): Chain;
  parallel(id: string, arms: object, options?: object): Chain;
  settle(id: string, arms: object, options?: object): Chain;
  race(id: string, arms: object, options?: object): Chain;
  loop(id: string, body: unknown, options: object): Chain;
  map(id: string, items: unknown, body: unknown, options?: object): Chain;
  catch(id: string, handler: unknown, options?: object): Chain;
  sleep(id: string, duration: number): Chain;
  build(): Plan;
}
export interface Plan {
  run(input: unknown, options: object): PromiseLike<Result<Ended, Ended & Told>>;
}
export interface Ended {
  readonly output?: unknown;
  readonly steps: object;
  readonly trace: readonly Traced[];
}
interface Context extends Seen {
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
  set(patch: object): void;
}

/** What steps go by: time, and who says what each call does. */
export type Ticking = Pick<VirtualClock, "after">;
export interface Scene {
  called(leaf: Leaf, seen: Seen, idempotencyKey: string): { readonly reply: Reply; readonly name: string };
  note(line: string): void;
  cause(name: string): object;
}
/** Makes the real plan, with steps that go by something else. */
export type Make = (clock: Ticking, scene: Scene) => Plan;

/** A run of the real executor, with what went wrong around it. */
export interface Played {
  readonly outcome: Outcome;
  readonly log: readonly string[];
  /** What was left behind came to in the very instant in which the run had ended. */
  readonly late: readonly string[];
  /** What nobody should ever see: steps after the end, timers left. */
  readonly faults: readonly string[];
}

/** Plays a run for real: by `begin`, where it is not simply the plan's own `run`. */
export async function play(
  run: RunSpec,
  begin = (plan: Plan, input: unknown, options: object, _clock: VirtualClock, _make: Make) => plan.run(input, options),
  clock = new VirtualClock(),
  world = new World(() => clock.units),
): Promise<Played> {
  const caller = new AbortController();
  const cancel = () => caller.abort("enough");
  if (run.cancelAt === "before the start") cancel();
  else if (run.cancelAt !== undefined) clock.after(run.cancelAt, cancel);
  const make: Make = (time, scene) => new Construction(time, scene, cancel).plan(run.plan);
  const observe = (event: { readonly type: string; readonly path: string; readonly cancelled?: boolean }) => {
    if (event.type === "step.completed") world.note(`${event.path} completed`);
    else if (event.type === "step.failed") world.note(`${event.path} ${event.cancelled === true ? "cancelled" : "failed"}`);
  };
  const { concurrency, grace, timeout } = run;
  let ended: Result<Ended, Ended & Told> | undefined;
  let logged = Number.POSITIVE_INFINITY;
  let endedAt = "";
  const options = {
    concurrency,
    grace: grace * unit,
    signal: caller.signal,
    clock,
    random: () => 0.5,
    observe,
    ...(timeout === undefined ? {} : { timeout: timeout * unit }),
  };
  void begin(make(clock, world), "in", options, clock, make).then((result) => {
    ended = result;
    logged = world.log.length;
    endedAt = `@${clock.units} `;
  });
  await clock.play(() => ended !== undefined);
  if (ended === undefined) return { outcome: { stuck: true, steps: {}, trace: [] }, log: world.log, late: [], faults: [] };
  const faults = clock.armed === 0 ? [] : [`${clock.armed} timers left behind`];
  await clock.play(() => false);
  faults.push(
    ...world.log
      .slice(logged)
      .filter((line) => !/ ends: | is told to stop/.test(line))
      .map((line) => `after the end: ${line}`),
  );
  const log = world.log.slice(0, logged);
  const late = world.log.slice(logged).filter((line) => line.startsWith(endedAt));
  const { steps, trace } = ended.isOk() ? ended.value : ended.error;
  const records = trace.map((record) => ({ ...record, startedAt: record.startedAt / unit, durationMs: record.durationMs / unit }));
  const outcome = { steps, trace: records };
  return { outcome: ended.isOk() ? { ...outcome, output: ended.value.output } : { ...outcome, failure: ended.error }, log, late, faults };
}

/** Makes a real plan of a description, with the real builder. */
class Construction {
  readonly #clock: Ticking;
  readonly #world: Scene;
  readonly #cancel: () => void;

  constructor(clock: Ticking, world: Scene, cancel: () => void) {
    this.#clock = clock;
    this.#world = world;
    this.#cancel = cancel;
  }

  plan({ name, merges, nodes }: PlanSpec): Plan {
    const started = (workflow(name) as unknown as Chain).state(initialState, merges ? { merge: { b: merge } } : {});
    return this.#chain(started, nodes).build();
  }

  #chain(start: Chain, nodes: readonly NodeSpec[]): Chain {
    return nodes.reduce((chain, node) => this.#node(chain, node), start);
  }

  #node(chain: Chain, node: NodeSpec): Chain {
    const { id } = node;
    switch (node.kind) {
      case "step":
        return chain.then(id, this.#leaf(node.leaf), { ...limits(node.limits), ...this.#undo(node) });
      case "tap":
        return chain.tap(id, this.#leaf(node.leaf), limits(node.limits));
      case "plan":
        return node.plan.name === id && node.limits.retries === undefined && node.limits.timeout === undefined && node.undo === undefined
          ? chain.use(this.plan(node.plan))
          : chain.then(id, this.plan(node.plan), { ...limits(node.limits), ...this.#undo(node) });
      case "parallel":
      case "settle":
      case "race":
        return chain[node.kind](id, this.#arms(node.arms), bounds(node));
      case "branch": {
        const leaf = this.#leaf(node.leaf);
        return chain.branch(id, (_last: unknown, context: Context) => leaf(context), this.#arms(node.arms), limits(node.limits));
      }
      case "route":
        return chain.route(id, this.#leaf(node.leaf), this.#arms(node.arms), limits(node.limits));
      case "routeAll":
        return chain.routeAll(id, this.#leaf(node.leaf), this.#arms(node.arms), {
          ...bounds(node),
          ...limits(node.retries === undefined ? {} : { retries: node.retries }),
        });
      case "routeBy":
        return chain.routeBy(id, "kind", this.#arms(node.arms));
      case "loop":
        return chain.loop(id, this.#body(node.body), {
          until: this.#leaf(node.leaf),
          max: node.max,
          onLimit: node.onLimit,
          ...limits(node.limits),
        });
      case "map":
        return chain.map(id, this.#leaf(node.leaf), this.#body(node.body), { ...bounds(node), ...limits(node.limits) });
      case "catch":
        return chain.catch(id, this.#leaf(node.leaf), { ...limits(node.limits), ...(node.undo && { undo: true }) });
      case "sleep":
        return chain.sleep(id, node.duration * unit);
    }
  }

  #arms(arms: readonly Arm[]): object {
    return Object.fromEntries(arms.map(({ key, body }) => [key, this.#body(body)]));
  }

  #body(body: Body): unknown {
    if (body.kind === "flow") return { flow: (builder: Chain) => this.#chain(builder, body.nodes) };
    const exec = body.kind === "call" ? this.#leaf(body.leaf) : this.plan(body.plan);
    const given = { ...limits(body.limits), ...this.#undo(body) };
    return Object.keys(given).length === 0 ? exec : { do: exec, ...given };
  }

  #undo({ undo }: { readonly undo?: Undo }): object {
    if (undo === undefined) return {};
    const run = (undoes: unknown, context: Context) => this.#leaf(undo.leaf, { undoes })(context);
    return { undo: undo.limits.timeout === undefined && undo.limits.retries === undefined ? run : { run, ...limits(undo.limits) } };
  }

  #leaf(leaf: Leaf, more: { readonly undoes?: unknown } = {}): (context: Context) => unknown {
    return (context) => {
      const { attempt, iteration, index, last, steps, state, failure } = context;
      const seen = { attempt, iteration, index, last, steps, state, failure, ...more };
      const { reply, name } = this.#world.called(leaf, seen, context.idempotencyKey);
      if (reply.writes !== undefined) context.set({ [reply.writes]: name });
      const give = (how: "value" | "error" | "throw" | "reason"): unknown => {
        this.#world.note(`${name} ends: ${how}`);
        if (how === "value") return valueGiven(leaf, name, context);
        if (how === "error") return err(this.#world.cause(name));
        throw how === "throw" ? this.#world.cause(name) : context.signal.reason;
      };
      const { after, onAbort } = reply;
      if (after === "at once") {
        if (reply.cancels === true) this.#cancel();
        const given = give(reply.with);
        // Both are a value to the executor.
        return reply.with === "value" && reply.writes !== undefined ? ok(given) : given;
      }
      const given = Promise.withResolvers<unknown>();
      const end = (how: Parameters<typeof give>[0]) => {
        if (onAbort !== "ignores") context.signal.removeEventListener("abort", told);
        try {
          given.resolve(give(how));
        } catch (thrown) {
          given.reject(thrown);
        }
      };
      const settling = after === "never" ? undefined : this.#clock.after(after, () => end(reply.with));
      const told = () => {
        this.#world.note(`${name} is told to stop`);
        settling?.();
        if (typeof onAbort === "object") this.#clock.after(onAbort.for, () => end(onAbort.then));
        else end("reason");
      };
      // The executor takes note of who asks for the signal.
      if (onAbort !== "ignores") context.signal.addEventListener("abort", told, { once: true });
      if (reply.cancels === true) this.#cancel();
      return given.promise;
    };
  }
}

function limits({ timeout, retries }: Limits): object {
  return { ...(timeout === undefined ? {} : { timeout: timeout * unit }), ...(retries === undefined ? {} : { retries: policy(retries) }) };
}

function policy({ max, initial, factor, cap }: Retries): object {
  return { max, initial: initial * unit, factor, cap: cap * unit, jitter: "none" };
}

function bounds({ timeout, concurrency }: { readonly timeout?: number; readonly concurrency?: number }): object {
  return { ...(timeout === undefined ? {} : { timeout: timeout * unit }), ...(concurrency === undefined ? {} : { concurrency }) };
}
