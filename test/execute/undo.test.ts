import { agent, step, workflow } from "heddle";
import { modelServer, script } from "heddle/testing";
import { err } from "neverthrow";
import { describe, expect, test } from "vitest";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Steps that write down what they do and undo. */
function ledger() {
  const lines: string[] = [];
  const done =
    (name: string, ms = 0) =>
    async () => {
      if (ms > 0) await sleep(ms);
      lines.push(name);
      return name;
    };
  const undo = (output: unknown) => {
    lines.push(`undo ${output}`);
  };
  return { lines, done, undo };
}

const fail = () => {
  throw new Error("boom");
};

describe("a run that fails for good", () => {
  test("undoes in reverse order of completion, across groups, loops, maps and sub-workflows, each as a recorded leaf", async () => {
    const { lines, done, undo } = ledger();
    const sub = workflow("sub").input<unknown>().then("inner", done("inner"), { undo }).build();
    const plan = workflow("w")
      .then("first", done("first"), { undo })
      .parallel("both", { slow: { do: done("slow", 20), undo }, quick: { do: done("quick"), undo } })
      .use(sub)
      .map(
        "each",
        () => [1, 2],
        {
          flow: (b) =>
            b.then(
              "item",
              ({ last }) => {
                lines.push(`item ${last}`);
                return `item ${last}`;
              },
              { undo },
            ),
        },
        { concurrency: 1 },
      )
      .then("last", fail, { undo })
      .build();
    const failure = (await plan.run("x"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", step: "last", suppressed: [] });
    expect(lines).toEqual([
      "first",
      "quick",
      "slow",
      "inner",
      "item 1",
      "item 2",
      "undo item 2",
      "undo item 1",
      "undo inner",
      "undo slow",
      "undo quick",
      "undo first",
    ]);
    expect(failure.trace.filter(({ kind }) => kind === "undo").map(({ path, status }) => [path, status])).toEqual([
      ["each[1]/item/undo", "completed"],
      ["each[0]/item/undo", "completed"],
      ["sub/inner/undo", "completed"],
      ["both/slow/undo", "completed"],
      ["both/quick/undo", "completed"],
      ["first/undo", "completed"],
    ]);
  });

  test("an undo sees its step's output and context, may retry, and has a timeout of its own; what fails is suppressed and stops no other", async () => {
    const seen: unknown[] = [];
    let tries = 0;
    const plan = workflow("w")
      .state({ paid: 0 })
      .then(
        "a",
        ({ set }) => {
          set({ paid: 1 });
          return 1;
        },
        {
          undo: (output, { steps, state, idempotencyKey }) => {
            seen.push(output, Object.keys(steps), state, idempotencyKey);
          },
        },
      )
      .then("b", () => 2, {
        undo: {
          run: () => {
            if (++tries < 2) throw new Error("not yet");
          },
          retries: { max: 1, initial: 1 },
        },
      })
      .then("c", () => 3, { undo: { run: () => sleep(10_000), timeout: 10 } })
      .then("d", () => 4, { undo: () => err("cannot") })
      .then("boom", fail)
      .build();
    const failure = (await plan.run("x", { grace: 10, runId: "r" }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", step: "boom" });
    expect(failure.suppressed.map(({ type, path }) => [type, path])).toEqual([
      ["step_failed", "d/undo"],
      ["step_timed_out", "c/undo"],
    ]);
    expect(tries).toBe(2);
    expect(seen).toEqual([1, [], { paid: 1 }, "r/a/undo"]);
  });

  test("a cancel is what undo is shielded from, and a second one changes nothing", async () => {
    const { lines, done } = ledger();
    const abort = new AbortController();
    const plan = workflow("w")
      .then("a", done("a"), {
        undo: async (_, { signal }) => {
          abort.abort("again");
          await sleep(20);
          lines.push(`undone, aborted: ${signal.aborted}`);
        },
      })
      .then(
        "b",
        ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason));
            setTimeout(() => abort.abort("stop"), 5);
          }),
      )
      .build();
    const failure = (await plan.run("x", { signal: abort.signal, grace: 5 }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "cancelled", reason: "stop" });
    expect(lines).toEqual(["a", "undone, aborted: false"]);
  });

  test("a retried sub-workflow is undone once for each effect", async () => {
    const { lines, undo } = ledger();
    let attempts = 0;
    const sub = workflow("sub")
      .then("charge", ({ idempotencyKey }) => `charge ${idempotencyKey}`, { undo })
      .then("check", () => {
        attempts++;
        throw new Error("no");
      })
      .build();
    const failure = (
      await workflow("w")
        .then("sub", sub, { retries: { max: 2, initial: 1 } })
        .build()
        .run("x", { runId: "r" })
    )._unsafeUnwrapErr();
    expect(failure.type).toBe("step_failed");
    expect(attempts).toBe(3);
    expect(lines).toEqual(["undo charge r/sub/charge"]);
  });

  test("agents and plans as steps are undone as one", async () => {
    await using server = await modelServer(script(["posted"]));
    process.env["OPENAI_BASE_URL"] = server.url;
    const { lines, undo } = ledger();
    const sub = workflow("sub")
      .then("x", () => 7)
      .build();
    const plan = workflow("w")
      .then("post", agent({ model: "gpt-4o" }), { undo })
      .then("sub", sub, { input: () => "", undo })
      .then("boom", fail)
      .build();
    expect((await plan.run("x")).isErr()).toBe(true);
    expect(lines).toEqual(["undo 7", "undo posted"]);
    delete process.env["OPENAI_BASE_URL"];
  });
});

