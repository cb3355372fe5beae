import type { Journal } from "./agenda.ts";
import { Calls } from "./calls.ts";
import {
  type Arm,
  type Body,
  type Told as Failure,
  innerNames,
  type Leaf,
  type Limits,
  type NodeSpec,
  namesOf,
  type PlanSpec,
  type RunSpec,
} from "./description.ts";
import { type Code, catchable, type Env, type Execution, Failing, fresh, type Line, type Named, told } from "./line.ts";

/*
 * What a plan means, a second time: a discrete-event simulation of DESIGN section 3 that shares no code with src/execute.
 * A line is one strand of execution (the run, an arm, an item): a generator that yields whenever it has to wait. A group
 * is lines that live and die together. Time is virtual, and user code is a script. Where DESIGN is silent, we chose:
 * - Events of one instant happen in the order in which they were scheduled, each followed to its end before the next. A
 *   time limit is armed before what it limits begins, so at equal times the limit comes first; a grace is armed after
 *   the signal has aborted, so a cleanup that takes just as long is in time.
 * - A free permit goes to the call that waits longest, then to a new arm, of the group that had room last. No arm begins
 *   before there is a permit. Predicates and selectors take one, as any call does.
 * - A time limit fails when the attempt has cleaned up or its grace is over, not before. An attempt that was aborted
 *   from outside has the grace alone to keep to: its own limit counts no more.
 * - An abort is heard first by those who share their group's signal, in the order of starting, then by those with a time
 *   limit of their own, the last first; outer groups before inner ones, and of these that of the last arm first.
 * - Under an aborted group a value still counts as done, an echo of the signal's reason makes the step cancelled, and
 *   any other error is suppressed; what is left behind after the grace is cancelled. A race drops its losers' errors.
 * - What a step that listens to its signal throws after an abort is an answer to it, and never the primary.
 * - A race that all arms lost fails as a group does: with the first failure in time, in one tick the first declared.
 * - A pause that would last to the run's deadline is not begun, whoever asked for it: the step fails at once. (DESIGN says
 *   so of Retry-After; BATTERY TO07 could be read the other way for an own pause.)
 * - A state conflict is a mistake in the plan: no attempt can mend it.
 * - A sub-workflow's steps see the turn and the item around it. What `last` is in a handler is not looked at.
 * What differs on a journal is said in agenda.ts.
 * Not modelled: schemas, jitter, Retry-After, `retries.when`, sources of a map other than arrays, agents, and an
 * arm that cancels its own run synchronously (whether its group still counts as done depends on who looks first).
 */

const within = (path: string, id: string) => (path === "" ? id : `${path}/${id}`);

export class Interpreter extends Calls {
  readonly #plan: PlanSpec;

  constructor(run: RunSpec, journal: Journal = "none") {
    super(run, journal);
    this.#plan = run.plan;
  }

  protected override whole(line: Line): Code {
    return this.#chain(line, this.#plan.nodes, { path: "", board: this.board, sees: [], around: {}, merges: this.#plan.merges }, "in");
  }

  /** Steps in a row. A failure goes to the next `catch`, as with a Promise. */
  *#chain(line: Line, nodes: readonly NodeSpec[], env: Env, start: unknown): Code {
    let last = start;
    let { sees } = env;
    let failure = undefined as Failure | undefined;
    const done = line.done.length;
    for (const node of nodes) {
      try {
        if (node.kind !== "catch") {
          if (failure === undefined) last = yield* this.#node(line, node, { ...env, sees }, last);
        } else if (failure !== undefined && catchable(failure)) {
          const found = failure;
          failure = undefined;
          const caught = { ...env, sees, failure: node.undo === true ? yield* this.undone(line, done, found) : found };
          last = yield* this.call(line, this.#named(node.id, node.kind, env), node.leaf, node.limits, caught, undefined);
        }
      } catch (thrown) {
        if (!(thrown instanceof Failing)) throw thrown;
        failure = thrown.failure;
      }
      sees = [...sees, ...namesOf(node)];
    }
    if (failure !== undefined) throw new Failing(failure);
    return last;
  }

