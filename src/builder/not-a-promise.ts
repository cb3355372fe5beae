/** What awaiting a builder rejects with: a workflow has a `then` method, but it is not a promise. */
export class NotAPromiseError extends TypeError {
  override readonly name = "NotAPromiseError";

  constructor(workflow: string) {
    super(`The workflow ${JSON.stringify(workflow)} is not a promise: call .build() and then .run(input), and await that`);
  }
}

/**
 * `await`, `Promise.resolve` and an async function's `return` all call `then` with two functions. A promise that took a
 * builder for its own kind must reject, or it would wait for ever.
 */
export function refuseAwait(workflow: string, reject: unknown): undefined {
  const error = new NotAPromiseError(workflow);
  if (typeof reject !== "function") throw error;
  reject(error);
  return undefined;
}
