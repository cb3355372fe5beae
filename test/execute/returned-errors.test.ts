import { err } from "neverthrow";
import { describe, expect, test } from "vitest";
import { workflow } from "../../src/index.ts";

/* A returned error is shown by its message, or by what it consists of: kept short, and without running any of its code. */

async function message(error: unknown): Promise<string> {
  const result = await workflow("w")
    .then("order", () => err(error))
    .build()
    .run("x");
  return result._unsafeUnwrapErr().message;
}

describe("the message of a step that returned an error", () => {
  test.each([
    [{ kind: "out_of_stock", sku: "A-1" }, '{ kind: "out_of_stock", sku: "A-1" }'],
    [{ type: "limit", left: 0, retry: false, at: null, big: 3n }, '{ type: "limit", left: 0, retry: false, at: null, big: 3n }'],
    [{ type: "many", a: 1, b: 2, c: 3, d: 4, e: 5 }, '{ type: "many", a: 1, b: 2, c: 3, d: 4, … }'],
    [{ "not a name": 1, inner: { secret: "hidden" }, list: [1, 2] }, '{ "not a name": 1, inner: {…}, list: […] }'],
    [Object.assign(Object.create(null), { kind: "bare" }), '{ kind: "bare" }'],
    [{}, "{}"],
    [{ message: "sold out", sku: "A-1" }, "sold out"],
    [new TypeError("wrong"), "wrong"],
    ["sold_out", '"sold_out"'],
    [404, "404"],
    [[1, 2], "an array of 2"],
    [new Map(), "an instance of Map"],
  ])("shows %o", async (error, shown) => {
    expect(await message(error)).toBe(`Step "order" failed: ${shown}`);
  });

  test("runs no getter", async () => {
    let ran = false;
    const error = {
      kind: "lazy",
      get details() {
        ran = true;
        return "none";
      },
    };
    expect(await message(error)).toBe('Step "order" failed: { kind: "lazy", details: … }');
    expect(ran).toBe(false);
  });

  test("is short however long the error is, and stands whatever a proxy does", async () => {
    expect((await message({ kind: "x".repeat(10_000), other: "y".repeat(10_000) })).length).toBeLessThan(200);
    const hostile = new Proxy(
      {},
      {
        getPrototypeOf() {
          throw new Error("no");
        },
      },
    );
    expect(await message(hostile)).toMatch(/^Step "order" failed: /);
  });
});
