import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, expect, test } from "vitest";
import { folderWith, heddle } from "./heddle.ts";

let folder: string;

beforeAll(async () => {
  folder = await folderWith({
    "review.ts": `
      import { workflow } from "heddle";
      import { z } from ${JSON.stringify(import.meta.resolve("zod"))};
      export const review = workflow("review")
        .then("draft", ({ input }) => input + "!", { undo: () => console.log("draft undone") })
        .waitFor("approval", z.object({ approved: z.boolean(), note: z.string().optional() }), { show: ({ last }) => ({ draft: last }) })
        .then("end", ({ last }) => last)
        .build();
      export const twice = workflow("twice").parallel("both", {
        one: { flow: (f) => f.waitFor("sure", z.number()) },
        two: { flow: (f) => f.waitFor("really", z.number(), { timeout: 3_600_000 }) },
      }).build();`,
    "other.ts": 'import { workflow } from "heddle";\nexport default workflow("other").then("one", () => 1).build();',
  });
});

const command = (...args: readonly string[]) => heddle(args, { cwd: folder });
const kept = (file: string) => ["--journal", file] as const;
const begin = (file: string, plan: string, runId: string) =>
  command("run", "review.ts", "hi", "-e", plan, ...kept(file), "--run-id", runId, "-q");
/** Without the times, and one blank between columns. */
const table = (text: string) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME").replace(/ {2,}/g, "  ");

test("a run that waits is listed, answered by the command that it names, and gone on with", async () => {
  const suspended = await begin("a.db", "review", "post 1");
  expect(suspended.code).toBe(3);
  expect(suspended.stderr).toContain("  heddle answer review.ts 'post 1' approval '<answer>' --journal a.db\n");
  expect((await begin("a.db", "twice", "two")).code).toBe(3);
  const listed = await command("runs", ...kept("a.db"));
  expect([listed.code, listed.stderr]).toEqual([0, ""]);
  expect(table(listed.stdout)).toBe(
    "run  plan  status  since  waits for\n" +
      'post 1  review  suspended  TIME  approval {"draft":"hi!"}\n' +
      "two  twice  suspended  TIME  both/one/sure, both/two/really until TIME\n",
  );
  const programs = (await command("runs", ...kept("a.db"), "--json")).stdout.trim().split("\n");
  expect(programs.map((line) => JSON.parse(line).waits)).toEqual([
    [{ step: "approval", path: "approval", shown: { draft: "hi!" } }],
    [
      { step: "sure", path: "both/one/sure" },
      { step: "really", path: "both/two/really", expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
    ],
  ]);
  const unfit = await command("answer", "review.ts", "post 1", "approval", '{"approved":"perhaps"}', ...kept("a.db"));
  expect([unfit.code, unfit.stdout]).toEqual([1, ""]);
  expect(unfit.stderr).toMatch(/^heddle: Expected the answer to step "approval" to fit its schema: at approved: .+; it still waits\n$/);
  const taken = await command("answer", "review.ts", "post 1", "approval", "yes", ...kept("a.db"));
  expect(taken).toEqual({ code: 0, stdout: "", stderr: 'Recorded: heddle work or heddle run goes on with run "post 1".\n' });
  const second = await command("answer", "review.ts", "post 1", "approval", '{"approved":false}', ...kept("a.db"));
  expect([second.code, second.stderr]).toEqual([1, expect.stringContaining("the first one counts")]);
  expect(table((await command("runs", ...kept("a.db"), "--plan", "review")).stdout)).toContain(
    "post 1  review  suspended  TIME  a worker\n",
  );
  expect((await command("work", "review.ts", ...kept("a.db"), "--once")).stdout).toContain('{"approved":true}');
  const [json, ...more] = (await command("runs", ...kept("a.db"), "--status", "completed", "--json")).stdout.trim().split("\n");
  expect(more).toEqual([]);
  expect(JSON.parse(json ?? "")).toMatchObject({ id: "post 1", plan: "review", status: "completed", ready: false, waits: [] });
}, 60_000);

test("an answer comes from standard input too, and for a path", async () => {
  await begin("b.db", "twice", "two");
  const args = ["answer", "review.ts", "two", "really", "--path", "both/two/really", ...kept("b.db")];
  expect((await heddle(args, { cwd: folder, stdin: "7\n" })).code).toBe(0);
  expect(table((await command("runs", ...kept("b.db"), "--json")).stdout)).toContain('"waits":[{"step":"sure","path":"both/one/sure"}]');
  const none = await command(...args);
  expect([none.code, none.stderr]).toEqual([
    2,
    'heddle: Expected an answer to step "really", got none: give JSON or text after the step, or pipe it in\n',
  ]);
}, 60_000);

test("a cancel needs no plan; the run ends so when it is taken up, and undoes what it did", async () => {
  await begin("c.db", "review", "r");
  const cancelled = await command("cancel", "r", ...kept("c.db"), "--reason", "not needed");
  expect(cancelled).toEqual({
    code: 0,
    stdout: "",
    stderr: 'Recorded: run "r" ends as cancelled when heddle work or heddle run takes it up.\n',
  });
  expect((await command("cancel", "r", ...kept("c.db"))).stderr).toBe('Run "r" has a cancel already, whose reason counts.\n');
  const worked = await command("work", "review.ts", ...kept("c.db"), "--once");
  expect(worked.stdout).toMatch(/– review r cancelled after .+not needed/);
  expect(worked.stderr).toContain("draft undone");
  const over = await command("cancel", "r", ...kept("c.db"));
  expect([over.code, over.stderr]).toEqual([1, expect.stringContaining("got a cancel when it was over")]);
}, 60_000);

test("what has been over for some time is deleted, and nothing else", async () => {
  const file = "e.db";
  for (const runId of ["waits", "cancelled"]) await begin(file, "review", runId);
  await command("cancel", "cancelled", ...kept(file));
  for (const runId of ["old 1", "old 2", "new"]) await command("run", "other.ts", "hi", ...kept(file), "--run-id", runId, "-q");
  await command("work", "review.ts", ...kept(file), "--once");
  const database = new DatabaseSync(join(folder, file));
  // All but one have been as they are for two hours.
  database.exec("UPDATE runs SET updated_at = updated_at - 7200000 WHERE id <> 'new'");
  database.close();
  const prune = (...args: readonly string[]) => command("prune", ...kept(file), ...args);
  expect(await prune("--older-than", "1h", "--dry-run")).toEqual({
    code: 0,
    stdout: "old 1\nold 2\ncancelled\n",
    stderr: "3 runs would be deleted.\n",
  });
  expect(await prune("--older-than", "90m", "--status", "completed")).toEqual({
    code: 0,
    stdout: "old 1\nold 2\n",
    stderr: "Deleted 2 runs.\n",
  });
  expect(await prune("--older-than", "3h")).toEqual({ code: 0, stdout: "", stderr: "Deleted 0 runs.\n" });
  expect((await prune("--older-than", "1h", "--plan", "review")).stdout).toBe("cancelled\n");
  const left = (await command("runs", ...kept(file), "--json")).stdout.trim().split("\n");
  expect(left.map((line) => JSON.parse(line).id)).toEqual(["waits", "new"]);
  for (const [args, told] of [
    [[], "required option '--older-than <time>' not specified"],
    [["--older-than", "soon"], 'Expected --older-than to be minutes, hours or days such as 90m, 12h or 30d, got "soon"'],
    [["--older-than", "1h", "--status", "suspended"], "only what is over is deleted"],
  ] as const)
    expect(await prune(...args)).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(told) });
}, 60_000);

