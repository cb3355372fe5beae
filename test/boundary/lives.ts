import type { Result } from "neverthrow";
import { DurableRun } from "../../src/durable/run.ts";
import type { Begin, Started } from "../../src/execute/run/durable.ts";
import type { Outcome } from "../../src/execute/run/run.ts";
import type { RunSettings } from "../../src/execute/run/settings.ts";
import type { Journal } from "../../src/journal/journal.ts";
import type { Definition } from "../../src/plan/node.ts";
import type { Listener } from "../../src/types/event.ts";
import type { AnswerRefused, OpenWait } from "../../src/types/failure.ts";
import { counted } from "./counted.ts";
import { otherWhenReadAgain } from "./read-again.ts";
import { busily, Watch } from "./watch.ts";

/** How many turns of the event loop calls under way get to end before a boundary is given up for this time. */
const patience = 3;

/** After so many boundaries in one run, or so many ms of replays, they grow rare: each costs a replay of all that was before. */
const dense = { boundaries: 100, replays: 2_000 };

/**
 * A run that is never longer than a step in one place: once an outcome is recorded nothing more begins, the journal is
 * closed, and a new port on a newly opened journal goes on from the records. Where something else is still under way and
 * does not end at once, the boundary waits for the next outcome, so that no step runs twice and none takes another time.
 *
 * Carried over, since a test has it in this process: listeners, the caller's signal, the clock, a cancel that is not written yet.
 */
export class Lives implements Started {
  readonly id: string;
  readonly outcome: Promise<Outcome>;
  readonly #definition: Definition;
  readonly #settings: RunSettings;
  readonly #stays: boolean;
  readonly #open: () => Journal;
  readonly #createdAt: number;
  #life: DurableRun | undefined;
  /** Resolves with the next life, while there is none that would hear. */
  #between: PromiseWithResolvers<void> | undefined;
  #answering = 0;
  /** Takes back that nothing begins, while a boundary is about to be. */
  #giveUp: (() => void) | undefined;
  #cancelled: { readonly reason: unknown } | undefined;
  /** What was known to be open, while no life has come so far. */
  #known: readonly OpenWait[] | undefined;
  #boundaries = 0;
  #replays = 0;
  #outcomes = 0;
  /** Of which outcome on there may be a boundary. */
  #next = 0;

  constructor(definition: Definition, begin: Begin, settings: RunSettings, stays: boolean, open: () => Journal) {
    this.id = settings.runId ?? crypto.randomUUID();
    this.#definition = definition;
    // What a life repeats was told by the one before.
    const listeners = settings.listeners.map(once);
    this.#settings = { ...settings, listeners, runId: this.id };
    this.#stays = stays;
    this.#open = open;
    this.#createdAt = settings.clock.date();
    counted.runs++;
    this.outcome = this.#live(begin);
  }

  /** Those of the last life, until the next one has come as far. */
  get waits(): readonly OpenWait[] {
    return this.#known ?? this.#life?.waits ?? [];
  }

  async answer(step: string, given: unknown, path: string | undefined): Promise<Result<void, AnswerRefused>> {
    while (this.#between !== undefined) await this.#between.promise;
    this.#answering++;
    const answered = await (this.#life as DurableRun).answer(step, given, path);
    this.#answering--;
    return answered;
  }

  cancel(reason: unknown): void {
    this.#cancelled ??= { reason };
    if (this.#between !== undefined) return;
    // What a listener was told as begun, and cancels, has begun: it would have without the boundary.
    this.#giveUp?.();
    this.#life?.cancel(reason);
  }

  async #live(begin: Begin): Promise<Outcome> {
    for (;;) {
      const end = Promise.withResolvers<undefined>();
      const journal = this.#open();
      const watch = new Watch(journal, this.#createdAt, (stored) => {
        if (stored === "cancelled") this.#cancelled = undefined;
        this.#outcomes++;
        if (this.#outcomes >= this.#next) void this.#cut(life, watch, end.resolve);
      });
      const life = new DurableRun(this.#definition, this.id, begin, this.#settings, { journal: watch.journal, stays: this.#stays });
      this.#life = life;
      void this.#catchUp(life);
      this.#between?.resolve();
      this.#between = undefined;
      if (this.#cancelled !== undefined) life.cancel(this.#cancelled.reason);
      const ended = await Promise.race([life.outcome, end.promise]);
      await journal.close();
      if (ended !== undefined) return this.#sameAgain(ended);
    }
  }

  /** Until it has, it is under way without a step. */
  async #catchUp({ live }: DurableRun): Promise<void> {
    counted.busy++;
    const from = performance.now();
    await live;
    this.#replays += performance.now() - from;
    this.#known = undefined;
    counted.busy--;
  }

  /** Whoever asks for the run when it is over is told the same. */
  async #sameAgain(ended: Outcome): Promise<Outcome> {
    const { journal } = new Watch(this.#open(), this.#createdAt, () => {});
    const other = await busily(otherWhenReadAgain(this.#definition, this.id, this.#settings, journal, ended));
    await journal.close();
    if (other !== undefined) throw new Error(other);
    counted.readAgain++;
    return ended;
  }

  async #cut(life: DurableRun, watch: Watch, end: (nothing: undefined) => void): Promise<void> {
    if (watch.holding) return;
    watch.holding = true;
    counted.busy++;
    const held = life.hold();
    let holds = true;
    this.#giveUp = () => {
      this.#giveUp = undefined;
      holds = false;
      held.goOn();
    };
    const busy = () => held.busy || this.#answering > 0 || watch.writing > 0;
    for (let turn = 0; turn < patience && holds && (turn === 0 || busy()); turn++) await counted.turn();
    watch.holding = false;
    counted.busy--;
    if (!holds) return;
    if (busy()) return this.#giveUp();
    this.#giveUp = undefined;
    this.#between = Promise.withResolvers();
    this.#known = life.waits;
    if (await busily(held.letGo())) {
      this.#boundaries++;
      if (this.#boundaries > dense.boundaries || this.#replays > dense.replays) this.#next = this.#outcomes * 2;
      counted.boundaries++;
      end(undefined);
    } else {
      this.#known = undefined;
      this.#between.resolve();
      this.#between = undefined;
    }
  }
}

/** A listener that hears each thing once, though every life tells anew which steps are under way. */
function once(listener: Listener): Listener {
  const open = new Set<string>();
  return (event) => {
    const { type, path } = event;
    if (type === "step.replayed" || type === "run.resumed") return;
    const [what, how] = type.split(".");
    const started = (what === "step" || what === "tool") && how === "started";
    if (started && open.has(path)) return;
    if (started) open.add(path);
    else if (how === "completed" || how === "failed") open.delete(path);
    return listener(event);
  };
}
