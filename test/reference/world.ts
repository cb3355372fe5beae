import type { Leaf, Reply, Seen } from "./description.ts";
import { Scripted, show } from "./report.ts";

/** What the user's code goes through in one run, the same for the real run and for the reference. */
export class World {
  readonly log: string[] = [];
  readonly #calls = new Map<string, number>();
  readonly #causes = new Map<string, object>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A call of `leaf` begins: its reply, and a name for it. */
  called(leaf: Leaf, seen: Seen): { readonly reply: Reply; readonly name: string } {
    const call = (this.#calls.get(leaf.label) ?? 0) + 1;
    this.#calls.set(leaf.label, call);
    const name = `${leaf.label}!${call}`;
    const { attempt, iteration, index, steps, state } = seen;
    const undoes = "undoes" in seen ? ` undoes=${show(seen.undoes)}` : "";
    // What `last` is in a catch handler is left open.
    const last = seen.failure === undefined ? show(seen.last) : "?";
    this.note(
      `${name} begins attempt=${attempt} turn=${iteration ?? "-"} item=${index ?? "-"} last=${last} steps=${Object.keys(steps).sort()} state=${show(state)} failure=${show(seen.failure)}${undoes}`,
    );
    return { reply: leaf.replies[Math.min(call, leaf.replies.length) - 1] as Reply, name };
  }

  note(line: string): void {
    // Reading a property is nothing that user code would see.
    if (!line.startsWith("discriminant!")) this.log.push(`@${this.#now()} ${line}`);
  }

  /** The error of a call: one object, so that its identity can be checked. */
  cause(name: string): object {
    const known = this.#causes.get(name) ?? new Scripted(name);
    this.#causes.set(name, known);
    return known;
  }
}

export function valueGiven({ gives }: Leaf, name: string, seen: Pick<Seen, "last" | "iteration">): unknown {
  switch (gives.kind) {
    case "label":
      return name;
    case "last":
      return seen.last;
    case "constant":
      return gives.value;
    case "from turn":
      return (seen.iteration ?? 0) >= gives.turn;
    case "discriminant":
      return (seen.last as { readonly kind: unknown }).kind;
  }
}
