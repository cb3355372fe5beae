import process from "node:process";

/**
 * Waits for a promise while the process has something to do. Where nothing is left that could settle it, Node would end
 * without a word and with exit code 0: then `stalled` is called, which may still settle it.
 */
export async function unlessStalled<T>(promise: PromiseLike<T>, stalled: () => void): Promise<T> {
  process.once("beforeExit", stalled);
  try {
    return await promise;
  } finally {
    process.off("beforeExit", stalled);
  }
}
