// Clock, size, depth. Left for later: CK02 (a durable sleep), CK04 (JSON is written by a journal only), CK05's HTTP body
// and journal (its tool is in test/agent), and the journal's half of CK03.
import { expect, test } from "vitest";
import { loose } from "../support/loose.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

test.each([3_600_000, -3_600_000])("CK01 the wall clock jumps by %i ms: pauses, timeouts and durations do not", async (jump) => {
  class Jumping extends VirtualClock {
    #jumped = 0;
    override date(): number {
      return super.date() + this.#jumped;
    }
    jump(): void {
      this.#jumped += jump;
    }
  }
  const clock = new Jumping();
  const plan = loose()
    .then(
      "a",
      ({ attempt, signal }: any) => {
        clock.jump();
        return attempt === 1 ? clock.wait(1_000, signal) : "ok";
      },
      { timeout: 100, retries: { max: 1, initial: 500, jitter: "none" } },
    )
    .sleep("z", 1_000)
    .build();
  const run = ((await clock.until(plan.run("", { clock }))) as any)._unsafeUnwrap();
  expect([clock.now(), run.durationMs, run.record("a").durationMs, run.record("a").attempts]).toEqual([1_600, 1_600, 600, 2]);
});

test("CK03 50 MB of text through five steps with events: not copied, and cut where it is shown", async () => {
  const text = "x".repeat(50_000_000);
  const events: unknown[] = [];
  let chain = loose().then("a", () => text);
  for (const id of ["b", "c", "d", "e"]) chain = chain.then(id, ({ last }: any) => last);
  const run = (await chain.build().run("", { observe: (event: unknown) => events.push(event) }))._unsafeUnwrap();
  expect(run.output).toBe(text);
  expect(JSON.stringify(events).length + JSON.stringify(run.trace).length).toBeLessThan(10_000);
  const failure = (
    await loose()
      .then("a", () => text)
      .route("r", ({ last }: any) => last, { x: () => 1 })
      .build()
      .run("")
  )._unsafeUnwrapErr();
  expect(failure.message.length).toBeLessThan(1_000);
});

test("CK05 values nested 100,000 deep are carried; where they must be copied, into the state, it is the step's failure", async () => {
  let deep: unknown = {};
  for (let level = 0; level < 100_000; level++) deep = { deep };
  const run = (
    await loose()
      .then("a", () => deep)
      .parallel("p", { x: ({ last }: any) => last })
      .build()
      .run(deep)
  )._unsafeUnwrap();
  expect(run.steps.x).toBe(deep);
  const result = await loose()
    .state({ k: null as unknown })
    .then("a", ({ set }: any) => set({ k: deep }))
    .build()
    .run("");
  if (result.isErr()) expect(result.error).toMatchObject({ type: "step_failed", path: "a" });
});
