// Durable runs. DU08, DU10, DU19, DU25 and DU33 as the journal's own matter are in test/journal, DU03 and DU07 (with full and
// failing disks, stopped owners and removed files) in test/chaos. DU12, DU13 and the rerun of DU28 are with plan changes, DU31
// and DU32 with the process boundary, in files of their own. DU27 has no released version to keep a recording of yet:
// test/journal/sqlite.test.ts has what is told of a later one.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { err } from "neverthrow";
import { expect, test } from "vitest";
import { z } from "zod";
import { BuildError, workflow } from "../../src/index.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { layOut, type Remains, settledBy, Undertaker } from "../chaos/remains.ts";
import { folder } from "../journal/doors.ts";
import { difference } from "../journal/identical.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

// Built in a loop: no type can follow it.
type Chain = any;

interface Called {
  readonly idempotencyKey: string;
  readonly attempt: number;
}

/** Twenty steps and more, with a parallel and a map. Each says when it begins, and when it has done what it does. */
function twenty(said: string[], look: (moment: string) => void = () => {}) {
  const work =
    <T>(value: T) =>
    async ({ idempotencyKey, attempt }: Called): Promise<T> => {
      said.push(`begin ${idempotencyKey} ${attempt}`);
      look(`in ${idempotencyKey}`);
      await delay(1);
      said.push(`did ${idempotencyKey} ${attempt}`);
      look(`after the effect of ${idempotencyKey}`);
      return value;
    };
  return workflow("twenty")
    .then("a1", work(1))
    .then("a2", work(new Date(2)))
    .then("a3", work(3))
    .parallel("p", { b1: work(1), b2: { flow: (b) => b.then("c1", work(1)).then("c2", work("two")) }, b3: work(3) })
    .then("d1", work(1))
    .map(
      "m",
      () => [1, 2, 3, 4, 5],
      ({ last, idempotencyKey, attempt }) => work(last * 2)({ idempotencyKey, attempt }),
      { concurrency: 2 },
    )
    .then("e1", work(1))
    .tap("e2", work(2))
    .then("e3", work(3))
    .then("end", ({ steps }) => ({ when: steps.a2.getTime(), mapped: steps.m, arms: steps.p, inner: steps.c2 }))
    .build();
}

const keyOf = (line: string): string => line.split(" ")[1] ?? "";
const attemptOf = (line: string): number => Number(line.split(" ")[2]);

test("DU01 DU02 killed before and after every write, within every step and after its effect: nothing that is stored runs again", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  const said: string[] = [];
  const undertaker = new Undertaker(file, said);
  const journal = sqliteJournal(file);
  const plan = twenty(said, (moment) => undertaker.take(moment));
  const whole = (await plan.run("x", { journal: undertaker.journal(journal), runId: "r" }))._unsafeUnwrap();
  await journal.close();
  expect(undertaker.remains.length).toBeGreaterThan(100);
  const begun = (lines: readonly string[]) => lines.filter((line) => line.startsWith("begin "));
  for (const [index, remains] of undertaker.remains.entries()) {
    const copy = `${place.path}/${index}.db`;
    layOut(copy, remains);
    const after: string[] = [];
    const again = sqliteJournal(copy);
    const resumed = (await twenty(after).run("x", { journal: again, runId: "r" }))._unsafeUnwrap();
    await again.close();
    expect(resumed.output, remains.moment).toEqual(whole.output);
    expect(resumed.steps, remains.moment).toEqual(whole.steps);
    const keys = begun(after).map(keyOf);
    expect(new Set(keys).size, `${remains.moment}: a step twice`).toBe(keys.length);
    for (const line of begun(after)) {
      const key = keyOf(line);
      expect(remains.stored, remains.moment).not.toContain(key.slice("r/".length));
      // Where nobody can know whether it had begun, it counts as having.
      const before = begun(remains.said).find((other) => keyOf(other) === key);
      if (before === undefined) expect([1, 2], remains.moment).toContain(attemptOf(line));
      else expect(attemptOf(line), `${remains.moment}: ${key}`).toBe(attemptOf(before) + 1);
    }
  }
}, 120_000);

