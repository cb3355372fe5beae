import process from "node:process";

/**
 * Waits for a promise while the process has something to do. Where nothing is left that could settle it, Node would end
 * without a word and with exit code 0: then, after `patience` ms in which a signal may still come, `stalled` is called
 * and may settle it.
 */
export async function unlessStalled<T>(promise: PromiseLike<T>, patience: number, stalled: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const idle = () => {
    timer = setTimeout(stalled, patience);
  };
  process.once("beforeExit", idle);
  try {
    return await promise;
  } finally {
    process.off("beforeExit", idle);
    clearTimeout(timer);
  }
}
