// Budgets of runs whose process is killed while a request is under way: it may have been paid for.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { modelServer, reply } from "heddle/testing";
import { expect, test } from "vitest";

const child = fileURLToPath(new URL("budget-child.ts", import.meta.url));
/** What a request of one user message reserves. */
const needs = Math.ceil(JSON.stringify([[{ role: "user", content: "x" }], null, null]).length / 4) + 100;
const usage = { inputTokens: 20, outputTokens: 10 };

/** `kills` times the process dies as the second agent's request has reached the server. */
async function spending(kills: number) {
  const folder = await mkdtemp(join(tmpdir(), "heddle-budget-"));
  let process_: ChildProcess | undefined;
  let left = kills;
  const asked: string[] = [];
  const server = await modelServer(async ({ model }) => {
    asked.push(model);
    if (model === "second" && left-- > 0) {
      process_?.kill("SIGKILL");
      await new Promise(() => {});
    }
    return reply(`${model} has spoken.`, { usage });
  });
  return {
    asked,
    life: async (options: object): Promise<Record<string, unknown> | undefined> => {
      const env = { ...process.env, OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "k" };
      process_ = spawn(process.execPath, [child, join(folder, "runs.db"), JSON.stringify(options)], {
        env,
        stdio: ["ignore", "pipe", "inherit"],
      });
      let out = "";
      process_.stdout?.on("data", (chunk) => (out += chunk));
      await once(process_, "close");
      return out === "" ? undefined : JSON.parse(out);
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test("what was under way at the kill counts as what it had reserved, and is asked for again where there is room", async () => {
  await using it = await spending(1);
  const budget = { tokens: 30 + 2 * needs };
  expect(await it.life({ budget })).toBeUndefined();
  expect(await it.life({ budget })).toMatchObject({ output: "second has spoken.", usage: { modelCalls: 2, totalTokens: 60 } });
  expect(it.asked).toEqual(["first", "second", "second"]);
}, 30_000);

test("it is not asked for again where there is none; a replay says the same, with whatever options", async () => {
  await using it = await spending(1);
  const budget = { tokens: 30 + 2 * needs - 1 };
  expect(await it.life({ budget })).toBeUndefined();
  const failure = await it.life({ budget });
  expect(failure).toMatchObject({
    type: "budget_exceeded",
    path: "second/turn#1",
    limit: "tokens",
    allowed: budget.tokens,
    spent: 30 + needs,
    reservation: needs,
    usage: { modelCalls: 1, totalTokens: 30 },
  });
  for (const options of [{ budget }, {}, { budget: { tokens: 1e9 } }, { budget: { modelCalls: 0 } }])
    expect(await it.life(options)).toEqual(failure);
  expect(it.asked).toEqual(["first", "second"]);
}, 30_000);

test("a process that dies at every request does not spend for ever: each counts, whoever made it", async () => {
  await using it = await spending(Number.POSITIVE_INFINITY);
  const budget = { modelCalls: 4 };
  // The budget that the run was begun with counts, and not one of a process that takes it up.
  for (let life = 0; life < 3; life++) expect(await it.life(life === 0 ? { budget } : {})).toBeUndefined();
  expect(await it.life({ budget: { modelCalls: 100 } })).toMatchObject({
    type: "budget_exceeded",
    limit: "modelCalls",
    spent: 4,
    allowed: 4,
  });
  expect(it.asked).toEqual(["first", "second", "second", "second"]);
}, 30_000);

test("prices are those that the run was begun with, too", async () => {
  await using it = await spending(1);
  const price = { input: 1e6, output: 2e6 };
  const prices = { first: price, second: price };
  expect(await it.life({ prices })).toBeUndefined();
  const dear = { first: { input: 9e6, output: 9e6 }, second: { input: 9e6, output: 9e6 } };
  expect(await it.life({ prices: dear })).toMatchObject({ usage: { cost: 2 * (20 + 2 * 10), modelCalls: 2 } });
}, 30_000);
