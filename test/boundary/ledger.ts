import type { Leaf, Reply, Seen } from "../reference/description.ts";
import type { VirtualClock } from "../reference/units.ts";
import { World } from "../reference/world.ts";

/** One execution of a leaf, however often it is begun: by the key under which the journal knows it. */
interface Execution {
  readonly name: string;
  readonly reply: Reply;
  readonly idempotencyKey: string;
  /** In units: when it settles by itself. */
  readonly due: number;
  attempt: number;
  life: number;
  begun: number;
  /** How many processes had died when it was begun first. */
  readonly deaths: number;
  ended: boolean;
  recorded: boolean;
}

/**
 * What the user's code did, kept outside of the library and over all processes: an execution that is begun again, since its
 * process died, does what it did before, and ends when it would have.
 */
export class Ledger {
  readonly world: World;
  /** What must never be, in words. */
  readonly wrong: string[] = [];
  deaths = 0;
  readonly #clock: VirtualClock;
  /** By their keys: those that a process has told to begin, and that have not been called yet. */
  readonly #told = new Map<string, string>();
  readonly #executions = new Map<string, Execution>();
  readonly #byName = new Map<string, Execution>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.world = new World(() => clock.units);
  }

  /** A process says that a call is about to begin. */
  tells(key: string): void {
    this.#told.set(key, stableOf(key));
  }

  /** What a call came to is on record. */
  records(key: string): void {
    const execution = this.#executions.get(key);
    if (execution === undefined) return;
    if (execution.recorded) this.wrong.push(`${key} is recorded twice`);
    execution.recorded = true;
  }

  died(): void {
    this.deaths++;
    this.#told.clear();
  }

  /** Those that a death loses. */
  get underWay(): readonly Execution[] {
    return [...this.#executions.values()].filter(({ recorded, life }) => !recorded && life === this.deaths);
  }

  called(leaf: Leaf, seen: Seen, idempotencyKey: string): { readonly reply: Reply; readonly name: string } {
    const key = this.#keyOf(idempotencyKey);
    if (key === undefined) {
      this.wrong.push(`${leaf.label} was called under ${idempotencyKey}, and no record says that it was to begin`);
      return this.world.called(leaf, seen);
    }
    const before = this.#executions.get(key);
    return before === undefined ? this.#begins(key, leaf, seen, idempotencyKey) : this.#again(key, before, seen, idempotencyKey);
  }

  /** What a call ends with is noted once. */
  note(line: string): void {
    const name = / ends: /.test(line) ? (line.split(" ")[0] as string) : undefined;
    const execution = name === undefined ? undefined : this.#byName.get(name);
    if (execution?.ended === true) return;
    if (execution !== undefined) execution.ended = true;
    this.world.note(line);
  }

  #begins(key: string, leaf: Leaf, seen: Seen, idempotencyKey: string) {
    const { name, reply } = this.world.called(leaf, seen);
    const due = this.#clock.units + (typeof reply.after === "number" ? reply.after : 0);
    const { deaths } = this;
    const attempt = seen.attempt;
    const begun: Execution = {
      ...{ name, reply, idempotencyKey, due, attempt, life: deaths, begun: 1, deaths, ended: false, recorded: false },
    };
    this.#executions.set(key, begun);
    this.#byName.set(name, begun);
    return { name, reply };
  }

  #again(key: string, before: Execution, { attempt }: Seen, idempotencyKey: string) {
    const { name, reply, due } = before;
    const lives = this.deaths - before.deaths + 1;
    before.begun++;
    if (before.recorded) this.wrong.push(`${key} is recorded and was begun again`);
    if (before.life === this.deaths) this.wrong.push(`${key} was begun twice by one process`);
    if (before.begun > lives) this.wrong.push(`${key} was begun ${before.begun} times in ${lives} processes`);
    if (attempt <= before.attempt) this.wrong.push(`${key} was begun again as attempt ${attempt}, after ${before.attempt}`);
    if (idempotencyKey !== before.idempotencyKey) this.wrong.push(`${key} was begun again under ${idempotencyKey}`);
    Object.assign(before, { life: this.deaths, attempt });
    const { after } = reply;
    return { name, reply: typeof after === "number" ? { ...reply, after: Math.max(0, due - this.#clock.units) } : reply };
  }

  #keyOf(idempotencyKey: string): string | undefined {
    const path = idempotencyKey.slice(idempotencyKey.indexOf("/") + 1);
    for (const [key, stable] of this.#told) {
      if (stable !== path) continue;
      this.#told.delete(key);
      return key;
    }
    return undefined;
  }
}

/** The path in a call's key, without the attempts of what is around it: as idempotency keys have it. */
function stableOf(key: string): string {
  const place = key.lastIndexOf("|", key.lastIndexOf("|") - 1);
  return key.slice(0, Math.max(0, place)).replace(/~\d+/g, "");
}
