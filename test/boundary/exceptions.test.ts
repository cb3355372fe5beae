// Exceptions of the lane whose reason can be shown: what the test asks for does hold on a journal, but for that reason.

import { expect, test } from "vitest";
import { memoryJournal } from "../../src/journal/memory.ts";
import { loose } from "../support/loose.ts";

const untilAborted = (signal: AbortSignal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));

test("PV14 a selector's key that is data is no_route with the key; one that is none is refused before", async () => {
  const ends = async (flow: { build(): any }) => (await flow.build().run("", { journal: memoryJournal() }))._unsafeUnwrapErr();
  for (const key of ["zzz", undefined, null, 5, {}]) {
    expect(await ends(loose().route("pick", () => key, { a: () => 1 }))).toMatchObject({ type: "no_route", step: "pick", route: key });
    expect(await ends(loose().routeAll("pick", () => ["a", key], { a: () => 1 }))).toMatchObject({ type: "no_route", route: key });
  }
  expect(await ends(loose().route("pick", () => Symbol("s"), { a: () => 1 }))).toMatchObject({ type: "not_serializable", step: "pick" });
});

test.each([
  ["before it has begun", false, []],
  ["once it has begun", true, ["r/a"]],
])("PA09 a race in which everybody fails while it is cancelled %s ends as cancelled", async (_, waits, beside) => {
  const controller = new AbortController();
  const begun = Promise.withResolvers<void>();
  const fails = ({ signal }: { readonly signal: AbortSignal }) =>
    untilAborted(signal).catch(() => {
      throw new Error("boom");
    });
  const result = loose()
    .race("r", { a: fails, b: ({ signal }: { readonly signal: AbortSignal }) => (begun.resolve(), untilAborted(signal)) })
    .build()
    .run("", { signal: controller.signal, journal: memoryJournal() });
  if (waits) await begun.promise;
  controller.abort("stop");
  const failure = (await result)._unsafeUnwrapErr();
  expect([failure.type, failure.suppressed.map(({ path }: { readonly path: string }) => path)]).toEqual(["cancelled", beside]);
});
