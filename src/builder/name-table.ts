import { BuildError, Shown } from "../plan/build-error.ts";
import type { Node } from "../plan/node.ts";

/** The names that a piece of a workflow may not use again, and where each was used. */
export interface Taken {
  /** Where a name was used first, in words; undefined for a free one. */
  where(name: string): string | undefined;
}

export const nothingTaken: Taken = { where: () => undefined };

/** Refuses a name that is taken. */
export function claim(name: string, taken: Taken, what = `the step id ${JSON.stringify(name)}`): void {
  const where = taken.where(name);
  if (where !== undefined) {
    throw new BuildError(`${what} to be new in this workflow`, new Shown(`one that ${where}`), {
      step: name,
      advice: "steps that can run together need names of their own",
    });
  }
}

/** Names claimed one by one on top of those taken before. */
export class Claims implements Taken {
  readonly #before: Taken;
  readonly #names = new Map<string, string>();

  constructor(before: Taken) {
    this.#before = before;
  }

  where(name: string): string | undefined {
    return this.#names.get(name) ?? this.#before.where(name);
  }

  claim(name: string, where: string, what?: string): void {
    claim(name, this, what);
    this.#names.set(name, where);
  }

  /** Adds a name that may be there already, as exclusive arms may share one. */
  share(name: string, where: string): void {
    this.#names.set(name, where);
  }

  names(): Iterable<readonly [name: string, where: string]> {
    return this.#names;
  }
}

interface Log {
  readonly nodes: Node[];
  readonly names: Map<string, { readonly at: number; readonly where: string }>;
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

  where(name: string): string | undefined {
    const own = this.#log.names.get(name);
    return own !== undefined && own.at < this.length ? own.where : this.#outer.where(name);
  }

  add(node: Node, names: Iterable<readonly [name: string, where: string]>): Steps {
    const at = this.length;
    const log = this.#log.nodes.length === at ? this.#log : this.#copy();
    log.nodes.push(node);
    for (const [name, where] of names) log.names.set(name, { at, where });
    return new Steps(log, at + 1, this.#outer);
  }

  nodes(): readonly Node[] {
    return Object.freeze(this.#log.nodes.slice(0, this.length));
  }

  /** All names in use here, those of nested chains that are visible here included. */
  *names(): Iterable<readonly [name: string, where: string]> {
    for (const [name, { at, where }] of this.#log.names) if (at < this.length) yield [name, where];
  }

  #copy(): Log {
    const names = new Map([...this.#log.names].filter(([, { at }]) => at < this.length));
    return { nodes: this.#log.nodes.slice(0, this.length), names };
  }
}
