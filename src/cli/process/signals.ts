import process from "node:process";
import { exitCodeOf } from "./exit-codes.ts";

/** `npm run` passes on a Ctrl-C that its child has got from the terminal already: within so many ms two are one. */
const echo = 50;
const watched = ["SIGINT", "SIGTERM"] as const;

export interface Signals {
  /** The signal that came first, if one came. */
  readonly received: NodeJS.Signals | undefined;
  /** Leaves signals to Node again. */
  stop(): void;
}

/** The first signal asks for the run's end, so that steps can clean up; a second one ends the process at once. */
export function onSignals(ask: (signal: NodeJS.Signals) => void): Signals {
  let received: NodeJS.Signals | undefined;
  let at = 0;
  const listener = (signal: NodeJS.Signals) => {
    if (received === undefined) {
      received = signal;
      at = performance.now();
      ask(signal);
    } else if (performance.now() - at > echo) process.exit(exitCodeOf(signal));
  };
  for (const signal of watched) process.on(signal, listener);
  return {
    get received() {
      return received;
    },
    stop() {
      for (const signal of watched) process.off(signal, listener);
    },
  };
}