/** A run that was killed half way, with what it left. */
async function halfWay(path: string, calls: string[]) {
  const file = `${path}/origin.db`;
  const undertaker = new Undertaker(file, calls);
  const journal = sqliteJournal(file);
  await short(calls).run("x", { journal: undertaker.journal(journal), runId: "r" });
  await journal.close();
  const half = undertaker.remains.findLast(({ stored }) => stored.size === 3);
  if (half === undefined) throw new Error("Expected the run to have been half way");
  return half;
}

function short(calls: string[]) {
  const work = (value: string) => (context: Called) => {
    calls.push(context.idempotencyKey.slice("r/".length));
    return `${value} ${"x".repeat(200)}`;
  };
  return workflow("short")
    .then("a", work("a"))
    .parallel("p", { b: work("b"), c: work("c") })
    .then("d", work("d"))
    .then("end", ({ steps }) => [steps.a, steps.p.b, steps.p.c, steps.d].map((text) => text[0]).join(""))
    .build();
}

const settledIn = (texts: readonly string[]): readonly string[] =>
  texts.map(settledBy).flatMap((settled) => (settled?.how === "value" && settled.role === "" ? [settled.path] : []));

test("DU04 a log cut off in each of its frames: the run goes on from the last whole record, and repeats none", async () => {
  await using place = await folder();
  const half = await halfWay(place.path, []);
  const [[, main], [, log]] = half.files as [[string, Buffer], [string, Buffer]];
  const [header, frame] = [32, 24 + 4_096];
  const cuts = [0, 1, header - 1];
  for (let at = header; at < log.length; at += frame) cuts.push(at, at + 1, at + 24, at + 24 + 2_048, at + frame - 1);
  expect(cuts.length).toBeGreaterThan(100);
  let least = 0;
  for (const cut of cuts) {
    const file = `${place.path}/cut-${cut}.db`;
    layOut(file, {
      files: [
        ["", main],
        ["-wal", log.subarray(0, cut)],
      ],
    });
    const journal = sqliteJournal(file);
    const stored = settledIn((await journal.read("r"))._unsafeUnwrap());
    expect(stored.length, `cut at ${cut}`).toBeGreaterThanOrEqual(least);
    least = stored.length;
    const calls: string[] = [];
    expect((await short(calls).run("x", { journal, runId: "r" }))._unsafeUnwrap().output, `cut at ${cut}`).toBe("abcd");
    expect(
      calls.filter((call) => stored.includes(call)),
      `cut at ${cut}`,
    ).toEqual([]);
    await journal.close();
  }
  expect(least).toBe(3);
}, 120_000);

test.each(["", "-wal"])(
  "DU04 bits that flipped in the file (%j): the run's own result, or a failure in words, and never another result",
  async (ending) => {
    await using place = await folder();
    const half = await halfWay(place.path, []);
    const files = new Map(half.files);
    if (ending === "") {
      // With everything in the one file.
      layOut(`${place.path}/merged.db`, half);
      const merging = sqliteJournal(`${place.path}/merged.db`);
      await merging.send("r", "key", "body");
      await merging.close();
      files.set("", readFileSync(`${place.path}/merged.db`));
      files.set("-wal", Buffer.alloc(0));
    }
    const whole = files.get(ending) as Buffer;
    const outcomes = new Map<string, number>();
    for (let at = 19; at < whole.length; at += Math.ceil(whole.length / 240)) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] as number) ^ 0x15;
      const file = `${place.path}/flipped-${at}.db`;
      layOut(file, { files: [...files].map(([name, content]) => [name, name === ending ? flipped : content]) });
      const journal = sqliteJournal(file);
      const calls: string[] = [];
      const result = await short(calls).run("x", { journal, runId: "r" });
      const told = result.isOk() ? "ok" : result.error.type;
      outcomes.set(told, (outcomes.get(told) ?? 0) + 1);
      if (result.isOk()) {
        expect(result.value.output, `byte ${at}`).toBe("abcd");
        // What is lost with the end of a log cannot be known; what is in the file is not done again, even if the file is damaged.
        if (ending === "")
          expect(
            calls.filter((call) => half.stored.has(call)),
            `byte ${at}`,
          ).toEqual([]);
      } else {
        expect(["journal_failed", "run_exists", "run_locked", "run_not_found", "plan_changed"], `byte ${at}`).toContain(told);
        expect(result.error.message, `byte ${at}`).toMatch(/^Expected .+/);
      }
      await journal.close();
    }
    expect(outcomes.get("ok")).toBeGreaterThan(10);
    if (ending === "") expect(outcomes.get("journal_failed")).toBeGreaterThan(10);
  },
  120_000,
);

