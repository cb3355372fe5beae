/** What the runs of one test went through. */
export const counted = {
  runs: 0,
  boundaries: 0,
  /** Runs that have ended, and that their records tell in the same way. */
  readAgain: 0,
  /** What is neither a step nor a timer, and goes on: virtual time has to wait for it. */
  busy: 0,
  /** How calls under way are given time to end: a turn of the event loop, unless a test's time is made of less. */
  turn: (): Promise<void> => new Promise((resolve) => setImmediate(resolve)),
};
