import process from "node:process";
import { err } from "neverthrow";
import { suspended } from "../../execute/outcome/failure.ts";
import type { Listener, RunEvent } from "../../types/event.ts";
import type { RunOptions } from "../../types/options.ts";
import type { Ended, Runnable, Started } from "../project/runnable.ts";
import type { Screen } from "../screen/screen.ts";
import { Asker } from "./asker.ts";
import { UnderWay } from "./under-way.ts";

/** How often it is looked whether a run that nobody answers any more still does something, in ms. */
const glance = 50;
const ends: ReadonlySet<RunEvent["type"]> = new Set<RunEvent["type"]>(["run.completed", "run.failed", "run.suspended"]);

/**
 * Runs with somebody at the terminal, who is asked for what the run waits for. Once standard input has ended, nobody is
 * there to ask: when nothing else can go on, the run ends as suspended, as it does without a terminal.
 */
export async function converse(runnable: Runnable, input: unknown, options: RunOptions, screen: Screen): Promise<Ended> {
  const { observe, journal, drain } = options;
  const listeners: readonly Listener[] = observe === undefined ? [] : [observe as Listener];
  const underWay = new UnderWay();
  const rests = new AbortController();
  let asker: Asker | undefined;
  const started = runnable.start(input, {
    ...options,
    // That it is let go here is no end of it.
    observe: [
      (event) => {
        if (!rests.signal.aborted || event.type !== "run.failed") for (const listener of listeners) listener(event);
      },
      (event) => {
        underWay.note(event);
        asker?.look();
      },
    ],
    ...(journal === undefined ? {} : { drain: AbortSignal.any([rests.signal, ...(drain === undefined ? [] : [drain])]) }),
  });
  const gone = Promise.withResolvers<void>();
  asker = new Asker(started, { stdin: process.stdin, screen, onEnd: gone.resolve });
  try {
    const resting = gone.promise.then(() => rest(started, underWay));
    const ended = await Promise.race([started.result, resting]);
    if (ended !== undefined) return ended;
    if (journal === undefined) return err(suspended(started.waits));
    rests.abort(new Error("nobody is there to answer"));
    const left = await started.result;
    if (left.isOk() || left.error.type !== "interrupted" || drain?.aborted === true) return left;
    // What it says of its end is all that is new.
    const listener: Listener = (event) => {
      if (ends.has(event.type)) for (const one of listeners) one(event);
    };
    return await runnable.run(input, { ...options, ...(listeners.length > 0 && { observe: listener }) });
  } finally {
    asker.close();
  }
}

/** Resolves when nothing of a run is left but waits. */
function rest(run: Started, underWay: UnderWay): Promise<undefined> {
  return new Promise((resolve) => {
    let before = false;
    const timer = setInterval(() => {
      const rests = run.waits.length > 0 && underWay.only(run.waits);
      // Between two steps of an arm nothing is under way either, for a moment.
      if (rests && before) {
        clearInterval(timer);
        resolve(undefined);
      }
      before = rests;
    }, glance).unref();
  });
}