const outputs: readonly (readonly [string, unknown])[] = [
  [
    "DU14 dates, maps, sets and the numbers that JSON has not",
    {
      when: new Date(5),
      map: new Map([[new Date(1), new Set([-0, Number.NaN])]]),
      big: 2n ** 70n,
      not: undefined,
      far: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    },
  ],
  [
    "DU14 errors with causes, expressions, memory",
    {
      error: new TypeError("outer", { cause: new RangeError("inner") }),
      pattern: /a(?<b>.)/giu,
      bytes: new Uint16Array([1, 65_535]),
      buffer: Buffer.from("heddle"),
    },
  ],
  ["DU17 text of every kind", ["\ud800 alone", "\udc00", "nul \0 there", "line\u2028end", "carriage\r\nreturn", "🧵 thread", "é"]],
  [
    "DU18 keys of an object's own that mean something to others",
    JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}, "then": 1}'),
  ],
  ["data like the journal's own", [1, [0], { type: "settled", key: "a||1", how: "value" }, ["undefined"]]],
];

test.each(outputs)("%s: what a step hands on, what a resume gives and what the input was are alike", async (_, value) => {
  await using place = await folder();
  const seen: unknown[] = [];
  const plan = () =>
    workflow("outputs")
      .input<unknown>()
      .then("a", ({ last }) => last)
      .then("b", ({ last }) => (seen.push(last), last))
      .build();
  const journal = sqliteJournal(`${place.path}/runs.db`);
  const live = (await plan().run(value, { journal, runId: "r" }))._unsafeUnwrap();
  await journal.close();
  const again = sqliteJournal(`${place.path}/runs.db`);
  const resumed = (await plan().resume("r", { journal: again }))._unsafeUnwrap();
  await again.close();
  for (const copy of [seen[0], live.output, resumed.output]) expect(difference(copy, value)).toBeUndefined();
  expect(seen).toHaveLength(1);
  expect(Object.prototype).not.toHaveProperty("polluted");
});

class Money {
  readonly amount = 1;
}

test.each([
  ["a function", { call: () => 1 }, "$.call"],
  ["an instance of a class", [new Money()], "$[0]"],
])("DU14 %s is refused where the step ends: the step does not count as done", async (_, value, path) => {
  const journal = memoryJournal();
  const plan = workflow("refused")
    .then("a", () => value as unknown, { undo: () => expect.unreachable() })
    .then("b", () => expect.unreachable())
    .build();
  for (const run of [() => plan.run("x", { journal, runId: "r" }), () => plan.resume("r", { journal })]) {
    const failure = (await run())._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "not_serializable", step: "a" });
    expect(failure.message).toContain(path);
  }
});

const approving = (calls: string[]) =>
  workflow("approving")
    .parallel("both", {
      one: { flow: (b) => b.waitFor("a", z.string()).tap("after-a", ({ last }) => void calls.push(`a ${last}`)) },
      other: { flow: (b) => b.waitFor("b", z.string()).tap("after-b", ({ last }) => void calls.push(`b ${last}`)) },
    })
    .then("end", ({ last }) => `${last.one} ${last.other}`)
    .build();

