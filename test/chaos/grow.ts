import { workflow } from "../../src/index.ts";
import { Chance } from "./chance.ts";
import { type Behaviour, hanging, type Ledger, leaf } from "./leaves.ts";
import { number, Staff } from "./models.ts";

// Grown at run time: no type can follow these chains.
type Chain = any;

/** A plan that a seed has grown, and what its judge has to know of it. */
export interface Grown {
  readonly plan: Chain;
  readonly waits: readonly string[];
  /** How it ends: with an output, with a failure after which all is undone, or by a cancel from elsewhere while it hangs. */
  readonly ending: "completed" | "failed" | "cancelled";
  readonly kinds: ReadonlySet<string>;
}

interface Outside {
  readonly ledger: Ledger;
  /** Of the model server. */
  readonly url: string;
  /** Is called when a run that is to be cancelled has nothing else to do. */
  readonly idle: () => void;
}

/** Where a chain grows: `path` is undefined where it may run more than once, and agents and waits would have no path of their own. */
interface Place {
  readonly path: string | undefined;
  readonly depth: number;
  /** What was done here may be undone. */
  readonly undoes: boolean;
}

/**
 * Plans of every kind of node, of which each way through any number of kills comes to the same: whatever could depend on who
 * is faster (a race, arms that are aborted) is decided by arms that hang until they are told to stop.
 */
export function grow(seed: number, outside: Outside): Grown {
  return new Gardener(seed, outside).grow();
}

class Gardener {
  readonly #chance: Chance;
  readonly #outside: Outside;
  readonly #staff: Staff;
  readonly #waits: string[] = [];
  readonly #kinds = new Set<string>();
  #names = 0;

  constructor(seed: number, outside: Outside) {
    this.#chance = new Chance(seed);
    this.#outside = outside;
    this.#staff = new Staff(seed, outside.url, outside.ledger);
  }

