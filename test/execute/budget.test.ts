// What a budget lets through, in every order in which calls can end: the real scheduler and real agents on an engine of paper.
import { agent, type Model } from "heddle";
import { describe, expect, test } from "vitest";
import { loose } from "../support/loose.ts";
import { asks, model, prompts, replied, requests, requestTokens, start } from "./budgeted.ts";
import { ScriptedRun } from "./scripted-port.ts";

const three = (...most: readonly number[]) =>
  loose()
    .parallel("p", Object.fromEntries(most.map((each, index) => [`abcdef`[index] as string, asks(each)])))
    .build();

describe("once a reply has taken more than its call had reserved", () => {
  const needs = (most: number) => requestTokens + most;
  const plan = (model_: Model, most: number) =>
    loose()
      .then("first", agent({ model, settings: { maxOutputTokens: most } }), { input: () => "in" })
      .parallel(
        "p",
        Object.fromEntries(
          ["a", "b", "c"].map((name) => [name, { do: agent({ model: model_, settings: { maxOutputTokens: 400 } }), input: () => "in" }]),
        ),
      )
      .build();
  const begin = (tokens: number, first: number, { most = 100, other = model } = {}) => {
    const run = start(plan(other, most), { budget: { tokens } });
    run.returns("first/turn#1@1", replied(first));
    prompts(run);
    return run;
  };

  test("the others are expected to: the next waits until they leave room for it even so", () => {
    const excess = 50;
    const room = 3 * needs(400) + 2 * excess;
    // So much that the part is less than the amount.
    const most = 2_000;
    const spent = needs(most) + excess;
    expect(requests(begin(spent + room, spent, { most }))).toHaveLength(3);
    const run = begin(spent + room - 1, spent, { most });
    expect(requests(run)).toEqual(["p/a/turn#1@1", "p/b/turn#1@1"]);
    run.returns("p/a/turn#1@1", replied(needs(400)));
    expect(requests(run)).toEqual(["p/b/turn#1@1", "p/c/turn#1@1"]);
  });

  test("larger ones by as large a part", () => {
    // Twice of what it had reserved.
    const spent = 2 * needs(100);
    const room = needs(400) + 2 * needs(400);
    expect(requests(begin(spent + room, spent))).toHaveLength(2);
    expect(requests(begin(spent + room - 1, spent))).toHaveLength(1);
  });

  test("alone a call needs no more room than it reserves, and another model is no worse for it", () => {
    const spent = 2 * needs(100);
    const run = begin(spent + needs(400) + 1, spent);
    expect(requests(run)).toHaveLength(1);
    run.returns("p/a/turn#1@1", replied(1));
    expect(requests(run)).toHaveLength(1);
    expect(requests(begin(spent + 3 * needs(400), spent, { other: { ...model, name: "another" } }))).toHaveLength(3);
  });

  test("what took less than it had reserved is no excess", () => {
    expect(requests(begin(10 + 3 * needs(400), 10))).toHaveLength(3);
  });
});

