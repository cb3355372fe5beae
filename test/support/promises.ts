/** A promise with its two ends, for steps that a test settles when it likes. */
export function deferred<T = void>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
} {
  return Promise.withResolvers<T>();
}

/** Real time, for the few cases that are about it. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Rejects with the signal's reason once it is aborted, as `fetch` does. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Rejections that nobody handled while `during` ran, and a little after. */
export async function unhandledIn(during: () => Promise<unknown>): Promise<readonly unknown[]> {
  const unhandled: unknown[] = [];
  // Vitest's own listeners would fail the whole run; here the count is the assertion. Under strict rejections, which the
  // suite runs with, a rejection is an uncaught exception first, and the process ends unless somebody listens.
  const exceptions = replaceListeners("uncaughtException", (error, origin) => {
    if (origin !== "unhandledRejection") throw error;
  });
  const rejections = replaceListeners("unhandledRejection", (reason) => unhandled.push(reason));
  try {
    await during();
    await sleep(20);
  } finally {
    rejections();
    exceptions();
  }
  return unhandled;
}

/** Listens to `event` instead of everybody who did; the function that it gives puts them back. */
function replaceListeners(
  event: "uncaughtException" | "unhandledRejection",
  listener: (reason: unknown, origin: unknown) => void,
): () => void {
  const emitter: NodeJS.EventEmitter = process;
  const others = emitter.listeners(event) as (() => void)[];
  emitter.removeAllListeners(event);
  emitter.on(event, listener);
  return () => {
    emitter.off(event, listener);
    for (const other of others) emitter.on(event, other);
  };
}
