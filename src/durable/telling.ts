import type { RunSettings } from "../execute/run/settings.ts";
import { listenersOf } from "../execute/trace/progress.ts";
import { noUsage } from "../execute/trace/usage.ts";
import type { Definition } from "../plan/node.ts";
import type { Listener, RunEvent } from "../types/event.ts";
import type { AnyFailure } from "../types/failure.ts";
import type { Clock } from "../types/options.ts";

const terminal: ReadonlySet<string> = new Set<RunEvent["type"]>(["run.completed", "run.failed", "run.suspended"]);

/**
 * What listeners hear of a durable run. What a replay repeats is told as such, and once a step; what was under way is told
 * anew when the run goes on; and how it ends once that is written down, exactly once, however it ends here.
 */
export class Telling {
  /** For the scheduler; none where nobody listens. */
  readonly listeners: readonly Listener[];
  readonly #tell: ((event: RunEvent) => void) | undefined;
  readonly #runId: string;
  readonly #clock: Clock;
  /** Steps and tools that have begun in the replay, by their paths. */
  readonly #underWay = new Map<string, RunEvent>();
  #live = false;
  #end: RunEvent | undefined;

  constructor(runId: string, { listeners, clock }: RunSettings) {
    this.#runId = runId;
    this.#clock = clock;
    this.#tell = listenersOf(listeners);
    this.listeners = this.#tell === undefined ? [] : [(event) => this.#pass(event)];
  }

  /** What comes from here on is new; where a plan `resumes` the run, that is told before it. */
  goLive(resumes?: Definition): void {
    if (this.#live) return;
    this.#live = true;
    if (resumes !== undefined) this.#tell?.({ type: "run.resumed", ...this.#run, plan: resumes.name });
    for (const event of this.#underWay.values()) this.#tell?.(event);
    this.#underWay.clear();
  }

  /** The end that the scheduler told is written down. */
  end(): void {
    if (this.#end !== undefined) this.#tell?.(this.#end);
  }

  /** It ended here in another way. */
  left(failure: AnyFailure): void {
    this.#tell?.({ type: "run.failed", ...this.#run, durationMs: 0, usage: noUsage, failure });
  }

  /** The run as a whole, at this moment. */
  get #run() {
    return { runId: this.#runId, path: "", step: "", at: this.#clock.date() };
  }

  #pass(event: RunEvent): void {
    if (terminal.has(event.type)) this.#end = event;
    else if (this.#live) this.#tell?.(event);
    else this.#repeat(event);
  }

  #repeat(event: RunEvent): void {
    const { runId, path, step, at } = event;
    const [what, how] = event.type.split(".");
    if (what !== "step" && what !== "tool") return;
    if (how === "started") this.#underWay.set(`${what} ${path}`, event);
    else if (how !== "retrying") this.#underWay.delete(`${what} ${path}`);
    if (event.type === "step.completed") this.#tell?.({ type: "step.replayed", runId, path, step, at, kind: event.kind });
  }
}
