import type { Clock } from "../../types/options.ts";

/** `setTimeout` fires at once for anything longer, so that longer waits go in stretches. */
const longest = 2 ** 31 - 1;

// The global is a getter, which costs half of what reading the clock does.
const monotonic = performance;

/** The machine's time. */
export const systemClock: Clock = Object.freeze({
  now: () => monotonic.now(),
  date: () => Date.now(),
  timer: (ms: number, fire: () => void) => {
    if (ms <= longest) {
      // `setTimeout` drops what is less than a millisecond, and nothing is to be over before its time.
      const handle = setTimeout(fire, Math.ceil(ms));
      return () => clearTimeout(handle);
    }
    return longTimer(ms, fire);
  },
});

function longTimer(ms: number, fire: () => void): () => void {
  let left = ms;
  let handle: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    const stretch = Math.min(left, longest);
    left -= stretch;
    handle = setTimeout(left > 0 ? wait : fire, stretch);
  };
  // Infinity is never over.
  if (ms === Number.POSITIVE_INFINITY) return () => {};
  wait();
  return () => clearTimeout(handle);
}