test("DU19 DU23 two waits side by side, answered in the other order and each twice at once, with a kill in between", async () => {
  await using place = await folder();
  const [file, calls]: [string, string[]] = [`${place.path}/runs.db`, []];
  const undertaker = new Undertaker(file, calls);
  const first = sqliteJournal(file);
  expect((await approving(calls).run("x", { journal: undertaker.journal(first), runId: "r" }))._unsafeUnwrapErr().type).toBe("suspended");
  const answers = await Promise.all(["yes", "no"].map((said) => approving([]).answer("r", "b", said, { journal: first })));
  expect(answers.map((answer) => answer.isOk())).toEqual([true, false]);
  expect(answers[1]?._unsafeUnwrapErr()).toMatchObject({ type: "answer_refused", reason: "answered" });
  undertaker.take("killed with one answer there");
  await first.close();
  const copy = `${place.path}/copy.db`;
  layOut(copy, undertaker.remains.at(-1) as Remains);
  const second = sqliteJournal(copy);
  const suspended = (await approving(calls).resume("r", { journal: second }))._unsafeUnwrapErr();
  expect(suspended).toMatchObject({ type: "suspended", waits: [{ step: "a" }] });
  expect((await approving([]).answer("r", "a", "fine", { journal: second })).isOk()).toBe(true);
  expect((await approving(calls).resume("r", { journal: second }))._unsafeUnwrap().output).toBe("fine yes");
  expect(calls).toEqual(["b yes", "a fine"]);
  await second.close();
});

test("DU21 answers to runs that are not there or over, and of the wrong kind: refused in words, and the run is as it was", async () => {
  const journal = memoryJournal();
  const plan = approving([]);
  await plan.run("x", { journal, runId: "r" });
  const reasonOf = async (runId: string, step: "a" | "b", said: unknown) => {
    const refused = (await plan.answer(runId, step, said as string, { journal }))._unsafeUnwrapErr();
    expect(refused.message).toMatch(/^Expected /);
    return refused.reason;
  };
  expect(await reasonOf("nobody", "a", "x")).toBe("no_such_run");
  expect(await reasonOf("r", "a", 7)).toBe("invalid");
  expect((await plan.resume("r", { journal }))._unsafeUnwrapErr()).toMatchObject({
    type: "suspended",
    waits: [{ step: "a" }, { step: "b" }],
  });
  for (const step of ["a", "b"] as const) expect((await plan.answer("r", step, "yes", { journal })).isOk()).toBe(true);
  expect((await plan.resume("r", { journal }))._unsafeUnwrap().output).toBe("yes yes");
  expect(await reasonOf("r", "a", "again")).toBe("over");
});

test("DU24 a completed run that is asked for again gives its result, whoever asks: nothing is executed, nothing is written", async () => {
  await using place = await folder();
  const [file, calls]: [string, string[]] = [`${place.path}/runs.db`, []];
  const journal = sqliteJournal(file);
  const first = (await short(calls).run("x", { journal, runId: "r" }))._unsafeUnwrap();
  const records = (await journal.read("r"))._unsafeUnwrap();
  const done = [...calls];
  for (const again of [await short(calls).run("x", { journal, runId: "r" }), await short(calls).resume("r", { journal })]) {
    expect(again._unsafeUnwrap().output).toBe(first.output);
    expect(again._unsafeUnwrap().trace).toEqual(first.trace);
  }
  expect(calls).toEqual(done);
  expect((await journal.read("r"))._unsafeUnwrap()).toEqual(records);
  await journal.close();
});

