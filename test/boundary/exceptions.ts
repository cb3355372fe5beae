/** Test files, and in them the tests that are left out, each with its reason. */
type Exceptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

// What cannot hold on a journal, or not from one process to the next, by what a journal is.

const values = "it hands on what is no data: functions, symbols, proxies, generators";
const asked = "a merge that gave much has no record, and is asked again in a replay: the test counts how often";
const wall = "only the wall clock says how much time went by between two processes: where it jumps forward, that much did";
const kept = "a step is over, and the signal that it has kept belongs to a process that is gone when something aborts";
const turn =
  "a step that ends at once in memory takes a write here, in which a sibling begins: what happens at one moment comes in another order";
const early = "it aborts in the tick in which it begins, when no step has begun yet: claiming the run comes first";
const random = "the run option random is for runs without a journal: pauses are drawn from the run's id";
const whole = "a journal takes a map's items whole, before the first begins";
const many = "so many outcomes that replays are all that it would measure";
const process = "it is about one process: what it blocks, counts or is told there";

export const exceptions: Exceptions = {
  "agent/as-tool.test.ts": {
    "asTool chat: the trace has what two calls of one reply began, in the order in which they did": turn,
    "asTool responses: the trace has what two calls of one reply began, in the order in which they did": turn,
  },
  "battery/ck.test.ts": {
    "CK01 the wall clock jumps by 3600000 ms: pauses, timeouts and durations do not": wall,
  },
  "battery/ev.test.ts": {
    "EV01 a listener that throws or rejects harms nothing, and is reported once": process,
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
    "MP07 what cannot be mapped over: functions": values,
  },
  "battery/pa.test.ts": {
    "PA09 race a group in which everybody fails while it is cancelled ends as cancelled": early,
  },
  "battery/pv.test.ts": {
    "PV14 a selector without a matching arm, a symbol: no_route with the step and the key, never undefined": values,
  },
  "battery/rt.test.ts": {
    "RT07 the run's own random numbers are used": random,
    "RT10 a random of the user's that throws is blamed by name, and nothing loops": random,
    "RT10 a random of the user's that gives no number is blamed by name, and nothing loops": random,
  },
  "battery/st.test.ts": {
    "ST04 the state cannot be changed but by set() outputs pass as they are: DESIGN decides that only the state is frozen": values,
    "what a merge makes is copied once a join, however many arms wrote: a list that grows by one an arm stays affordable": asked,
  },
  "battery/uc.test.ts": {
    "UC07 in memory, outputs pass by identity: functions, symbols, proxies, getters that throw": values,
    "UC12 an async generator and a record of promises are values like any other": values,
  },
  "execute/aborted.test.ts": {
    "the reasons of signals that a step has kept, or lost a race by": kept,
  },
  "execute/failures.test.ts": {
    "a map's source that fails while it is closed, since an item has failed, has its failure beside the item's": whole,
    "what only resembles a Result is a value like any other": values,
  },
  "execute/returned-errors.test.ts": {
    "the message of a step that returned an error runs no getter": "a record is a copy, for which every property is read",
  },
  "execute/scale.test.ts": {
    "a parallel 2,000 wide, and a map of 20,000": many,
    "100,000 turns, of one call, of a chain, and of a group in each turn": many,
    "2,000 plans inside one another each in a parallel: run, failed, caught, cancelled, hashed": many,
    "2,000 plans inside one another each in a map: run, failed, caught, cancelled, hashed": many,
    "2,000 plans inside one another each in a loop in a branch: run, failed, caught, cancelled, hashed": many,
    "2,000 plans inside one another in proportion to 200": many,
  },
  "execute/schedule.test.ts": {
    "a run that computes for long lets the rest of the process have its turns a loop": process,
    "a run that computes for long lets the rest of the process have its turns a map": process,
    "a run that computes for long lets the rest of the process have its turns a map of chains": process,
  },
  "execute/undo-edges.test.ts": {
    "size 300,000 steps that can be undone are no matter for the stack": many,
    "size groups in a long loop book what can be undone in proportion": many,
  },
};

const disk = "it writes so much that a disk is all that it would measure";

/** What is left out beside these where the journal is a file. */
export const onDisk: Exceptions = {
  "battery/ca.test.ts": { "CA06 10,000 steps under one signal: no warning, few listeners in the run, none after": disk },
  "battery/ck.test.ts": { "CK03 50 MB of text through five steps with events: not copied, and cut where it is shown": disk },
  "battery/ev.test.ts": {
    "EV02 over random plans: every started step ends once, retries come between, and nothing comes after the end 500 plans, some of them cancelled":
      disk,
    "EV06 50,000 events that wait for a slow reader are handed out in linear time": disk,
  },
  "battery/pa.test.ts": {
    "PA04 two failures in one tick: the first in declared order, the other beside it however they are ordered within the tick (1,000 seeded orders)":
      disk,
    "PA10 limit 4, 1,000 arms, any order of completion: never above 4, and 4 are reached": disk,
    "PA16 100,000 items with no limit given: 16 at once, and all done": disk,
  },
  "battery/to.test.ts": { "TO11 10,000 steps with timeouts leave nothing behind": disk },
  "battery/uc.test.ts": { "UC08 errors with circular causes, long chains and endless messages stay cheap": disk },
  "execute/scale.test.ts": {
    "PV15 100,000 steps: built, checked, hashed, drawn and run, in proportion to 10,000": disk,
    "steps that read what others gave 20,000 of them, in proportion to 2,000": disk,
    "2,000 plans inside one another cancelled 10,000 deep, where the groups inside one another end one by one": disk,
  },
  "execute/waits-attacked.test.ts": {
    "when nothing else can go on 10,000 items wait at once, and each answer goes to its own, in little time": disk,
  },
};
