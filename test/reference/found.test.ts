import { expect, test } from "vitest";
import { mismatch } from "./compare.ts";
import type { Arm, Body, Leaf, NodeSpec, PlanSpec, Reply, RunSpec, Undo } from "./description.ts";

/* What the fuzzer found, as small as it shrank it: the executor had each of these wrong once. */

const now: Reply = { after: "at once", with: "value", onAbort: "stops" };
const soon: Reply = { after: 0, with: "value", onAbort: "stops" };
const leaf = (label: string, ...replies: readonly Partial<Reply>[]): Leaf => ({
  label,
  replies: replies.map((reply) => ({ ...now, ...reply })),
  gives: { kind: "label" },
});
const giving = (label: string, value: unknown): Leaf => ({ ...leaf(label, {}), gives: { kind: "constant", value } });
const call = (key: string, limits: object, ...replies: readonly Partial<Reply>[]): Arm => ({
  key,
  body: { kind: "call", leaf: leaf(key, ...replies), limits },
});
const plan = (name: string, ...nodes: readonly NodeSpec[]): PlanSpec => ({ name, merges: false, nodes });
const run = (options: Partial<RunSpec>, ...nodes: readonly NodeSpec[]): RunSpec => ({
  plan: plan("found", ...nodes),
  concurrency: 16,
  grace: 0,
  ...options,
});
const once = { max: 1, initial: 0, factor: 1, cap: 2 };
const route: NodeSpec = { kind: "route", id: "pick", leaf: giving("pick", "z"), limits: {}, arms: [call("a", {}, {})] };
const undo = (of: string): Undo => ({ leaf: leaf(`${of}.undo`, { after: 2 }), limits: { timeout: 5 } });
const undone = (id: string, ...replies: readonly Partial<Reply>[]): NodeSpec => ({ ...step(id, ...replies), undo: undo(id) }) as NodeSpec;
const flow = (...nodes: readonly NodeSpec[]): Body => ({ kind: "flow", nodes });
const step = (id: string, ...replies: readonly Partial<Reply>[]): NodeSpec => ({
  kind: "step",
  id,
  leaf: leaf(id, ...replies),
  limits: {},
});

test.each<[string, RunSpec]>([
  [
    "a sub-workflow in an arm of a parallel publishes its steps",
    run({}, { kind: "parallel", id: "p", arms: [{ key: "a", body: { kind: "plan", plan: plan("sub", step("s", {})), limits: {} } }] }),
  ],
  [
    "and in a race, as the winner and as a loser",
    run(
      {},
      {
        kind: "race",
        id: "r",
        arms: ["a", "b"].map(
          (key): Arm => ({ key, body: { kind: "plan", plan: plan(key, step(`${key}s`, key === "a" ? soon : now)), limits: {} } }),
        ),
      },
    ),
  ],
  [
    "but in a settle its outcome",
    run(
      { cancelAt: 3 },
      { kind: "settle", id: "s", arms: [{ key: "a", body: { kind: "plan", plan: plan("sub"), limits: {} } }, call("b", {}, { after: 5 })] },
    ),
  ],
  [
    "a map's item that is a sub-workflow under limits has one record",
    run(
      {},
      {
        kind: "map",
        id: "m",
        leaf: giving("m", ["x", "y"]),
        body: { kind: "plan", plan: plan("sub", step("s", { with: "error" }, {})), limits: {} },
        limits: { retries: once },
      },
    ),
  ],
  [
    "a retried sub-workflow that is cancelled in its second attempt has two",
    run(
      {},
      { kind: "plan", id: "sub", plan: plan("sub", step("s", { with: "throw" }, { after: 0, cancels: true })), limits: { retries: once } },
    ),
  ],
  [
    "an attempt that waited for a permit in vain has not begun",
    run(
      { concurrency: 1, timeout: 1 },
      { kind: "parallel", id: "p", arms: [call("a", { retries: once }, { with: "error" }), call("b", {}, { after: 13 })] },
    ),
  ],
  [
    "no_route inside a sub-workflow is tried again",
    run({}, { kind: "plan", id: "sub", plan: plan("sub", route), limits: { retries: once } }),
  ],
  [
    "a cleanup that takes just the grace is in time, after a timeout too",
    run(
      { grace: 3 },
      { kind: "step", id: "s", leaf: leaf("s", { after: 5, onAbort: { for: 3, then: "reason" } }), limits: { timeout: 1 } },
    ),
  ],
  [
    "a step that had timed out before the abort does not answer it",
    run(
      { grace: 100 },
      {
        kind: "parallel",
        id: "p",
        arms: [call("a", { timeout: 5 }, { after: 13, onAbort: { for: 8, then: "reason" } }), call("b", {}, { after: 13, with: "throw" })],
      },
    ),
  ],
  [
    "a map that is done ends without a permit",
    run(
      { concurrency: 1 },
      {
        kind: "parallel",
        id: "p",
        arms: [
          call("b", { retries: { ...once, initial: 1 } }, { with: "error" }, { after: 9 }),
          {
            key: "a",
            body: {
              kind: "flow",
              nodes: [
                {
                  kind: "map",
                  id: "m",
                  leaf: giving("m", ["x"]),
                  body: { kind: "call", leaf: leaf("item", { after: 3 }), limits: {} },
                  limits: {},
                },
              ],
            },
          },
        ],
      },
    ),
  ],
  [
    "retries of 0 make no execution of an item, as none given do",
    run(
      {},
      {
        kind: "map",
        id: "m",
        leaf: giving("m", ["x"]),
        body: { kind: "flow", nodes: [] },
        limits: { retries: { ...once, max: 0 } },
      },
    ),
  ],
  [
    "what undoes a sub-workflow sees what came before it as the last",
    run({}, { kind: "plan", id: "sub", plan: plan("sub", step("s", {})), limits: {}, undo: undo("sub") }, step("fails", { with: "error" })),
  ],
  [
    "a race that is aborted from outside has no losers",
    run(
      { cancelAt: 1 },
      {
        kind: "race",
        id: "r",
        arms: [call("a", {}, { with: "error" }), { key: "b", body: flow(undone("done", now), step("stays", { after: 9 })) }],
      },
    ),
  ],
  [
    "what undoes a step that completed under an abort sees what that wrote",
    run({ cancelAt: 1, grace: 5 }, undone("a", { after: 9, onAbort: { for: 1, then: "value" }, writes: "a" })),
  ],
  [
    "what undoes a step of an earlier attempt sees the steps of that attempt",
    run(
      {},
      {
        kind: "map",
        id: "m",
        leaf: giving("m", ["x"]),
        body: flow(step("s", {}, { with: "error" }), undone("done", {}), step("fails", { with: "error" })),
        limits: { retries: once },
      },
    ),
  ],
])("%s", async (_, found) => {
  expect(await mismatch(found)).toBeUndefined();
});
