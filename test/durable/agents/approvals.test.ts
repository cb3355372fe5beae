// Tools that need approval, in runs that are killed and answered from elsewhere: what was approved runs, exactly so, and once.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sqliteJournal } from "heddle/sqlite";
import { callTools, modelServer, type ServedRequest } from "heddle/testing";
import { expect, test } from "vitest";
import { clerksPlan, waits } from "./clerks.ts";

const child = fileURLToPath(new URL("clerks-child.ts", import.meta.url));
const call = (name: string, args: object) => ({ name, args, id: `${name}_1` });

/** What the model says follows from the request alone. */
function says({ model, messages }: ServedRequest) {
  const told = messages.flatMap((message) => (message.role === "tool" ? [message.text] : []));
  if (told.length > 0) return `${model} was told: ${told.join("; ")}`;
  if (model === "desk") return callTools([call("clerk", { task: "Pay Ann." }), call("helper", { what: "Pay Bob." })]);
  return callTools([call("pay", { to: model === "clerk" ? "Ann" : "Bob", euros: 5 })]);
}

async function office() {
  const folder = await mkdtemp(join(tmpdir(), "heddle-clerks-"));
  const [file, ledger] = [join(folder, "runs.db"), join(folder, "ledger")];
  const server = await modelServer(says);
  const env = { ...process.env, OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "k" };
  // The process that answers: a journal and a plan of its own.
  const journal = sqliteJournal(file);
  const plan = clerksPlan({ paid: () => {} });
  return {
    server,
    journal,
    plan,
    /** What a process printed at its end; undefined where it died. */
    life: (die = "", ...more: string[]) =>
      new Promise<Record<string, unknown> | undefined>((resolve) => {
        execFile(process.execPath, [child, file, ledger, die, ...more], { env }, (_, output) =>
          resolve(output === "" ? undefined : JSON.parse(output)),
        );
      }),
    answer: async (path: string | undefined, approved: boolean, reason?: string) =>
      (
        await plan.answer(
          "r",
          "pay",
          { approved, ...(reason !== undefined && { reason }) },
          { journal, ...(path !== undefined && { path }) },
        )
      ).match(
        () => "taken",
        (refused) => refused.reason,
      ),
    paid: async () =>
      (await readFile(ledger, "utf8").catch(() => ""))
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    async [Symbol.asyncDispose]() {
      await journal.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const told = (clerk: string, helper: string) => `desk was told: clerk was told: ${clerk}; helper was told: ${helper}`;

test("DU23 two approvals, in a member and in an agent as a tool, answered in the other order with kills between", async () => {
  await using it = await office();
  const first = await it.life();
  expect(first).toMatchObject({ type: "suspended" });
  const shown = (first?.["waits"] as readonly { readonly path: string; readonly shown: { readonly arguments: object } }[]) ?? [];
  expect(shown.map(({ path }) => path)).toEqual([waits.clerk, waits.helper]);
  expect(await it.answer(waits.helper, true)).toBe("taken");
  // As it has paid, before that is recorded; the next life pays again, under the same key, and then waits for the other.
  expect(await it.life("paid")).toBeUndefined();
  const second = await it.life();
  expect(second).toMatchObject({ type: "suspended", waits: [{ path: waits.clerk, shown: shown[0]?.shown }] });
  expect(await it.answer(waits.clerk, true)).toBe("taken");
  expect(await it.life("paid")).toBeUndefined();
  expect(await it.life()).toMatchObject({ output: told("paid Ann", "paid Bob"), calls: 6 });
  const paid = await it.paid();
  expect(paid.map(({ args }) => args.to)).toEqual(["Bob", "Bob", "Ann", "Ann"]);
  for (const { args } of paid) expect(shown.map((one) => one.shown.arguments)).toContainEqual(args);
  expect(new Set(paid.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
  expect(it.server.requests).toHaveLength(6);
  expect(await it.life("paid")).toMatchObject({ output: told("paid Ann", "paid Bob") });
  expect(it.server.requests).toHaveLength(6);
}, 60_000);

test("DU19 clicked three times at once: the first counts, and it is paid once", async () => {
  await using it = await office();
  await it.life();
  const clicks = await Promise.all([true, false, true].map((approved) => it.answer(waits.clerk, approved)));
  expect(clicks).toEqual(["taken", "answered", "answered"]);
  // Without a path it is for the one that has no answer; then there is none.
  expect(await it.answer(undefined, false, "too much")).toBe("taken");
  expect(await it.answer(undefined, true)).toBe("no_such_wait");
  expect(await it.answer(waits.helper, true)).toBe("answered");
  expect(await it.life()).toMatchObject({
    output: told("paid Ann", 'Tool "pay" was not approved, and has not run: too much'),
  });
  expect(await it.paid()).toHaveLength(1);
  expect(await it.answer(waits.clerk, true)).toBe("over");
}, 60_000);

test("DU21 unknown, expired and finished approvals, and what is none, are refused and change nothing", async () => {
  await using it = await office();
  expect(await it.answer(waits.clerk, true)).toBe("no_such_run");
  // Long enough for the waits to begin, and over when the next life comes.
  expect(await it.life("", "300")).toMatchObject({ type: "suspended" });
  expect(await it.answer("desk/turn#2/clerk[0]/turn#1/pay[0]/approval", true)).toBe("no_such_wait");
  const { plan, journal } = it;
  const strange = { approved: "yes" } as unknown as { readonly approved: boolean };
  const invalid = (await plan.answer("r", "pay", strange, { journal, path: waits.clerk }))._unsafeUnwrapErr();
  expect([invalid.reason, invalid.issues]).toEqual(["invalid", [{ path: ["approved"], message: expect.stringContaining('"yes"') }]]);
  const changed = { approved: true, arguments: { to: "Eve" } } as unknown as { readonly approved: boolean };
  expect((await plan.answer("r", "pay", changed, { journal, path: waits.clerk }))._unsafeUnwrapErr().reason).toBe("invalid");
  const expired = 'Tool "pay" was not approved, and has not run: there was no answer within 300 ms';
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await it.life("", "300")).toMatchObject({ output: told(expired, expired) });
  expect(await it.paid()).toEqual([]);
  expect(await it.answer(waits.clerk, true)).toBe("over");
}, 60_000);