test("empty journals, unknown runs and plans, and files that are not there", async () => {
  await command("work", "other.ts", ...kept("d.db"), "--once");
  expect(await command("runs", ...kept("d.db"))).toEqual({ code: 0, stdout: "", stderr: 'No run in "d.db".\n' });
  expect((await command("runs", ...kept("d.db"), "--status", "failed", "--plan", "x")).stderr).toBe('No failed run of "x" in "d.db".\n');
  for (const args of [
    ["runs", ...kept("none.db")],
    ["cancel", "r", ...kept("none.db")],
    ["answer", "other.ts", "r", "s", "1", ...kept("none.db")],
  ])
    expect(await command(...args)).toEqual({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(`got no file at ${join(folder, "none.db")}`),
    });
  expect((await command("runs")).stderr).toBe("heddle: required option '--journal <path>' not specified\nsee heddle runs --help\n");
  for (const args of [
    ["cancel", "nobody", ...kept("d.db")],
    ["answer", "other.ts", "nobody", "s", "1", ...kept("d.db")],
  ])
    expect(await command(...args)).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining('Expected the id of a run in the journal, got "nobody"'),
    });
  await begin("d.db", "review", "r");
  const elsewhere = await command("answer", "other.ts", "r", "approval", "yes", ...kept("d.db"));
  expect([elsewhere.code, elsewhere.stderr]).toEqual([
    2,
    expect.stringMatching(/to export plan "review", of which run "r" is, got "other"/),
  ]);
  for (const name of ["runs", "answer", "cancel", "prune"]) {
    const { code, stdout } = await command(name, "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("Exit codes:");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  }
}, 60_000);
