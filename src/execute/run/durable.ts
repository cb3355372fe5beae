import type { Result } from "neverthrow";
import type { DurableRun } from "../../durable/run.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Definition } from "../../plan/node.ts";
import type { AnswerRefused, OpenWait } from "../../types/failure.ts";
import type { Outcome } from "./run.ts";
import type { RunSettings } from "./settings.ts";

/** A run under way, whatever engine it runs on. */
export interface Started {
  readonly id: string;
  readonly outcome: Promise<Outcome>;
  readonly waits: readonly OpenWait[];
  answer(step: string, given: unknown, path: string | undefined): Promise<Result<void, AnswerRefused>>;
  cancel(reason: unknown): void;
}

/** What a run begins with: an input, or another run that is done anew from a step on; undefined for one that a journal has already. */
export type Begin =
  | { readonly input: unknown; readonly state: object | undefined }
  | { readonly of: string; readonly from: string }
  | undefined;

/** What durable runs take is loaded with the first one: programs without a journal do not pay for it. */
export const durable = () => import("../../durable/index.ts");

/** A run that a journal keeps. */
export class Durable implements Started {
  declare readonly id: string;
  declare readonly outcome: Promise<Outcome>;
  readonly #loading: Promise<DurableRun>;
  #run: DurableRun | undefined;

  constructor(definition: Definition, begin: Begin, settings: RunSettings, stays: boolean) {
    this.id = settings.runId ?? crypto.randomUUID();
    this.#loading = durable().then(({ DurableRun }) => {
      this.#run = new DurableRun(definition, this.id, begin, settings, { journal: settings.journal as Journal, stays });
      return this.#run;
    });
    this.outcome = this.#loading.then((run) => run.outcome);
  }

  get waits(): readonly OpenWait[] {
    return this.#run?.waits ?? [];
  }

  async answer(step: string, given: unknown, path: string | undefined): Promise<Result<void, AnswerRefused>> {
    return (await this.#loading).answer(step, given, path);
  }

  cancel(reason: unknown): void {
    void this.#loading.then((run) => run.cancel(reason));
  }
}