  grow(): Grown {
    const ending = this.#chance.of(["completed", "completed", "completed", "failed", "failed", "cancelled"] as const);
    const started = this.#stateful("chaos");
    const { ledger, idle } = this.#outside;
    const chain = this.#chain(started, { path: "", depth: 0, undoes: true }, this.#chance.between(3, 6));
    const ends: Record<Grown["ending"], (chain: Chain) => Chain> = {
      completed: (chain) => chain.then("end", ({ last, state }: Chain) => ({ last, hits: state.hits })),
      failed: (chain) => chain.then("end", leaf(ledger, "end", { fails: { times: 1_000, by: this.#chance.of(["error", "throw"]) } })),
      cancelled: (chain) => chain.then("end", hanging(ledger, idle)),
    };
    return { plan: ends[ending](chain).build(), waits: this.#waits, ending, kinds: this.#kinds };
  }

  #stateful(name: string): Chain {
    return (workflow(name) as Chain).state(
      { hits: 0 },
      { merge: { hits: (joined: number, arm: number, base: number) => joined + arm - base } },
    );
  }

  #chain(chain: Chain, place: Place, length: number): Chain {
    let grown = chain;
    for (let link = 0; link < length; link++) grown = this.#link(grown, place);
    return grown;
  }

  #link(chain: Chain, place: Place): Chain {
    const { path, depth } = place;
    const shapes = ["step", "step", "tap", "sleep", "caught", "expired"];
    if (depth < 2) shapes.push("parallel", "settle", "race", "branch", "route", "routeAll", "routeBy", "loop", "map", "sub", "again");
    if (path !== undefined) shapes.push("wait", "agent", "team");
    const shape = this.#chance.of(shapes);
    this.#kinds.add(shape);
    const id = `${shape}${++this.#names}`;
    const grow = this.#growers[shape] as (chain: Chain, id: string, place: Place) => Chain;
    return grow(chain, id, { ...place, depth: depth + 1 });
  }

  /** A step with its options: it may fail at first, hang at first, be undone, count. */
  #step(id: string, { undoes }: Place): readonly [run: Chain, options: object] {
    const { ledger } = this.#outside;
    const retries = { max: 8, initial: 1, jitter: "none" };
    const ms = this.#chance.between(0, 3);
    const counts = this.#chance.once(3);
    const undo = undoes && this.#chance.once(2) ? { undo: this.#undo(id) } : {};
    if (this.#chance.once(4)) {
      const by = this.#chance.of(["error", "throw", "hanging"] as const);
      const fails = { times: this.#chance.between(1, 2), by };
      return [leaf(ledger, id, { ms, counts, fails }), { retries, ...(by === "hanging" ? { timeout: 60 } : {}), ...undo }];
    }
    return [leaf(ledger, id, { ms, counts }), undo];
  }

  #undo(id: string): object {
    const fails: Behaviour = this.#chance.once(3) ? { fails: { times: 1, by: "throw" } } : {};
    const run = leaf(this.#outside.ledger, `${id}/undo`, fails);
    return { run: (_: unknown, context: Chain) => run(context), retries: { max: 8, initial: 1, jitter: "none" } };
  }

  #arm(place: Place): Chain {
    const id = `arm${++this.#names}`;
    if (this.#chance.once(2)) return { flow: (builder: Chain) => this.#chain(builder, place, this.#chance.between(1, 2)) };
    const [run, options] = this.#step(id, place);
    return { do: run, ...options };
  }

  /** Arms by name, each in a place of its own. */
  #arms(id: string, place: Place, keys: readonly string[], inner = place): object {
    return Object.fromEntries(keys.map((key) => [key, this.#arm({ ...inner, path: below(place.path, `${id}/${key}`) })]));
  }

  #bounds(): object {
    return this.#chance.once(3) ? { concurrency: this.#chance.between(1, 2) } : {};
  }

  /** A step that was done and then has to be undone, whatever comes of the run. */
  #doomed(id: string, then: (builder: Chain) => Chain): object {
    const run = leaf(this.#outside.ledger, id, { ms: 1 });
    return { flow: (builder: Chain) => then(builder.then(id, run, { undo: this.#undo(id) })) };
  }

  readonly #growers: Record<string, (chain: Chain, id: string, place: Place) => Chain> = {
    step: (chain, id, place) => chain.then(id, ...this.#step(id, place)),
    tap: (chain, id) => chain.tap(id, leaf(this.#outside.ledger, id, {})),
    sleep: (chain, id) => chain.sleep(id, this.#chance.between(1, 20)),
    parallel: (chain, id, place) =>
      chain.parallel(id, this.#arms(id, place, [`${id}a`, `${id}b`, `${id}c`].slice(this.#chance.between(0, 1))), this.#bounds()),
    settle: (chain, id, place) =>
      chain.settle(id, {
        ...this.#arms(id, place, [`${id}a`]),
        [`${id}b`]: this.#doomed(`doomed${id}`, (builder) =>
          builder.then(`fails${id}`, leaf(this.#outside.ledger, id, { fails: { times: 1_000, by: "error" } })),
        ),
      }),
    race: (chain, id) => {
      const { ledger } = this.#outside;
      return chain.race(id, {
        [`${id}a`]: leaf(ledger, id, { ms: this.#chance.between(1, 6) }),
        [`${id}b`]: hanging(ledger),
        [`${id}c`]: this.#doomed(`loser${id}`, (builder) => builder.then(`hangs${id}`, hanging(ledger))),
      });
    },
    branch: (chain, id, place) => {
      const yes = this.#chance.once(2);
      return chain.branch(id, async () => yes, this.#arms(id, place, ["yes", "no"]));
    },
    route: (chain, id, place) => {
      const key = this.#chance.of(["a", "b"]);
      return chain.route(id, () => key, this.#arms(id, place, ["a", "b"]));
    },
    routeAll: (chain, id, place) => chain.routeAll(id, () => ["a", "b"], this.#arms(id, place, ["a", "b", "c"]), this.#bounds()),
    routeBy: (chain, id, place) => chain.then(`tag${id}`, () => ({ kind: "a" })).routeBy(id, "kind", this.#arms(id, place, ["a", "b"])),
    loop: (chain, id, place) => {
      const turns = this.#chance.between(2, 3);
      return chain.loop(id, this.#arm({ ...place, path: undefined }), { until: ({ iteration }: Chain) => iteration === turns, max: 5 });
    },
    map: (chain, id, place) => {
      const items = Array.from({ length: this.#chance.between(2, 5) }, (_, index) => index);
      const gives = this.#chance.of([() => items, () => new Set(items), () => asynchronous(items)]);
      return chain.map(id, gives, this.#arm({ ...place, path: undefined }), this.#bounds());
    },
    // Arms that hang are told to stop by the one that fails, and what comes after is skipped.
    caught: (chain, id) => {
      const { ledger } = this.#outside;
      const arms = { [`${id}a`]: hanging(ledger), [`${id}b`]: leaf(ledger, id, { ms: 1, fails: { times: 1_000, by: "throw" } }) };
      return chain
        .parallel(id, arms)
        .then(`skipped${id}`, leaf(ledger, id, {}))
        .catch(`rescue${id}`, ({ failure }: Chain) => failure.step);
    },
    expired: (chain, id) => {
      const { ledger } = this.#outside;
      const arms = { [`${id}a`]: hanging(ledger), [`${id}b`]: hanging(ledger) };
      return chain.parallel(id, arms, { timeout: 20 }).catch(`rescue${id}`, ({ failure }: Chain) => failure.type);
    },
    sub: (chain, id, place) => {
      const inner = this.#chain(this.#stateful(id), { ...place, path: below(place.path, id) }, this.#chance.between(1, 3));
      return chain.use(inner.build());
    },
    // All of it again, under the same keys, until its last step has been tried often enough in whatever life.
    again: (chain, id) => {
      const { ledger } = this.#outside;
      const inner = this.#stateful(id)
        .then(`first${id}`, leaf(ledger, id, { ms: 1, counts: true }))
        .then(`last${id}`, async (context: Chain) => {
          await leaf(ledger, id, {})(context);
          if (ledger.times(context.idempotencyKey) < 3) throw new Error("again");
          return id;
        });
      return chain.then(id, inner.build(), { retries: { max: 8, initial: 1, jitter: "none" } });
    },
    wait: (chain, id) => {
      this.#waits.push(id);
      return chain.waitFor(id, number);
    },
    agent: (chain, id, { path = "" }) => chain.then(id, this.#staff.worker(id, below(path, id) as string)),
    team: (chain, id, { path = "" }) =>
      chain.then(id, this.#staff.team(id, below(path, id) as string, this.#chance.of(["coordinate", "collaborate"]))),
  };
}

function below(path: string | undefined, id: string): string | undefined {
  return path === undefined || path === "" ? (path === undefined ? undefined : id) : `${path}/${id}`;
}

async function* asynchronous<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield item;
}