test("DU25 ids that mean something to a file system are ids and nothing else", async () => {
  await using place = await folder();
  const journal = sqliteJournal(`${place.path}/runs.db`);
  const plan = workflow("named")
    .then("a", ({ runId }) => runId)
    .build();
  const ids = ["../../x", "a/b", "/etc/passwd", "CON", "A", "a", "%2e%2e", "x".repeat(200), " ", "\u00e9", "e\u0301"];
  const outputs = await Promise.all(ids.map(async (runId) => (await plan.run("x", { journal, runId }))._unsafeUnwrap().output));
  expect(outputs).toEqual(ids);
  for (const none of ["", "x".repeat(300), "\ud800"]) expect(() => plan.run("x", { journal, runId: none })).toThrow(BuildError);
  expect(
    (await journal.runs())
      ._unsafeUnwrap()
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(ids.toSorted());
  await journal.close();
  expect(readdirSync(place.path)).toEqual(["runs.db"]);
});

/** The time of a machine whose wall clock is `wall` ms after now; its timers are the test's to move. */
class Machine extends VirtualClock {
  readonly #wall: number;

  constructor(wall = 0) {
    super();
    this.#wall = Date.now() + wall;
  }

  override date(): number {
    return this.#wall + this.now();
  }
}

test.each([
  [45, 15],
  [120, 0],
])("DU26 a sleep of 60 minutes, killed at 30 and resumed at %i: it lasts %i more", async (resumedAt, more) => {
  const minute = 60_000;
  const journal = memoryJournal();
  const plan = workflow("sleeping")
    .sleep("hour", 60 * minute)
    .then("end", () => "awake")
    .build();
  const before = new Machine();
  const killed = plan.run("x", { journal, runId: "r", clock: before });
  await before.advance(30 * minute);
  await journal.close();
  expect((await before.until(killed))._unsafeUnwrapErr().type).toBe("interrupted");
  const after = new Machine(resumedAt * minute);
  const resumed = plan.resume("r", { journal: memoryJournal(journal), clock: after });
  expect((await after.until(resumed))._unsafeUnwrap().output).toBe("awake");
  expect(after.now() / minute).toBeCloseTo(more, 1);
});

test("DU28 a recorded failure is not tried again, and its errors keep name, message, code, fields and cause", async () => {
  await using place = await folder();
  const journal = sqliteJournal(`${place.path}/runs.db`);
  let calls = 0;
  const plan = workflow("failing")
    .settle("both", {
      returned: () => (calls++, err({ type: "declined", at: new Date(3) } as const)),
      thrown: () => {
        calls++;
        throw Object.assign(new RangeError("too far", { cause: new Error("a wall") }), { code: "EFAR" });
      },
    })
    .then("last", () => {
      calls++;
      throw Object.assign(new TypeError("no", { cause: { deep: [1] } }), { code: "ENO" });
    })
    .build();
  const first = (await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr();
  const again = (await plan.resume("r", { journal }))._unsafeUnwrapErr();
  expect(calls).toBe(3);
  expect(again).toMatchObject({ type: "step_failed", step: "last", threw: true, message: first.message });
  expect(again.cause).toBeInstanceOf(TypeError);
  expect(again.cause).toMatchObject({ name: "TypeError", message: "no", code: "ENO", cause: { deep: [1] } });
  const both = again.steps.both as { returned: { error: { cause: unknown } }; thrown: { error: { cause: unknown } } };
  expect(both.returned.error.cause).toEqual({ type: "declined", at: new Date(3) });
  expect(both.thrown.error.cause).toMatchObject({ name: "RangeError", message: "too far", code: "EFAR", cause: { message: "a wall" } });
  await journal.close();
});

test("DU33 1,000 runs at once in one store: each has its own result and nothing of another's", async () => {
  await using place = await folder();
  const journal = sqliteJournal(`${place.path}/runs.db`);
  const plan = workflow("one of many")
    .input<number>()
    .parallel("p", { a: ({ last }) => last * 2, b: async ({ last }) => `${last}` })
    .then("end", ({ last, runId }) => [runId, last.a, last.b])
    .build();
  const numbers = Array.from({ length: 1_000 }, (_, index) => index);
  const results = await Promise.all(numbers.map((number) => plan.run(number, { journal, runId: `run ${number}` })));
  expect(results.map((result) => result._unsafeUnwrap().output)).toEqual(
    numbers.map((number) => [`run ${number}`, number * 2, `${number}`]),
  );
  expect((await journal.runs({ status: "completed", limit: 2_000 }))._unsafeUnwrap()).toHaveLength(1_000);
  const resumed = await Promise.all([7, 500, 999].map((number) => plan.resume(`run ${number}`, { journal })));
  expect(resumed.map((result) => result._unsafeUnwrap().output)).toEqual(
    [7, 500, 999].map((number) => [`run ${number}`, number * 2, `${number}`]),
  );
  await journal.close();
}, 60_000);

/** Commits in the log: frames that say how large the file is after them (https://sqlite.org/fileformat2.html#walformat). */
function commitsIn(file: string): number {
  const log = readFileSync(`${file}-wal`);
  const [header, salt] = [32, log.readBigUInt64BE(16)];
  let commits = 0;
  for (let at = header; at + 24 <= log.length && log.readBigUInt64BE(at + 8) === salt; at += 24 + 4_096)
    if (log.readUInt32BE(at + 4) > 0) commits++;
  return commits;
}

test("steps that settle in one tick cost one commit of the journal together, and not one each", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  const journal = sqliteJournal(file);
  const gate = Promise.withResolvers<void>();
  let waiting = 0;
  const arms = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [
      `arm${index}`,
      async () => {
        if (++waiting === 100) setTimeout(gate.resolve, 20);
        await gate.promise;
        return index;
      },
    ]),
  );
  let before = 0;
  const plan = (workflow("wide") as Chain)
    .tap("count", () => {
      before = commitsIn(file);
    })
    .parallel("all", arms)
    .build();
  const run = await plan.run("x", { journal, runId: "r", concurrency: 100 });
  const after = commitsIn(file);
  expect(Object.keys(run._unsafeUnwrap().output)).toHaveLength(100);
  // That the arms were begun, how they ended, the end of the run, its release, and a sign of life in between; one each would be 200.
  expect(after - before).toBeLessThanOrEqual(8);
  expect(before).toBeGreaterThan(1);
  await journal.close();
});

