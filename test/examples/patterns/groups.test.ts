import type { AgentError, Settled } from "heddle";
import { byInstructions, fault, latestPrompt, type ServedRequest } from "heddle/testing";
import { describe, expect, expectTypeOf, test } from "vitest";
import map from "../../../examples/patterns/map.ts";
import parallel from "../../../examples/patterns/parallel.ts";
import race, { askWhoever } from "../../../examples/patterns/race.ts";
import settle from "../../../examples/patterns/settle.ts";
import { type Handler, servedModels } from "../../support/models.ts";

const models = servedModels();

/** Counts the requests that are under way at once; each takes long enough for all others to arrive that may. */
function counted(answer: Handler) {
  const seen = { now: 0, most: 0 };
  const handler: Handler = async (request) => {
    seen.most = Math.max(seen.most, ++seen.now);
    await new Promise((resolve) => setTimeout(resolve, 40));
    seen.now--;
    return answer(request);
  };
  return { seen, handler };
}

describe("parallel", () => {
  test("four reviewers, never more and no fewer than two at once, and the editor gets all in declared order", async () => {
    const { seen, handler } = counted(({ instructions }) => `About ${/for (\w+) alone/.exec(instructions)?.[1] ?? "all"}.`);
    models.use(handler);
    const run = (await parallel.run("A text."))._unsafeUnwrap();
    expect(seen.most).toBe(2);
    expect(models.requests).toHaveLength(5);
    expect(models.requests.slice(0, 4).map(latestPrompt)).toEqual(Array(4).fill("A text."));
    expect(latestPrompt(models.requests[4] as ServedRequest)).toBe(
      "[accuracy]: About accuracy.\n\n[clarity]: About clarity.\n\n[tone]: About tone.\n\n[length]: About length.",
    );
    expect(run.steps.reviews.tone).toBe(run.steps.tone);
    expectTypeOf(run.steps.reviews).toEqualTypeOf<{ readonly [Arm in "accuracy" | "clarity" | "tone" | "length"]: string }>();
  });

  test("the run's own bound holds within the group's", async () => {
    const { seen, handler } = counted(() => "Fine.");
    models.use(handler);
    (await parallel.run("A text.", { concurrency: 1 }))._unsafeUnwrap();
    expect(seen.most).toBe(1);
  });

  test("the first failure aborts the request beside it, and starts no other", async () => {
    models.use(byInstructions({ "for accuracy": fault.status(400), "for clarity": fault.delay(Infinity, "Never.") }));
    const failure = (await parallel.run("A text."))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", step: "accuracy" });
    await expect.poll(() => models.requests[1]?.signal.aborted).toBe(true);
    expect(models.requests).toHaveLength(2);
  });
});

describe("map", () => {
  test("three at once, and the order of the items whichever ends first", async () => {
    const { seen, handler } = counted((request) => (request.instructions.includes("title") ? "Title" : `Gist of ${latestPrompt(request)}`));
    models.use(handler);
    const run = (await map.run("One.\n\nTwo.\n\nThree.\n\nFour.\n\nFive."))._unsafeUnwrap();
    expect(seen.most).toBe(3);
    expect(run.output.split("\n")).toEqual(["One", "Two", "Three", "Four", "Five"].map((n, index) => `${index + 1}. Title: Gist of ${n}.`));
    expect(run.record("outline")?.count).toBe(5);
    expectTypeOf(run.steps.outline).toEqualTypeOf<string[]>();
    expect(run.trace.map(({ path }) => path)).toContain("outline[4]/gist");
  });
});

describe("settle", () => {
  test("one source fails, the others are kept, and the writer learns of all three", async () => {
    models.use(byInstructions({ web: "Web.", papers: "Papers.", archive: fault.status(503), "technical writer": "Report." }));
    const run = (await settle.run("Looms"))._unsafeUnwrap();
    expect(run.output).toBe("Report.");
    expect(latestPrompt(models.requests.at(-1) as ServedRequest)).toBe(
      "[web]: Web.\n\n[papers]: Papers.\n\n[archive]: nothing (step_failed)",
    );
    expect(run.steps.sources.web).toEqual({ ok: true, value: "Web." });
    const { archive } = run.steps.sources;
    expectTypeOf(run.steps.archive).toEqualTypeOf<Settled<string, AgentError>>();
    expect(!archive.ok && archive.error.type === "step_failed" && !archive.error.threw && archive.error.cause).toMatchObject({
      type: "overloaded",
      status: 503,
    });
    // `retries: 0` of the arm: the archive was asked once.
    expect(models.requests.filter(({ instructions }) => instructions.includes("archive"))).toHaveLength(1);
  });
});

describe("race", () => {
  test("the faster model answers, and the slower one's request is aborted while it is under way", async () => {
    models.use(({ model }) => (model === "gpt-4o" ? fault.delay(Infinity, "Too late.") : " Soon. "));
    expect((await askWhoever("Why?"))._unsafeUnwrap()).toEqual({ reply: "Soon.", winner: "small" });
    const slower = models.requests.find(({ model }) => model === "gpt-4o");
    await expect.poll(() => slower?.signal.aborted).toBe(true);
    expect(models.requests).toHaveLength(2);
  });

  test("an arm that fails loses, however fast it was", async () => {
    models.use(({ model }) => (model === "gpt-4o" ? fault.delay(50, "Well.") : fault.status(400)));
    expect((await askWhoever("Why?"))._unsafeUnwrap()).toEqual({ reply: "Well.", winner: "large" });
  });

  test("it fails when all have failed, and tells of each", async () => {
    models.use(({ model }) => (model === "gpt-4o" ? fault.status(401) : fault.status(400)));
    const failure = (await race.run("Why?"))._unsafeUnwrapErr();
    expect(failure.type).toBe("step_failed");
    expect([failure, ...failure.suppressed].map(({ step }) => step).toSorted()).toEqual(["large", "small"]);
  });
});