  #named(id: string, kind: string, { path, board }: Env): Named {
    return { id, kind, path: within(path, id), publish: (value) => void board.set(id, value) };
  }

  *#node(line: Line, node: Exclude<NodeSpec, { readonly kind: "catch" }>, env: Env, last: unknown): Code {
    const named = this.#named(node.id, node.kind, env);
    switch (node.kind) {
      case "step":
        return yield* this.call(line, { ...named, undo: node.undo }, node.leaf, node.limits, env, last);
      case "tap":
        yield* this.call(line, { ...named, publish: () => {} }, node.leaf, node.limits, env, last);
        return last;
      case "plan":
        return yield* this.#body(line, node, named, env, last);
      case "sleep":
        yield* this.#recorded(line, this.begin(line, named), this.sleep(line, node.duration));
        return last;
      default: {
        const record = this.begin(line, named);
        const value = yield* this.#recorded(line, record, this.#composite(line, node, named, record, env, last));
        named.publish?.(value);
        return value;
      }
    }
  }

  *#recorded<T>(line: Line, record: Execution, code: Code<T>): Code<T> {
    try {
      const value = yield* code;
      this.finish(line, record, "completed");
      return value;
    } catch (thrown) {
      if (thrown instanceof Failing) this.finish(line, record, "failed");
      throw thrown;
    }
  }

  /** What an arm, a turn or an item runs. */
  *#body(line: Line, body: Body, named: Named, env: Env, last: unknown): Code {
    if (body.kind === "call") return yield* this.call(line, { ...named, undo: body.undo }, body.leaf, body.limits, env, last);
    if (body.kind === "plan") return yield* this.#workflow(line, body, named, env, last);
    const value = yield* this.#chain(line, body.nodes, { ...env, path: named.path }, last);
    named.publish?.(value);
    return value;
  }

  /** A sub-workflow: names and state of its own, and what it gives under its own name. */
  *#workflow(line: Line, { plan, limits, undo }: Extract<Body, { readonly kind: "plan" }>, named: Named, env: Env, last: unknown): Code {
    const chain = (path: string, board: Map<string, unknown>) => (on: Line) =>
      this.#chain(on, plan.nodes, { ...env, path, board, sees: [], around: {}, merges: plan.merges }, last);
    const book = (on: Line, what: Named, output: unknown) => this.book(on, what, output, env, last);
    const once = (path: string) =>
      function* begin(on: Line): Code<{ readonly output: unknown; readonly steps: object }> {
        const board = new Map<string, unknown>();
        const outer = on.state;
        on.state = fresh;
        let output: unknown;
        try {
          output = yield* chain(path, board)(on);
        } finally {
          on.state = outer;
        }
        book(on, { ...named, path, undo }, output);
        return { output, steps: Object.fromEntries(board) };
      };
    const record = this.begin(line, { ...named, kind: "workflow" });
    const run = isLimited(limits) ? this.retried(line, named, record, limits, once) : once(named.path)(line);
    const given = (yield* this.#recorded(line, record, run)) as { readonly output: unknown };
    named.publish?.(given);
    return given.output;
  }

  *#composite(line: Line, node: Composite, named: Named, record: Execution, env: Env, last: unknown): Code {
    const { id, path } = named;
    const { board } = env;
    const decide = (leaf: Leaf, limits: Limits = {}) => this.call(line, { id, path }, leaf, limits, env, last);
    const begin =
      ({ key, body }: Arm, publish?: Named["publish"]) =>
      (on: Line) =>
        this.#body(on, body, { id: key, kind: "step", path: within(path, key), ...(publish && { publish }) }, { ...env, path }, last);
    const choose = (key: unknown): Arm => {
      const arm = "arms" in node ? node.arms.find((candidate) => candidate.key === key) : undefined;
      if (arm === undefined) throw new Failing(told("no_route", named, 1));
      return arm;
    };
    switch (node.kind) {
      case "branch": {
        const key = (yield* decide(node.leaf, node.limits)) === true ? "yes" : "no";
        if (!node.arms.some((arm) => arm.key === key)) return last;
        record.route = key;
        return yield* begin(choose(key))(line);
      }
      case "route":
      case "routeBy": {
        const arm = choose(yield* node.kind === "route" ? decide(node.leaf, node.limits) : decide(discriminant));
        record.route = arm.key;
        return { route: arm.key, output: yield* begin(arm)(line) };
      }
      case "routeAll": {
        const keys = (yield* decide(node.leaf, node.retries === undefined ? {} : { retries: node.retries })) as readonly unknown[];
        const chosen = new Set(keys.map(choose));
        const arms = node.arms.filter((arm) => chosen.has(arm));
        record.route = arms.map(({ key }) => key);
        const begun = arms.map((arm) => begin(arm));
        const results = yield* this.group(line, named, "all", begun, node, env.merges);
        return Object.fromEntries(arms.map(({ key }, index) => [key, results[index]]));
      }
      case "parallel":
      case "settle": {
        const settles = node.kind === "settle";
        const arms = node.arms.map((arm) => {
          const tell = (value: unknown) => void board.set(arm.key, value);
          if (!settles) return begin(arm, tell);
          const fine = begin(arm, (value) => tell({ ok: true, value }));
          return telling(fine, tell);
        });
        const results = yield* this.group(line, named, settles ? "settle" : "all", arms, node, env.merges, 1, ({ results }) => {
          // What went wrong in undoing an arm has come to its error since.
          for (const [index, { key }] of node.arms.entries())
            if (settles && (results[index] as { readonly ok: boolean } | undefined)?.ok === false) board.set(key, results[index]);
        });
        return Object.fromEntries(node.arms.map(({ key }, index) => [key, results[index]]));
      }
      case "race": {
        const given = new Map<number, unknown>();
        const arms = node.arms.map((arm, index) => begin(arm, (value) => void given.set(index, value)));
        let won: Arm | undefined;
        const results = yield* this.group(line, named, "race", arms, node, env.merges, 1, ({ winner }) => {
          won = node.arms[winner];
          if (won === undefined) return;
          record.route = won.key;
          board.set(won.key, given.get(winner));
          // What losers did is not to be seen.
          for (const { key, body } of node.arms) if (key !== record.route) for (const name of innerNames(body)) board.delete(name);
        });
        return results[node.arms.indexOf(won as Arm)];
      }
      case "loop":
        return yield* this.#loop(line, node, named, record, env, last);
      case "map": {
        const items = (yield* decide(node.leaf)) as readonly unknown[];
        const begun = items.map((item, index) => (on: Line) => this.#item(on, node, named, env, item, index));
        const results = yield* this.group(line, named, "all", begun, concurrencyOf(node), env.merges);
        record.count = items.length;
        return items.map((_, index) => results[index]);
      }
    }
  }

  *#loop(line: Line, node: Loop, { id, path }: Named, record: Execution, env: Env, start: unknown): Code {
    const names = innerNames(node.body);
    let last = start;
    for (let iteration = 1; ; iteration++) {
      // A turn sees the one before only through `last`.
      for (const name of names) env.board.delete(name);
      record.count = iteration;
      const turn = { id, path: `${path}#${iteration}` };
      last = yield* this.#body(line, node.body, { ...turn, kind: "turn" }, { ...env, iteration }, last);
      const done = yield* this.call(line, turn, node.leaf, node.limits, { ...env, iteration, sees: [...env.sees, ...names] }, last);
      if (done === true) return last;
      if (iteration < node.max) continue;
      if (node.onLimit === "fail") throw new Failing(told("loop_limit", { id, path }, 1));
      record.limitReached = true;
      return last;
    }
  }

  *#item(
    line: Line,
    { id, body, limits }: Extract<NodeSpec, { readonly kind: "map" }>,
    map: Named,
    env: Env,
    item: unknown,
    index: number,
  ): Code {
    const named = { id, kind: "item", path: `${map.path}[${index}]` };
    const inside = { ...env, index };
    if (body.kind !== "flow") return yield* this.#body(line, { ...body, limits }, named, inside, item);
    const around = this.seen(env);
    const flow = (path: string) => (on: Line) => this.#chain(on, body.nodes, { ...inside, path, around, sees: [], board: new Map() }, item);
    if (!isLimited(limits)) return yield* flow(named.path)(line);
    const record = this.begin(line, named);
    return yield* this.#recorded(line, record, this.retried(line, named, record, limits, flow));
  }
}

type Composite = Exclude<NodeSpec, { readonly kind: "step" | "tap" | "plan" | "sleep" | "catch" }>;
type Loop = Extract<NodeSpec, { readonly kind: "loop" }>;

const discriminant: Leaf = {
  label: "discriminant",
  replies: [{ after: "at once", with: "value", onAbort: "ignores" }],
  gives: { kind: "discriminant" },
};
/** An arm whose outcome is told when it ends; of a sub-workflow without its steps. */
const telling = (begin: (on: Line) => Code, tell: (outcome: object) => void) =>
  function* arm(on: Line): Code {
    try {
      const value = yield* begin(on);
      tell({ ok: true, value });
      return value;
    } catch (thrown) {
      if (thrown instanceof Failing && catchable(thrown.failure)) tell({ ok: false, error: thrown.failure });
      throw thrown;
    }
  };
const isLimited = ({ timeout, retries }: Limits) => timeout !== undefined || (retries?.max ?? 0) > 0;
const concurrencyOf = ({ concurrency }: { readonly concurrency?: number }) => (concurrency === undefined ? {} : { concurrency });