describe("a failure that is held back", () => {
  test("catch undoes nothing, unless told to; a later failure undoes what is left", async () => {
    for (const told of [false, true]) {
      const { lines, done, undo } = ledger();
      const base = workflow("w")
        .then("a", done("a"), { undo })
        .then("b", fail)
        .catch(
          "rescued",
          () => {
            lines.push("rescued");
            return 1;
          },
          { undo: told },
        )
        .then("c", done("c"), { undo });
      expect((await base.build().run("x")).isOk()).toBe(true);
      expect(lines).toEqual(told ? ["a", "undo a", "rescued", "c"] : ["a", "rescued", "c"]);
      lines.length = 0;
      expect((await base.then("d", fail).build().run("x")).isErr()).toBe(true);
      expect(lines).toEqual(told ? ["a", "undo a", "rescued", "c", "undo c"] : ["a", "rescued", "c", "undo c", "undo a"]);
    }
  });

  test("catch in an inner chain undoes that chain and nothing before it", async () => {
    const { lines, done, undo } = ledger();
    const plan = workflow("w")
      .then("outer", done("outer"), { undo })
      .branch("b", () => true, {
        yes: {
          flow: (b) =>
            b
              .then("inner", done("inner"), { undo })
              .then("boom", fail)
              .catch("rescued", ({ failure }) => failure.suppressed.length, { undo: true }),
        },
      })
      .build();
    expect((await plan.run("x"))._unsafeUnwrap().output).toBe(0);
    expect(lines).toEqual(["outer", "inner", "undo inner"]);
    // What came before is undone once something fails that nobody catches.
    lines.length = 0;
    expect((await workflow("later").use(plan).then("late", fail).build().run("x")).isErr()).toBe(true);
    expect(lines).toEqual(["outer", "inner", "undo inner", "undo outer"]);
  });

  test("the losers of a race are undone before it settles, the winner is not", async () => {
    const { lines, done, undo } = ledger();
    const plan = workflow("w")
      .race("r", {
        quick: { flow: (b) => b.then("q1", done("q1", 15), { undo }) },
        slow: {
          flow: (b) =>
            b
              .then("s1", done("s1"), { undo })
              .then("s2", ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)))),
        },
      })
      .tap("after", () => {
        lines.push("after");
      })
      .build();
    const run = (await plan.run("x"))._unsafeUnwrap();
    expect(run.output).toBe("q1");
    expect(lines).toEqual(["s1", "q1", "undo s1", "after"]);
  });

  test("an arm of settle that failed is undone before it settles, the others are not", async () => {
    const { lines, done, undo } = ledger();
    const plan = workflow("w")
      .settle("s", {
        good: { do: done("good"), undo },
        bad: {
          flow: (b) =>
            b
              .then("b1", done("b1"), {
                undo: () => {
                  lines.push("undo b1");
                  throw new Error("stuck");
                },
              })
              .then("b2", fail),
        },
      })
      .build();
    const run = (await plan.run("x"))._unsafeUnwrap();
    expect(lines).toEqual(["good", "b1", "undo b1"]);
    expect(run.output.good).toEqual({ ok: true, value: "good" });
    expect(run.output.bad).toMatchObject({ ok: false, error: { step: "b2", suppressed: [{ path: "s/bad/b1/undo" }] } });
  });
});

test("a step that failed is not undone, and a run that succeeds undoes nothing", async () => {
  const { lines, done, undo } = ledger();
  expect((await workflow("w").then("a", fail, { undo }).build().run("x")).isErr()).toBe(true);
  expect((await workflow("w").then("a", done("a"), { undo }).build().run("x")).isOk()).toBe(true);
  expect(lines).toEqual(["a"]);
});

test("a step() value is undone with its own output", async () => {
  const { lines, undo } = ledger();
  const charge = step("charge", (amount: number) => ({ receipt: amount }));
  const plan = workflow("w")
    .then("pay", charge, { input: ({ last }) => last.length, undo: ({ receipt }) => undo(receipt) })
    .then("boom", fail)
    .build();
  expect((await plan.run("four")).isErr()).toBe(true);
  expect(lines).toEqual(["undo 4"]);
});
