/**
 * Whether a value is the one that was handed over: the very same, unless a lane runs these tests on something that keeps copies,
 * and says what is as good.
 */
export const identity = { isSame: (received: unknown, given: unknown): boolean => Object.is(received, given) };
