import { BuildError, Shown } from "../plan/build-error.ts";
import type { Node } from "../plan/node.ts";

/** Who has a name: a step, or an arm of one. It is put into words only when a name is refused. */
export interface Holder {
  readonly step: string;
  readonly arm: boolean;
}

/** The names that a piece of a workflow may not use again, and where each was used. */
export interface Taken {
  /** Who has a name; undefined for a free one. */
  holder(name: string): Holder | undefined;
}

export const nothingTaken: Taken = { holder: () => undefined };

/** Refuses a name that is taken. */
export function claim(name: string, taken: Taken, what?: () => string): void {
  const holder = taken.holder(name);
  if (holder === undefined) return;
  const step = `step ${JSON.stringify(holder.step)}`;
  const got = new Shown(holder.arm ? `one that is an arm of ${step}` : `one that ${step} has`);
  throw new BuildError(`${what?.() ?? `the step id ${JSON.stringify(name)}`} to be new in this workflow`, got, {
    step: name,
    advice: "choose another; only arms of a branch or a route may share names",
  });
}

/** Names claimed one by one on top of those taken before. */
export class Claims implements Taken {
  readonly #before: Taken;
  readonly #names = new Map<string, Holder>();

  constructor(before: Taken) {
    this.#before = before;
  }

  holder(name: string): Holder | undefined {
    return this.#names.get(name) ?? this.#before.holder(name);
  }

  claim(name: string, holder: Holder, what?: () => string): void {
    claim(name, this, what);
    this.#names.set(name, holder);
  }

  /** Adds a name that may be there already, as exclusive arms may share one. */
  share(name: string, holder: Holder): void {
    this.#names.set(name, holder);
  }

  names(): Iterable<readonly [name: string, holder: Holder]> {
    return this.#names;
  }
}

/** Who has a name, and since which node; only that node's index where the name is its own, as most are. */
type Own = number | { readonly at: number; readonly holder: Holder };

interface Log {
  readonly nodes: Node[];
  readonly names: Map<string, Own>;
}

/**
 * A chain's nodes and names as a persistent list. Builders that grow out of one another share one log and see a prefix
 * of it each, so that adding a step costs the same at any length; the second builder to grow out of the same one copies
 * the prefix first, so that forks never see each other.
 */
export class Steps implements Taken {
  readonly length: number;
  readonly #log: Log;
  readonly #outer: Taken;

  private constructor(log: Log, length: number, outer: Taken) {
    this.#log = log;
    this.length = length;
    this.#outer = outer;
  }

  static empty(outer: Taken): Steps {
    return new Steps({ nodes: [], names: new Map() }, 0, outer);
  }

  holder(name: string): Holder | undefined {
    const own = this.#log.names.get(name);
    return own !== undefined && indexOf(own) < this.length ? holderOf(name, own) : this.#outer.holder(name);
  }

  /** With the names that the node brings along; its own alone, unless told. */
  add(node: Node, names?: Iterable<readonly [name: string, holder: Holder]>): Steps {
    const at = this.length;
    const log = this.#log.nodes.length === at ? this.#log : this.#copy();
    log.nodes.push(node);
    if (names === undefined) log.names.set(node.id, at);
    else for (const [name, holder] of names) log.names.set(name, { at, holder });
    return new Steps(log, at + 1, this.#outer);
  }

  nodes(): readonly Node[] {
    return Object.freeze(this.#log.nodes.slice(0, this.length));
  }

  /** All names in use here, those of nested chains that are visible here included. */
  *names(): Iterable<readonly [name: string, holder: Holder]> {
    for (const [name, own] of this.#log.names) if (indexOf(own) < this.length) yield [name, holderOf(name, own)];
  }

  #copy(): Log {
    const names = new Map([...this.#log.names].filter(([, own]) => indexOf(own) < this.length));
    return { nodes: this.#log.nodes.slice(0, this.length), names };
  }
}

function indexOf(own: Own): number {
  return typeof own === "number" ? own : own.at;
}

function holderOf(name: string, own: Own): Holder {
  return typeof own === "number" ? { step: name, arm: false } : own.holder;
}