describe("a call waits for what others have reserved", () => {
  const needs = (most: number) => requestTokens + most;

  test("and goes on when their replies took less", () => {
    const run = start(three(100, 100, 100), { budget: { tokens: 2 * needs(100) } });
    expect(requests(run)).toEqual(["p/a/turn#1@1", "p/b/turn#1@1"]);
    run.returns("p/b/turn#1@1", replied(10));
    expect(requests(run)).toEqual(["p/a/turn#1@1"]);
    run.returns("p/a/turn#1@1", replied(20));
    expect(requests(run)).toEqual(["p/c/turn#1@1"]);
    run.returns("p/c/turn#1@1", replied(30));
    expect(run.ended).toEqual([{ value: { a: "said", b: "said", c: "said" } }]);
  });

  test("in the order in which they came: a small call does not pass a large one", () => {
    const run = start(three(100, 300, 10), { budget: { tokens: needs(300) + 50 } });
    expect(requests(run)).toEqual(["p/a/turn#1@1"]);
    run.returns("p/a/turn#1@1", replied(20));
    expect(requests(run)).toEqual(["p/b/turn#1@1", "p/c/turn#1@1"]);
  });

  test("and fails when their replies took so much that it never will fit", () => {
    const run = start(three(100, 100), { budget: { tokens: 2 * needs(100) - 1 } });
    expect(requests(run)).toEqual(["p/a/turn#1@1"]);
    run.returns("p/a/turn#1@1", replied(needs(100)));
    expect(run.ended).toMatchObject([
      {
        failure: {
          type: "budget_exceeded",
          path: "p/b/turn#1",
          attempts: 0,
          limit: "tokens",
          allowed: 2 * needs(100) - 1,
          spent: needs(100),
          reservation: needs(100),
        },
      },
    ]);
    // What was never made has no record of its own.
    expect(run.asked.filter((key) => key.startsWith("p/b/turn"))).toEqual([]);
  });

  test("without holding a permit", () => {
    const plan = loose()
      .parallel("p", { a: asks(100), b: asks(100), c: asks(100), held: () => {} })
      .build();
    const run = start(plan, { concurrency: 2, budget: { tokens: needs(100) } });
    expect(requests(run)).toEqual(["p/a/turn#1@1", "p/held@1"]);
  });

  test("and holds back what has not begun: a map over 10,000 items begins about as many as there are permits", () => {
    const plan = loose()
      .map("each", () => [], asks(10))
      .build();
    const run = new ScriptedRun(plan, { concurrency: 4, budget: { tokens: needs(10) + 1 } }).start();
    run.returns(
      "each@1",
      Array.from({ length: 10_000 }, () => "in"),
    );
    prompts(run);
    expect(requests(run)).toEqual(["each[0]/turn#1@1"]);
    expect(run.asked.length).toBeLessThan(14);
    // As each goes, the next begins.
    run.returns("each[0]/turn#1@1", replied(1));
    prompts(run);
    expect(requests(run)).toEqual(["each[1]/turn#1@1"]);
    expect(run.asked.length).toBeLessThan(18);
  });

  test("or ends at once with an abort, and makes room for who waited behind it", () => {
    const plan = loose()
      .parallel("p", {
        a: asks(100),
        first: { flow: (b: any) => b.race("r", { large: asks(200), held: () => {} }) },
        after: { flow: (b: any) => b.then("held-too", () => {}).then("z", asks(50)) },
      })
      .build();
    const run = start(plan, { budget: { tokens: needs(100) + needs(50) + 60 } });
    // The large one waits, and the small one, which would fit, behind it.
    run.returns("p/after/held-too@1", "in");
    prompts(run);
    expect(requests(run)).toEqual(["p/a/turn#1@1", "p/first/r/held@1"]);
    run.returns("p/first/r/held@1", "quick");
    expect(requests(run)).toEqual(["p/a/turn#1@1", "p/after/z/turn#1@1"]);
    run.returns("p/after/z/turn#1@1", replied(1));
    run.returns("p/a/turn#1@1", replied(1));
    expect(run.ended).toEqual([{ value: { a: "said", first: "quick", after: "said" } }]);
  });
});

test("a call that is stopped while it waits for its permit gives back what it had reserved", () => {
  const late = (ms: number, step: unknown) => ({ flow: (b: any) => b.sleep(`sleep${ms}`, ms).then(`at${ms}`, step) });
  const plan = loose()
    .parallel("p", {
      first: { flow: (b: any) => b.race("r", { large: late(1, asks(200)), quick: late(2, () => {}) }) },
      after: late(3, asks(200)),
    })
    .build();
  const run = new ScriptedRun(plan, { concurrency: 1, budget: { tokens: requestTokens + 250 } }).start();
  const fire = (...keys: readonly string[]) => {
    run.fireNext();
    expect(requests(run)).toEqual(keys);
  };
  fire("p/first/r/large/at1@1");
  fire("p/first/r/large/at1@1");
  // Now the quick one waits for the permit, and the large one will behind it.
  run.returns("p/first/r/large/at1@1", "in");
  expect(requests(run)).toEqual(["p/first/r/quick/at2@1"]);
  run.returns("p/first/r/quick/at2@1", "quick");
  expect(run.asked.filter((key) => key.includes("turn"))).toEqual([]);
  fire("p/after/at3@1");
  run.returns("p/after/at3@1", "in");
  expect(requests(run)).toEqual(["p/after/at3/turn#1@1"]);
  run.returns("p/after/at3/turn#1@1", replied(1));
  expect(run.ended).toEqual([{ value: { first: "quick", after: "said" } }]);
});
