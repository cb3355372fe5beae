import { setMaxListeners } from "node:events";
import { constants } from "node:os";
import process from "node:process";

const watched = ["SIGTERM", "SIGINT"] as const;
/** A terminal and a parent such as `npm run` may both pass on one Ctrl-C: within so many ms two are one. */
const echo = 50;
let made: AbortSignal | undefined;

/**
 * A signal that aborts when the process is asked to end, by SIGTERM or SIGINT: for the option `drain` of runs and workers.
 * From the first call on, such a signal no longer ends the process by itself; a second one ends it at once, with exit code
 * 128 and the signal's number. All calls of a process give the same one.
 *
 * ```ts
 * const result = await article.run(topic, { journal, runId, drain: drainSignal() });
 * ```
 */
export function drainSignal(): AbortSignal {
  made ??= listen();
  return made;
}

function listen(): AbortSignal {
  const controller = new AbortController();
  // Every run of the process may listen to it.
  setMaxListeners(0, controller.signal);
  let at = 0;
  const heard = (signal: (typeof watched)[number]) => {
    if (!controller.signal.aborted) {
      at = performance.now();
      controller.abort(new Error(`the process got ${signal}`));
    } else if (performance.now() - at > echo) process.exit(128 + constants.signals[signal]);
  };
  for (const signal of watched) process.on(signal, heard);
  return controller.signal;
}
