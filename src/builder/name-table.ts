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

interface Log {
  readonly nodes: Node[];
  /** The ids of nodes that bring no other name along, as most do. Looked up once for each: in a long chain that is what a step costs. */
  readonly ids: Set<string>;
  /** All names that come with the other nodes, and with which of them. */
  readonly names: Map<string, { readonly at: number; readonly holder: Holder }>;
}

/**
 * A chain's nodes and names as a persistent list. Builders that grow out of one another share one log and see a prefix
 * of it each, so that adding a step costs the same at any length; the second builder to grow out of the same one copies
 * the prefix first, so that forks never see each other.
 */
export class Steps implements Taken {
  declare readonly length: number;
  /** What the chain is inside of: one for all that grew out of the same builder. */
  declare readonly outer: Taken;
  readonly #log: Log;

  private constructor(log: Log, length: number, outer: Taken) {
    this.#log = log;
    this.length = length;
    this.outer = outer;
  }

  static empty(outer: Taken): Steps {
    return new Steps({ nodes: [], ids: new Set(), names: new Map() }, 0, outer);
  }

  holder(name: string): Holder | undefined {
    return this.#hasId(name) ? { step: name, arm: false } : this.#holderBeside(name);
  }

  /** With a node whose name nobody may have yet. */
  add(node: Node): Steps {
    const { id } = node;
    const log = this.#ownLog();
    const { size } = log.ids;
    if (this.#holderBeside(id) !== undefined || log.ids.add(id).size === size) claim(id, this);
    log.nodes.push(node);
    return new Steps(log, this.length + 1, this.outer);
  }

  /** With a node and all the names that it brings along, which have been claimed. */
  addWith(node: Node, names: Iterable<readonly [name: string, holder: Holder]>): Steps {
    const at = this.length;
    const log = this.#ownLog();
    log.nodes.push(node);
    for (const [name, holder] of names) log.names.set(name, { at, holder });
    return new Steps(log, at + 1, this.outer);
  }

  nodes(): readonly Node[] {
    return Object.freeze(this.#log.nodes.slice(0, this.length));
  }

  /** All names in use here, those of nested chains that are visible here included. */
  *names(): Iterable<readonly [name: string, holder: Holder]> {
    const { nodes, ids, names } = this.#log;
    for (const { id } of nodes.slice(0, this.length)) if (ids.has(id)) yield [id, { step: id, arm: false }];
    for (const [name, { at, holder }] of names) if (at < this.length) yield [name, holder];
  }

  /** What another builder has added, which went on from here, is not seen. */
  #hasId(name: string): boolean {
    const { nodes, ids } = this.#log;
    return ids.has(name) && (nodes.length === this.length || nodes.findIndex(({ id }) => id === name) < this.length);
  }

  #holderBeside(name: string): Holder | undefined {
    const { names } = this.#log;
    const found = names.size === 0 ? undefined : names.get(name);
    return found !== undefined && found.at < this.length ? found.holder : this.outer.holder(name);
  }

  /** The log, where nothing has been added to it after this. */
  #ownLog(): Log {
    if (this.#log.nodes.length === this.length) return this.#log;
    const nodes = this.#log.nodes.slice(0, this.length);
    const names = new Map([...this.#log.names].filter(([, { at }]) => at < this.length));
    const ids = new Set<string>();
    for (const { id } of nodes) if (!names.has(id)) ids.add(id);
    return { nodes, ids, names };
  }
}
