import { byInstructions, fault, latestPrompt, refusal } from "heddle/testing";
import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import caught from "../../../examples/patterns/catch.ts";
import resilient from "../../../examples/patterns/timeout-and-retries.ts";
import undo, { shop } from "../../../examples/patterns/undo.ts";
import { servedModels } from "../../support/models.ts";
import { pages } from "./pages.ts";

const models = servedModels();

describe("timeout and retries", () => {
  const delays = (run: { record(id: "page"): { retried?: readonly { delayMs: number }[] } | undefined }) =>
    run.record("page")?.retried?.map(({ delayMs }) => delayMs);

  test("a function is tried again after a failure and after its time limit, with growing pauses", async () => {
    await using site = await pages({ "/page": [{ status: 500 }, { hangs: true }, { body: "A page." }] });
    models.use(byInstructions({ "sums up": "In short." }));
    const began = performance.now();
    const run = (await resilient.run(`${site.url}/page`))._unsafeUnwrap();
    expect(run.output).toBe("In short.");
    expect(site.visits).toHaveLength(3);
    expect(run.record("page")?.retried?.map(({ failure }) => failure.type)).toEqual(["step_failed", "step_timed_out"]);
    expect(delays(run)).toEqual([100, 200]);
    expect(performance.now() - began).toBeGreaterThan(2_300);
    // The attempt that took too long has hung up.
    await expect.poll(() => site.left).toBe(1);
    expect(models.requests.map(latestPrompt)).toEqual(["A page."]);
  });

  test("what is not worth another attempt gets none", async () => {
    await using site = await pages({});
    const failure = (await resilient.run(`${site.url}/gone`))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", step: "page", attempts: 1 });
    expect(site.visits).toEqual(["GET /gone"]);
  });

  test("after three retries it fails, with the cause of the last attempt", async () => {
    await using site = await pages({ "/page": [{ status: 500 }, { status: 501 }, { status: 502 }, { status: 503 }] });
    const failure = (await resilient.run(`${site.url}/page`))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", attempts: 4 });
    expect(failure.message).toMatch(/got status 503/);
    expect(site.visits).toHaveLength(4);
  });

  test("an agent asks its model again", async () => {
    await using site = await pages({ "/page": [{ body: "A page." }] });
    models.use(byInstructions({ "sums up": [fault.status(503, { retryAfterMs: 1 }), fault.hangUp(), "In short."] }));
    expect((await resilient.run(`${site.url}/page`, { random: () => 0 }))._unsafeUnwrap().output).toBe("In short.");
    expect(models.requests).toHaveLength(3);
    // The page was not fetched again for it.
    expect(site.visits).toHaveLength(1);
  });
});

describe("catch", () => {
  test("nothing fails, nothing is caught", async () => {
    models.use(byInstructions({ Research: "Facts.", "technical writer": "Article." }));
    const run = (await caught.run("Looms"))._unsafeUnwrap();
    expect(run.output).toBe("# Article.");
    expect(run.steps.fallback).toBeUndefined();
  });

  test("the writer fails, and the facts stand in for the article", async () => {
    models.use(byInstructions({ Research: "Facts.", "technical writer": fault.status(400) }));
    const run = (await caught.run("Looms"))._unsafeUnwrap();
    expect(run.output).toBe("# Facts.");
    expect(run.record("article")?.status).toBe("failed");
    expectTypeOf(run.steps.facts).toEqualTypeOf<string | undefined>();
  });

  test("each cause has its answer", async () => {
    models.use(byInstructions({ Research: refusal() }));
    expect((await caught.run("Looms"))._unsafeUnwrap().output).toBe("# There will be no article about this.");
    models.use(byInstructions({}));
    expect((await caught.run("  "))._unsafeUnwrap().output).toBe("# What shall the article be about?");
    expect(models.requests).toHaveLength(0);
  });

  test("a cancelled run is not caught", async () => {
    models.use(byInstructions({ Research: fault.delay(Infinity, "Never.") }));
    const handle = caught.start("Looms");
    await expect.poll(() => models.requests.length).toBe(1);
    handle.cancel("enough");
    expect((await handle.result)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "enough" });
  });
});

describe("undo", () => {
  const order = { item: "loom", count: 2 };
  afterEach(() => {
    shop.stock.set("loom", 3);
    shop.paid.clear();
  });

  test("an order that is confirmed stays done", async () => {
    models.use(byInstructions({ "friendly letter": "Dear customer" }));
    const run = (await undo.run(order))._unsafeUnwrap();
    expect(shop.stock.get("loom")).toBe(1);
    expect([...shop.paid]).toEqual([[run.steps.charge.payment, 500]]);
  });

  test("when the letter cannot be written, the payment is undone first, then the reservation", async () => {
    let inBetween: unknown;
    models.use(() => {
      inBetween = { stock: shop.stock.get("loom"), paid: [...shop.paid.values()] };
      return fault.status(400);
    });
    const failure = (await undo.run(order))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", step: "letter", suppressed: [] });
    expect(inBetween).toEqual({ stock: 1, paid: [500] });
    expect({ stock: shop.stock.get("loom"), paid: [...shop.paid.values()] }).toEqual({ stock: 3, paid: [] });
    expect(failure.trace.filter(({ kind }) => kind === "undo").map(({ path, status }) => [path, status])).toEqual([
      ["charge/undo", "completed"],
      ["reserve/undo", "completed"],
    ]);
  });

  test("a cancel undoes as well, and does not stop the undoing", async () => {
    models.use(() => fault.delay(Infinity, "Never."));
    const handle = undo.start(order);
    await expect.poll(() => models.requests.length).toBe(1);
    expect(shop.stock.get("loom")).toBe(1);
    handle.cancel("changed my mind");
    expect((await handle.result)._unsafeUnwrapErr().type).toBe("cancelled");
    expect({ stock: shop.stock.get("loom"), paid: shop.paid.size }).toEqual({ stock: 3, paid: 0 });
    await expect.poll(() => models.requests[0]?.signal.aborted).toBe(true);
  });

  test("what was never done is not undone", async () => {
    models.use(() => "Never asked.");
    const failure = (await undo.run({ item: "loom", count: 4 }))._unsafeUnwrapErr();
    expect(failure.path).toBe("reserve");
    expect(failure.trace.filter(({ kind }) => kind === "undo")).toEqual([]);
    expect(shop.stock.get("loom")).toBe(3);
    expect(models.requests).toHaveLength(0);
  });
});
