/** The longest delay that Node's timers take; a longer one fires at once. */
const longestTimer = 2 ** 31 - 1;

export interface Limits {
  /** Ms for the whole request. */
  readonly total: number;
  /** Ms between two events of a stream. */
  readonly idle: number;
}

/** One request's own signal, which aborts with the caller's and when time is up. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Which limit was passed, if one was. */
  readonly passed: keyof Limits | undefined;
  /** A stream has begun or sent something: the idle limit counts anew. */
  heard(): void;
  /** Takes the listener off the caller's signal, which may outlive thousands of requests. */
  close(): void;
}

export function startDeadline(outer: AbortSignal, limits: Limits): Deadline {
  const controller = new AbortController();
  let passed: keyof Limits | undefined;
  let idle: NodeJS.Timeout | undefined;
  const pass = (limit: keyof Limits) => () => {
    passed ??= limit;
    controller.abort();
  };
  const abort = () => controller.abort(outer.reason);
  const total = setTimeout(pass("total"), Math.min(limits.total, longestTimer));
  if (outer.aborted) abort();
  outer.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    get passed() {
      return passed;
    },
    heard() {
      idle = idle?.refresh() ?? setTimeout(pass("idle"), Math.min(limits.idle, longestTimer));
    },
    close() {
      clearTimeout(total);
      clearTimeout(idle);
      outer.removeEventListener("abort", abort);
    },
  };
}
