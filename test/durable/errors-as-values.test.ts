// What was thrown is handed on as data: live as in a resume, whatever class it is of.

import { expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/index.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory.ts";

class Declined extends TypeError {
  override readonly name = "Declined";
  readonly code = 7;
  readonly terminal = { id: 3, beep: () => "beep" };
}

class Ticket {
  readonly number = 12;
}

/** What a step is handed of a failure before and after the process has changed, and what it makes of it. */
async function bothWays(thrown: () => unknown, pass: (error: { readonly cause: unknown }) => unknown) {
  const plan = (pause: boolean) => {
    const settled = workflow("settled").settle("all", {
      bad: () => {
        throw thrown();
      },
    });
    const paused = pause ? settled.waitFor("go", z.boolean()) : settled.tap("go", () => {});
    return paused
      .then("pass", ({ steps }) => pass((steps.all.bad as unknown as { readonly error: { readonly cause: unknown } }).error))
      .build();
  };
  const journal: Journal = memoryJournal();
  const live = (await plan(false).run("x", { journal, runId: "live" }))._unsafeUnwrap().output;
  const replayed = (await plan(false).resume("live", { journal }))._unsafeUnwrap().output;
  await plan(true).run("x", { journal, runId: "resumed" });
  await plan(true).answer("resumed", "go", true, { journal });
  const resumed = (await plan(true).resume("resumed", { journal }))._unsafeUnwrap().output;
  return { live, replayed, resumed };
}

test.each<readonly [string, () => unknown]>([
  ["an error of a class of the user's", () => new Declined("no funds", { cause: new Declined("bank") })],
  ["an instance of another class", () => new Ticket()],
  ["a function", () => () => 1],
  ["plain data", () => ({ code: 7 })],
  ["an error with something on it that is no data", () => Object.assign(new Error("e"), { response: new Ticket() })],
])("%s that was thrown is data where a step hands it on, the same live and resumed", async (_, thrown) => {
  for (const pass of [
    // The message of what is no error is made of what is there: another text of a copy.
    (error: { readonly cause: unknown }) => ({ ...error, message: "" }),
    (error: { readonly cause: unknown }) => new Map([["cause", error.cause]]),
    (error: { readonly cause: unknown }) => new Error("around it", { cause: error.cause }),
  ]) {
    const { live, replayed, resumed } = await bothWays(thrown, pass);
    const text = (value: unknown) =>
      JSON.stringify(value, (_key, part) => (part instanceof Error ? { ...part, message: part.message } : part));
    expect(text(replayed)).toBe(text(live));
    // Of another throwing, of which the stack differs.
    expect(text(resumed)).toBe(text(live));
    expect(live).toEqual(replayed);
  }
});

test("a handler's failure is handed on with name, message, fields and causes, and is told to the state too", async () => {
  const journal = memoryJournal();
  const plan = workflow("handled")
    .state({ last: undefined as unknown })
    .then("charge", () => {
      throw new Declined("no funds", { cause: new Declined("bank") });
    })
    .catch("noted", ({ failure, set }) => {
      if (failure.type === "step_failed") set({ last: failure.cause });
      return failure;
    })
    .then("end", ({ last, state }) => ({ last, state: state.last }))
    .build();
  const { last, state } = (await plan.run("x", { journal }))._unsafeUnwrap().output as unknown as {
    readonly last: { readonly cause: Declined };
    readonly state: Declined;
  };
  for (const copy of [last.cause, state]) {
    expect(copy).toBeInstanceOf(TypeError);
    expect(copy).not.toBeInstanceOf(Declined);
    expect([copy.name, copy.message, copy.code, copy.terminal.id, (copy.cause as Error).name]).toEqual([
      "Declined",
      "no funds",
      7,
      3,
      "Declined",
    ]);
  }
});

test("what is no error keeps its fields where it was thrown", async () => {
  const { live, resumed } = await bothWays(
    () => new Ticket(),
    ({ cause }) => cause,
  );
  expect([live, resumed]).toEqual([{ number: 12 }, { number: 12 }]);
});

test("an error of a class of the user's that nobody has thrown stays refused as an output", async () => {
  const plan = workflow("refused")
    .settle("all", {
      bad: () => {
        throw new Declined("thrown");
      },
    })
    .then("made", () => ({ error: new Declined("made") }))
    .build();
  const failure = (await plan.run("x", { journal: memoryJournal() }))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "not_serializable", step: "made" });
  expect(failure.message).toContain("$.error");
});

test("data that was thrown and has changed since is handed on as it is then", async () => {
  const order = { tries: 0 };
  const plan = workflow("changing")
    .settle("all", {
      bad: () => {
        order.tries++;
        throw order;
      },
    })
    .then("again", () => {
      order.tries++;
      return order;
    })
    .build();
  expect((await plan.run("x", { journal: memoryJournal() }))._unsafeUnwrap().output).toEqual({ tries: 2 });
});

test("a mistake in building a plan is final in a replay too, and is a BuildError there", async () => {
  const journal = memoryJournal();
  let calls = 0;
  const plan = workflow("built")
    .then(
      "build",
      () => {
        calls++;
        return workflow("").build().name;
      },
      { retries: { max: 2, initial: 1 } },
    )
    .build();
  const live = (await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr();
  const resumed = (await plan.resume("r", { journal }))._unsafeUnwrapErr();
  expect(resumed).toEqual(live);
  expect([live.type, calls, (resumed.cause as Error).name]).toEqual(["step_failed", 1, "BuildError"]);
});

test("what cannot even be looked at may be thrown", async () => {
  const journal = memoryJournal();
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const plan = workflow("hostile")
    .then("throws", () => Promise.reject(proxy))
    .catch("held", ({ failure }) => failure.type)
    .build();
  expect((await plan.run("x", { journal, runId: "r" }))._unsafeUnwrap().output).toBe("step_failed");
  expect((await plan.resume("r", { journal }))._unsafeUnwrap().output).toBe("step_failed");
});