test("what a run takes on the disk is its outputs, once each, and little more", async () => {
  await using place = await folder();
  const sizes: number[] = [];
  const counts = [50, 100, 200];
  for (const count of counts) {
    const file = `${place.path}/${count}.db`;
    const journal = sqliteJournal(file);
    let chain: Chain = workflow("wide");
    for (let index = 0; index < count; index++) chain = chain.then(`s${index}`, () => `${index}`.padEnd(1_000, "."));
    expect((await chain.build().run("x", { journal })).isOk()).toBe(true);
    await journal.close();
    sizes.push(statSync(file).size);
  }
  const perStep = ((sizes[2] as number) - (sizes[1] as number)) / 100;
  expect(perStep).toBeLessThan(1_500);
  // As much for each of the second hundred as for each of the first: nothing grows with what came before.
  expect(perStep).toBeLessThan((1.3 * ((sizes[1] as number) - (sizes[0] as number))) / 50);
});

test("a resume takes as long for each record of a long run as of a short one", async () => {
  await using place = await folder();
  const journal = sqliteJournal(`${place.path}/runs.db`);
  const plan = (count: number) =>
    workflow(`long ${count}`)
      .map(
        "each",
        () => Array.from({ length: count }, (_, index) => index),
        ({ last }) => last * 2,
      )
      .then("end", ({ last }) => last.length)
      .build();
  const best = new Map<number, number>();
  for (const count of [2_000, 16_000]) {
    await plan(count).run("x", { journal, runId: String(count), concurrency: 500 });
    for (let round = 0; round < 5; round++) {
      const begun = performance.now();
      expect((await plan(count).resume(String(count), { journal }))._unsafeUnwrap().output).toBe(count);
      best.set(count, Math.min(best.get(count) ?? Number.POSITIVE_INFINITY, performance.now() - begun));
    }
  }
  // Eight times the records; were it quadratic, it would be sixty-four times the time.
  expect((best.get(16_000) as number) / (best.get(2_000) as number)).toBeLessThan(24);
  await journal.close();
}, 60_000);
