import type { Clock } from "../types/options.ts";
import { invoke } from "./call.ts";
import type { Port } from "./port.ts";

/** Runs everything in this process, and keeps nothing. */
export function inProcess(clock: Clock, random: () => number): Port {
  let tick = 0;
  let ticking = false;
  return {
    call: invoke,
    // As methods: a clock that a test brings may need its `this`.
    timer: (ms, fire) => clock.timer(ms, fire),
    now: () => clock.now(),
    date: () => clock.date(),
    random,
    tick: () => {
      // Counted only when asked: a tick ends when the event loop has come round.
      if (!ticking) {
        ticking = true;
        setImmediate(() => {
          ticking = false;
          tick++;
        });
      }
      return tick;
    },
    yield: (resume) => void setImmediate(resume),
  };
}
