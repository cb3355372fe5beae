import { read } from "../../src/durable/records/record.ts";
import { DurableRun } from "../../src/durable/run.ts";
import type { Outcome } from "../../src/execute/run/run.ts";
import { readSettings } from "../../src/execute/run/settings.ts";
import type { Journal, OwnedRun } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { executableOf, type PlanExecutable } from "../../src/plan/executable.ts";
import type { Clock } from "../../src/types/options.ts";
import type { Chance } from "../chaos/chance.ts";
import type { Make } from "../reference/real.ts";
import type { VirtualClock } from "../reference/units.ts";
import { counted } from "./counted.ts";
import type { Ledger } from "./ledger.ts";

/** One for each: a single one would keep hold of all who wait for it. */
const never = (): Promise<never> => new Promise(() => {});

/** More than any run needs to show what is wrong, and so few that each comes to its end. */
const most = 12;

/**
 * A run whose process dies at random moments: before or after something is written, or while steps are under way. Then nothing
 * of that process acts any more, neither its timers nor its steps, and another one goes on with what the journal has.
 */
export class Deaths {
  readonly outcome: Promise<Outcome>;
  /** Whether a process may die now. */
  mayDie = (): boolean => true;
  readonly #store = memoryJournal();
  readonly #createdAt: number;
  readonly #begin: { readonly input: unknown; readonly state: undefined };
  readonly #make: Make;
  readonly #options: object;
  readonly #clock: VirtualClock;
  readonly #ledger: Ledger;
  readonly #chance: Chance;
  /** One moment in so many. */
  readonly #rarity: number;
  #process: Process | undefined;

  constructor(make: Make, input: unknown, options: object, clock: VirtualClock, ledger: Ledger, chance: Chance) {
    this.#make = make;
    this.#options = options;
    this.#clock = clock;
    this.#ledger = ledger;
    this.#chance = chance;
    this.#rarity = chance.of([4, 12, 40]);
    this.#begin = { input, state: undefined };
    this.#createdAt = clock.date();
    this.outcome = this.#live();
  }

  /** What the journal says by now that the run came to, by a process that lives. */
  async again(): Promise<Outcome> {
    this.mayDie = () => false;
    return this.#live();
  }

  /** A moment at which everything waits. */
  pass(): void {
    if (this.#process !== undefined && this.#dies()) this.#process.die();
  }

  #dies(): boolean {
    return this.#ledger.deaths < most && this.mayDie() && this.#chance.once(this.#rarity);
  }

  async #live(): Promise<Outcome> {
    for (;;) {
      const process = new Process(this.#clock);
      this.#process = process;
      const door = memoryJournal(this.#store);
      const plan = this.#make(process.clock, {
        called: (leaf, seen, key) =>
          process.dead ? { name: "", reply: { after: "never", with: "value", onAbort: "ignores" } } : this.#ledger.called(leaf, seen, key),
        note: (line) => {
          if (!process.dead) this.#ledger.note(line);
        },
        cause: (name) => this.#ledger.world.cause(name),
      });
      const { definition } = executableOf(plan) as PlanExecutable;
      const settings = readSettings({ ...this.#options, clock: process.clock, runId: "run" }, definition);
      const life = new DurableRun(definition, "run", this.#begin, settings, { journal: this.#watched(door, process), stays: false });
      counted.busy++;
      void Promise.race([life.live, process.died]).then(() => counted.busy--);
      const ended = await Promise.race([life.outcome, process.died]);
      if (ended !== undefined && !process.dead) {
        this.#process = undefined;
        await door.close();
        return ended;
      }
      this.#ledger.died();
      counted.boundaries++;
      await door.close();
    }
  }

  #watched(journal: Journal, process: Process): Journal {
    const busily = <T>(doing: () => Promise<T>): Promise<T> => process.busily(doing);
    return {
      claim: async (run) => (await busily(() => journal.claim(run))).map((owned) => this.#owned(owned, process)),
      find: async (runId) => (await busily(() => journal.find(runId))).map((run) => ({ ...run, createdAt: this.#createdAt })),
      runs: (filter) => busily(() => journal.runs(filter)),
      read: (runId, page) => busily(() => journal.read(runId, page)),
      messages: (runId, after) => busily(() => journal.messages(runId, after)),
      send: (runId, key, body) => busily(() => journal.send(runId, key, body)),
      delete: (runId) => busily(() => journal.delete(runId)),
      close: () => journal.close(),
      [Symbol.asyncDispose]: () => journal.close(),
    };
  }

  #owned(owned: OwnedRun, process: Process): OwnedRun {
    const { created, lost } = owned;
    return {
      run: { ...owned.run, createdAt: this.#createdAt },
      created,
      abandoned: this.#ledger.deaths > 0,
      lost,
      append: (records, change) =>
        process.busily(async () => {
          const entries = records.map((text) => read(text)._unsafeUnwrap());
          for (const entry of entries) if (entry.type === "started") this.#ledger.tells(entry.key);
          // That something begins is not waited for: by the time at which its record is lost it has begun.
          if (process.writesNoMore) return never();
          const when = this.#dies() ? (this.#chance.once(2) ? "before" : "after") : undefined;
          if (when === "before") {
            process.writesNoMore = true;
            queueMicrotask(() => process.die());
            return never();
          }
          const stored = await owned.append(records, change);
          for (const entry of entries) if (entry.type === "settled") this.#ledger.records(entry.key);
          if (when === "after") process.die();
          return stored;
        }),
      listen: (heard) => owned.listen(heard),
      release: () => process.busily(() => owned.release()),
    };
  }
}

/** What dies: once it has, nothing of it acts. */
class Process {
  readonly clock: Clock & Pick<VirtualClock, "after">;
  readonly died: Promise<undefined>;
  dead = false;
  /** It is about to die: what it has to say from here on reaches nobody. */
  writesNoMore = false;
  readonly #stops = new Set<() => void>();
  readonly #die: (nothing: undefined) => void;

  constructor(clock: VirtualClock) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.died = promise;
    this.#die = resolve;
    const whileAlive = (set: (fire: () => void) => () => unknown, fire: () => void) => {
      if (this.dead) return () => false;
      const stop = () => {
        this.#stops.delete(stop);
        return unset() as boolean;
      };
      const unset = set(() => {
        this.#stops.delete(stop);
        fire();
      });
      this.#stops.add(stop);
      return stop;
    };
    this.clock = {
      now: clock.now,
      date: clock.date,
      timer: (ms, fire) => whileAlive((then) => clock.timer(ms, then), fire),
      after: (units, fire) => whileAlive((then) => clock.after(units, then), fire),
    };
  }

  die(): void {
    if (this.dead) return;
    this.dead = true;
    for (const stop of [...this.#stops]) stop();
    this.#die(undefined);
  }

  /** What it asks of the journal is answered while it lives. */
  async busily<T>(doing: () => Promise<T>): Promise<T> {
    if (this.dead) return never();
    counted.busy++;
    const done = await Promise.race([doing(), this.died]).finally(() => counted.busy--);
    return this.dead ? never() : (done as T);
  }
}
