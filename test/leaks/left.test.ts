import { fault, modelServer } from "heddle/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Exited, runChild } from "./child.ts";
import { endings } from "./children/endings.ts";

let server: Awaited<ReturnType<typeof modelServer>>;
const child = (name: string, args: readonly string[] = []): Promise<Exited> =>
  runChild(name, args, { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "test-key" });

beforeAll(async () => {
  server = await modelServer(({ model }) =>
    model === "hangs" ? fault.delay(Number.POSITIVE_INFINITY, "never") : model === "refuses" ? fault.status(500) : "An answer.",
  );
});
afterAll(() => server.close());

test("after a run, however it ended: no timer, no handle, no listener of it", async () => {
  const { told } = (await child("left")) as { readonly told: readonly Record<string, unknown>[] };
  expect(told.map(({ name, ended }) => [name, ended])).toEqual(Object.entries(endings).map(([name, [ends]]) => [name, ends]));
  expect(told.map(({ name, after, listeners }) => [name, after, listeners])).toEqual(told.map(({ name, before }) => [name, before, 0]));
}, 70_000);

test.each(Object.keys(endings))(
  "the process exits by itself within 200 ms of its last run: %s",
  async (name) => {
    let best = Number.POSITIVE_INFINITY;
    // The best of five at most: the others measure the neighbours.
    for (let round = 0; round < 5 && best >= 200; round++) {
      const { told, at } = await child("exit", [name]);
      const [{ ended, at: settled }] = told as [{ readonly ended: string; readonly at: number }];
      expect(ended).toBe(endings[name]?.[0]);
      best = Math.min(best, at - settled);
    }
    expect(best).toBeLessThan(200);
    expect(best).toBeGreaterThan(0);
  },
  60_000,
);
