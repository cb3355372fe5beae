/** Anything with a `then` method, as `await` sees it. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

const { then } = Promise.prototype;

/**
 * Waits for `value` as `await` does: a foreign `then` may call back twice, at once or never, and a promise of our own may
 * have been given another `then`.
 */
export function whenSettled<T>(
  value: PromiseLike<unknown>,
  fulfilled: (value: unknown) => T,
  rejected?: (reason: unknown) => T,
): Promise<T> {
  // As nearly all are. A method that is called as one is compiled in line, which saves a fifth of what waiting costs.
  if (value.then === then && value.constructor === Promise) return (value as PromiseLike<never>).then(fulfilled, rejected) as Promise<T>;
  return then.call(Promise.resolve(value), fulfilled, rejected) as Promise<T>;
}

interface AnyResult {
  isErr(): boolean;
  readonly value: unknown;
  readonly error: unknown;
}

/**
 * Whether a step handed back a `Result`. Told by its methods: `instanceof` does not see one of a second copy of neverthrow, and
 * asks an object that is none two times more.
 */
export function isResult(value: unknown): value is AnyResult {
  return typeof value === "object" && value !== null && hasMethods(value);
}

function hasMethods(value: { readonly isOk?: unknown; readonly isErr?: unknown; readonly _unsafeUnwrap?: unknown }): boolean {
  return typeof value.isErr === "function" && typeof value.isOk === "function" && typeof value._unsafeUnwrap === "function";
}
