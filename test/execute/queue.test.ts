// The queue of fibers and of events: against an array that does the same slowly.
import fc from "fast-check";
import { expect, test } from "vitest";
import { EventStream } from "../../src/execute/run/events.ts";
import { Queue } from "../../src/execute/schedule/queue.ts";
import type { RunEvent } from "../../src/types/event.ts";

const moves = fc.array(fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: -200, max: -1 }), fc.constant("amend" as const)), {
  maxLength: 30,
});

test("whatever is put in and taken out, it comes in order, and the last is the last", () => {
  fc.assert(
    fc.property(moves, (list) => {
      const queue = new Queue<number>();
      const model: number[] = [];
      let next = 1;
      for (const move of list) {
        if (move === "amend") {
          if (model.length === 0) continue;
          queue.amend(next);
          model[model.length - 1] = next++;
        }
        for (let count = 0; count < Number(move); count++) {
          queue.push(next);
          model.push(next++);
        }
        for (let count = 0; count > Number(move); count--) expect(queue.shift()).toBe(model.shift());
        expect(queue.last).toBe(model.at(-1));
      }
      while (model.length > 0) expect(queue.shift()).toBe(model.shift());
      expect([queue.shift(), queue.last]).toEqual([undefined, undefined]);
    }),
    { numRuns: 200, seed: 1 },
  );
});

test("pieces of one answer that nobody has read yet are joined; those of another, or after something else, are not", async () => {
  const stream = new EventStream();
  const reader = stream[Symbol.asyncIterator]();
  const piece = (delta: string, of: object = {}) =>
    stream.listener({ type: "agent.delta", runId: "r", path: "a", step: "a", at: 0, delta, call: "c1", attempt: 1, ...of } as RunEvent);
  const other = (type: string) => stream.listener({ type, runId: "r", path: "", step: "", at: 0 } as RunEvent);
  piece("one ");
  piece("two");
  piece("another path", { path: "b" });
  piece("another call", { path: "b", call: "c2" });
  piece("another attempt", { path: "b", call: "c2", attempt: 2 });
  other("step.started");
  piece("later ");
  piece("still");
  other("run.completed");
  const read: unknown[] = [];
  for (let next = await reader.next(); next.done !== true; next = await reader.next())
    read.push(next.value.type === "agent.delta" ? next.value.delta : next.value.type);
  expect(read).toEqual(["one two", "another path", "another call", "another attempt", "step.started", "later still", "run.completed"]);
});
