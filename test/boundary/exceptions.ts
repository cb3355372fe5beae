/*
 * What cannot hold on a journal, or not from one process to the next, by what a journal is. `identity`: the test runs, and
 * what it compares by identity has to be equal. All others are left out; the text says why.
 */
const values = "it hands on what is no data: functions, symbols, proxies, generators";
const thrown = "it compares what was thrown by identity (Object.is), which no record keeps";
const asked = "a merge is a pure function, which is asked again in a replay: the test counts how often";
const deep = "it compares a value of 100,000 levels by identity: no assertion can compare an equal one";
const wall = "only the wall clock says how much time went by between two processes: where it jumps forward, that much did";
const kept = "a step is over, and the signal that it has kept belongs to a process that is gone when something aborts";
const turn =
  "a step that ends at once in memory takes a write here, in which a sibling begins: what happens at one moment comes in another order";
const early = "it aborts in the tick in which it begins, when no step has begun yet: claiming the run comes first";
const moment = "it looks at what other calls have done by the time at which a wait opens: each takes a write more here";
const random = "the run option random is for runs without a journal: pauses are drawn from the run's id";
const whole = "a journal takes a map's items whole, before the first begins";
const many = "so many outcomes that replays are all that it would measure";
const process = "it is about one process: what it blocks, counts or is told there";
const between = "it looks at the open waits at a moment at which no process has the run";
const thrownThings = [
  "a symbol",
  "a function",
  "a frozen error",
  "a hostile proxy",
  "a revoked proxy",
  "an error with throwing getters",
  "a function proxy",
  "an object without prototype",
  "an error of another realm",
  "an abort error",
  "a timeout error",
];

export const exceptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "agent/approval.test.ts": {
    "a tool that needs approval the other calls of the same reply run meanwhile, and each result stays with its call": moment,
  },
  "agent/as-tool.test.ts": {
    "asTool chat: a plan gets checked arguments, runs below the call, and its output is told as JSON": turn,
    "asTool responses: a plan gets checked arguments, runs below the call, and its output is told as JSON": turn,
  },
  "battery/ca.test.ts": {
    "CA06 10,000 steps under one signal: no warning, few listeners in the run, none after": many,
  },
  "battery/ck.test.ts": {
    "CK01 the wall clock jumps by 3600000 ms: pauses, timeouts and durations do not": wall,
    "CK05 values nested 100,000 deep are carried; where they must be copied, into the state, it is the step's failure": deep,
  },
  "battery/ev.test.ts": {
    "EV01 a listener that throws or rejects harms nothing, and is reported once": process,
    "EV06 50,000 events that wait for a slow reader are handed out in linear time": many,
  },
  "battery/lp.test.ts": {
    "LP04 100,000 synchronous turns: no overflow, a flat heap, and the process has its turn": many,
    "LP04 100,000 asynchronous turns: no overflow, a flat heap, and the process has its turn": many,
  },
  "battery/mp.test.ts": {
    "MP02 an asynchronous source is never asked for more than there is room for": whole,
    "MP02 an synchronous source is never asked for more than there is room for": whole,
    "MP03 the source fails at item 2 (asynchronous: false): its error, and what was started is aborted": whole,
    "MP03 the source fails at item 2 (asynchronous: true): its error, and what was started is aborted": whole,
    "MP03 the source fails after a body failed: the body's error": whole,
    "MP06 a source without end cancelled after 1,000 items: it stops, and the source is closed": whole,
    "MP06 a source without end also when next() never settles, and when closing throws": whole,
    "MP06 a source without end a source that waits for what the items do gets there with one permit": whole,
    "MP07 what can be mapped over, and what cannot": whole,
  },
  "battery/pa.test.ts": {
    "PA04 two failures in one tick: the first in declared order, the other beside it however they are ordered within the tick (1,000 seeded orders)":
      many,
    "PA09 race a group in which everybody fails while it is cancelled ends as cancelled": early,
    "PA16 100,000 items with no limit given: 16 at once, and all done": many,
  },
  "battery/pv.test.ts": {
    "PV14 a selector without a matching arm: no_route with the step and the key, never undefined": values,
  },
  "battery/rt.test.ts": {
    "RT07 the run's own random numbers are used": random,
    "RT10 a random of the user's that throws is blamed by name, and nothing loops": random,
    "RT10 a random of the user's that gives no number is blamed by name, and nothing loops": random,
  },
  "battery/st.test.ts": {
    "ST03 merges are called at joins only, once per arm that wrote, in declared order, from the base, in nested groups too": asked,
    "ST04 the state cannot be changed but by set() outputs pass as they are: DESIGN decides that only the state is frozen": values,
    "what a merge makes is copied once a join, however many arms wrote: a list that grows by one an arm stays affordable": asked,
  },
  "battery/to.test.ts": {
    "TO09 but time that others took is not the step's: a listener, or whoever blocks before the run begins": process,
    "TO11 10,000 steps with timeouts leave nothing behind": many,
  },
  "battery/uc.test.ts": {
    ...Object.fromEntries(
      thrownThings.map((what) => [
        `UC02 throwing ${what} in every place that takes user code, and through retries, catch, settle and race`,
        thrown,
      ]),
    ),
    "UC07 in memory, outputs pass by identity: functions, symbols, proxies, getters that throw": values,
    "UC08 errors with circular causes, long chains and endless messages stay cheap": many,
    "UC12 an async generator and a record of promises are values like any other": values,
  },
  "execute/failures.test.ts": {
    "the reasons of signals that a step has kept, or lost a race by": kept,
    "a map's source that fails while it is closed, since an item has failed, has its failure beside the item's": whole,
    "what only resembles a Result is a value like any other": values,
  },
  "execute/scale.test.ts": {
    "a parallel 2,000 wide, and a map of 20,000": many,
    "100,000 turns, of one call, of a chain, and of a group in each turn": many,
    "2,000 plans inside one another each in a parallel: run, failed, caught, cancelled, hashed": many,
    "2,000 plans inside one another each in a map: run, failed, caught, cancelled, hashed": many,
    "2,000 plans inside one another each in a loop in a branch: run, failed, caught, cancelled, hashed": many,
    "2,000 plans inside one another cancelled 10,000 deep, where the groups inside one another end one by one": many,
    "2,000 plans inside one another in proportion to 200": many,
  },
  "execute/schedule.test.ts": {
    "a run that computes for long lets the rest of the process have its turns a loop": process,
    "a run that computes for long lets the rest of the process have its turns a map": process,
    "a run that computes for long lets the rest of the process have its turns a map of chains": process,
  },
  "execute/system-clock.test.ts": Object.fromEntries(
    [1, 86_400_000, 2_147_483_647, 2_147_483_648, 5_184_000_000, 34_560_000_000].map((ms) => [
      `a sleep of ${ms} ms is over then, and not before`,
      wall,
    ]),
  ),
  "execute/undo-edges.test.ts": {
    "size 300,000 steps that can be undone are no matter for the stack": many,
    "size groups in a long loop book what can be undone in proportion": many,
  },
  "execute/waits-attacked.test.ts": {
    "answers that meet two clicks in one tick answer one turn of a loop, also where the schema takes its time": between,
    "what ends a wait each attempt of a sub-workflow waits anew, under its own path": between,
  },
};
