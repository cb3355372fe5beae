// A run is suspended when nothing but an answer can move it on, and not a moment before.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { loose } from "../support/loose.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

async function run(chain: any) {
  const clock = new VirtualClock();
  const result: any = await clock.until(chain.build().run("in", { clock }));
  return { clock, result };
}
const waits = (result: any) => result._unsafeUnwrapErr().waits.map(({ path }: any) => path);

test("not while a map waits for an item that is on its way", async () => {
  const clock = new VirtualClock();
  async function* items() {
    yield "a";
    await clock.wait(50);
    yield "b";
  }
  const plan = loose()
    .map("each", items, { flow: (b: any) => b.waitFor("ok", z.string()) })
    .build();
  const result: any = await clock.until(plan.run("in", { clock }));
  expect(result._unsafeUnwrapErr().type).toBe("suspended");
  expect([waits(result), clock.now()]).toEqual([["each[0]/ok", "each[1]/ok"], 50]);
});

test("not while something is undone, the pause before it is tried again included", async () => {
  const undone: number[] = [];
  const undo = {
    run: () => {
      undone.push(undone.length + 1);
      if (undone.length < 3) throw new Error("not yet");
    },
    retries: { max: 5, initial: 20, factor: 1, jitter: "none" },
  };
  const fails = { flow: (b: any) => b.then("charge", () => 1, { undo }).then("breaks", () => Promise.reject(new Error("broken"))) };
  const { clock, result } = await run(
    loose().parallel("all", {
      tidies: { flow: (b: any) => b.settle("either", { fails, works: () => 1 }) },
      asks: { flow: (b: any) => b.waitFor("ok", z.string()) },
    }),
  );
  expect(waits(result)).toEqual(["all/asks/ok"]);
  expect([undone, clock.now()]).toEqual([[1, 2, 3], 40]);
});

test("not while another arm sleeps, pauses or runs", async () => {
  const { clock, result } = await run(
    loose().parallel("all", {
      asks: { flow: (b: any) => b.waitFor("ok", z.string()) },
      sleeps: { flow: (b: any) => b.sleep("nap", 30) },
      tries: {
        do: ({ attempt }: any) => (attempt === 1 ? Promise.reject(new Error("no")) : "yes"),
        retries: { max: 1, initial: 70, jitter: "none" },
      },
    }),
  );
  expect([waits(result), clock.now()]).toEqual([["all/asks/ok"], 70]);
});

describe("an attempt that settles after its time, within the grace", () => {
  const late = (settle: (clock: VirtualClock) => Promise<unknown>) => {
    const clock = new VirtualClock();
    const plan = loose()
      .then("slow", () => settle(clock), { timeout: 10 })
      .build();
    return clock.until<any>(plan.run("in", { clock, grace: 100 }));
  };

  test("with an error: it has timed out, and why it failed stands beside that", async () => {
    const error = new Error("gave up");
    const failure = (await late((clock) => clock.wait(25).then(() => Promise.reject(error))))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_timed_out", step: "slow", timeout: 10 });
    expect(failure.cause).toBe(error);
  });

  test("with a value: it has timed out, for no other cause", async () => {
    const failure = (await late((clock) => clock.wait(25).then(() => "late")))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_timed_out", step: "slow" });
    expect(failure.cause).toBeUndefined();
  });
});
