/** Bytes that are still alive: the heap after a garbage collection, and what hangs on it outside. */
export function alive(): number {
  (globalThis.gc as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Lets promises and immediates of a run that has just ended come to rest. */
export async function atRest(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
