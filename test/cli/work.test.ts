import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { sqliteJournal } from "heddle/sqlite";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/index.ts";
import { folderWith, heddle, mainFile } from "./heddle.ts";

let folder: string;
let file: string;
let ledger: string;
const folders: string[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await folderWith({
    "plans.ts": `
      import { appendFileSync } from "node:fs";
      import { setTimeout as pause } from "node:timers/promises";
      import { z } from "zod";
      import { workflow } from "heddle";
      const note = (what) => appendFileSync(process.env.LEDGER, what + "\\n");
      export const greets = workflow("greets").then("greet", ({ input }) => (note("greet"), \`Hello, \${input}!\`)).build();
      export const asks = workflow("asks").then("draft", () => (note("draft"), "draft")).waitFor("sure", z.boolean()).then("end", ({ last }) => last).build();
      export const fails = workflow("fails").waitFor("sure", z.boolean()).then("boom", () => { throw new TypeError("no\\u001b[31m money"); }).build();
      export const long = workflow("long")
        .then("first", () => (note("first"), 1))
        .then("second", async ({ signal, attempt }) => {
          note("second " + attempt);
          if (attempt === 1) await pause(60_000, undefined, { signal });
          return "done";
        }).build();`.replace('"zod"', JSON.stringify(import.meta.resolve("zod"))),
    "twin.ts": 'import { workflow } from "heddle";\nexport default workflow("greets").then("other", () => 1).build();',
    "empty.ts": "export const nothing = 1;",
  });
});
beforeEach(async () => {
  const at = await mkdtemp(join(tmpdir(), "heddle work "));
  folders.push(at);
  [file, ledger] = [join(at, "runs.db"), join(at, "ledger")];
  await writeFile(ledger, "");
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(folders.map((at) => rm(at, { recursive: true, force: true })));
});

const env = () => ({ OPENAI_API_KEY: "test-key", LEDGER: ledger });
const command = (...args: readonly string[]) => heddle(args, { cwd: folder, env: env() });
const run = (name: string, runId: string, ...more: readonly string[]) =>
  command("run", "plans.ts", "you", "-e", name, "--journal", file, "--run-id", runId, ...more);
const notes = async () => (await readFile(ledger, "utf8")).trim().split("\n");

/** The command under way, with what it has said so far. */
function underWay(...args: readonly string[]) {
  const child = spawn(process.execPath, [mainFile, ...args], {
    cwd: folder,
    env: { ...process.env, ...env() },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }));
  return { child, said, ended };
}

const until = async (holds: () => unknown) => {
  const end = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error("Expected it within fifteen seconds");
    await pause(10);
  }
};

/** Says yes to what a run of `plan` asks, as another program would. */
const sayYes = async (plan: string, runId: string) => {
  const journal = sqliteJournal(file);
  const asking = workflow(plan).waitFor("sure", z.boolean()).build();
  expect((await asking.answer(runId, "sure", true, { journal })).isOk()).toBe(true);
  await journal.close();
};

test("heddle run --journal: killed, the same command goes on; once it is over, it gives its output again", async () => {
  const first = underWay("run", "plans.ts", "you", "-e", "long", "--journal", file, "--run-id", "r");
  await until(async () => (await notes()).includes("second 1"));
  first.child.kill("SIGKILL");
  await first.ended;
  const { code, stdout, stderr } = await run("long", "r");
  expect([code, stdout]).toEqual([0, "done\n"]);
  expect(stderr).toMatch(/^long goes on\n/);
  expect(stderr).toMatch(/✓ long {2}/);
  expect(await notes()).toEqual(["first", "second 1", "second 2"]);
  expect((await run("long", "r")).stderr).toMatch(/^✓ long {2}.+ · as recorded$/m);
  expect(await run("long", "r", "-q")).toEqual({ code: 0, stdout: "done\n", stderr: "" });
  expect(await notes()).toHaveLength(3);
  const other = await command("run", "plans.ts", "others", "-e", "long", "--journal", file, "--run-id", "r", "-q");
  expect([other.code, other.stdout]).toEqual([1, ""]);
  expect(other.stderr).toContain("✗ run_exists");
}, 40_000);

test("heddle run --journal: SIGTERM stops it, to go on later; its id is told where none was given", async () => {
  const first = underWay("run", "plans.ts", "you", "-e", "long", "--journal", file);
  await until(async () => (await notes()).includes("second 1"));
  const runId = /^Run (\S+): with --run-id (\S+) it goes on later\.$/m.exec(first.said.stderr)?.[2] ?? "";
  first.child.kill("SIGTERM");
  expect(await first.ended).toEqual({ code: 143, signal: null });
  expect(first.said.stderr).toContain(`… stopped by SIGTERM: the same command with --run-id ${runId} goes on with the run\n\n… long`);
  expect(first.said.stderr).not.toContain("✗");
  const { code, stdout } = await run("long", runId);
  expect([code, stdout]).toEqual([0, "done\n"]);
  expect(await notes()).toEqual(["first", "second 1", "second 2"]);
}, 40_000);

test("heddle work --once takes up what is ready, one line for each, and tells by its code how it went", async () => {
  expect((await run("asks", "a", "-q")).code).toBe(3);
  expect((await run("fails", "f", "-q")).code).toBe(3);
  const idle = await command("work", "plans.ts", "--journal", file, "--once");
  expect(idle).toEqual({ code: 0, stdout: "", stderr: 'No run of "asks", "fails", "greets", "long" is ready.\n' });
  await sayYes("asks", "a");
  const { code, stdout, stderr } = await command("work", "plans.ts", "--journal", file, "--once");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.replace(/\d+ ms/, "N ms").replace(/^\d\d:\d\d:\d\d /gm, "")).toBe(
    "› asks a taken up, as somebody has answered or cancelled it\n✓ asks a completed after N ms: true\n",
  );
  await sayYes("fails", "f");
  const failed = await command("work", "plans.ts", "--journal", file, "--once");
  expect(failed.code).toBe(1);
  expect(failed.stdout).toMatch(/✗ fails f step_failed at boom after .+ money\n$/);
  expect(failed.stdout).not.toContain("\u001b");
}, 40_000);

test("heddle work takes over from a process that is killed, and drains on SIGTERM", async () => {
  const first = underWay("run", "plans.ts", "you", "-e", "long", "--journal", file, "--run-id", "k");
  await until(async () => (await notes()).includes("second 1"));
  const worker = underWay("work", "plans.ts", "--journal", file, "--events");
  await pause(1_500);
  expect(worker.said).toEqual({ stdout: "", stderr: "" });
  first.child.kill("SIGKILL");
  await until(() => worker.said.stdout.split("\n").length === 3);
  const [taken, left] = worker.said.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(taken).toEqual({ type: "run.taken", runId: "k", plan: "long", why: "abandoned" });
  expect(left).toMatchObject({ type: "run.left", runId: "k", status: "completed", output: "done" });
  expect(await notes()).toEqual(["first", "second 1", "second 2"]);
  worker.child.kill("SIGTERM");
  expect(await worker.ended).toEqual({ code: 0, signal: null });
}, 40_000);

test("heddle work that is stopped leaves its runs to the next", async () => {
  await writeFile(ledger, "");
  const first = underWay("run", "plans.ts", "you", "-e", "long", "--journal", file, "--run-id", "s");
  await until(async () => (await notes()).includes("second 1"));
  first.child.kill("SIGTERM");
  await first.ended;
  const done = await command("work", "plans.ts", "--journal", file, "--once", "--concurrency", "2");
  expect(done.stdout).toContain("› long s taken up, as its owner is gone\n");
  const idle = underWay("work", "plans.ts", "--journal", file);
  await until(() => idle.said.stderr.includes("no run is ready yet. Ctrl-C stops."));
  idle.child.kill("SIGINT");
  expect(await idle.ended).toEqual({ code: 0, signal: null });
  expect(idle.said.stderr).toContain("Got SIGINT: what is under way may clean up");
}, 40_000);

test("what is wrong with a call of the command is told in one form", async () => {
  const told = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await command(...args);
    expect(stdout).toBe("");
    return [code, stderr.trim()];
  };
  expect(await told("work", "plans.ts", "--journal", join(folder, "none", "none.db"))).toEqual([
    2,
    expect.stringMatching(/^heddle: Expected a folder for the journal ".+none\.db", got none at .+none: make it, or check the path$/),
  ]);
  expect(await told("work", "plans.ts", "--jornal", file)).toEqual([
    2,
    "heddle: unknown option '--jornal'\n(Did you mean --journal?)\nsee heddle work --help",
  ]);
  expect(await told("work", "plans.ts", "--journal", folder)).toEqual([2, expect.stringContaining("got a directory")]);
  expect(await told("work", "plans.ts", "--journal", join(folder, "plans.ts"))).toEqual([
    1,
    expect.stringMatching(/^heddle: Expected .+ got /),
  ]);
  expect(await told("work", "--journal", file)).toEqual([2, "heddle: missing required argument 'files'\nsee heddle work --help"]);
  expect(await told("work", "plans.ts")).toEqual([2, "heddle: required option '--journal <path>' not specified\nsee heddle work --help"]);
  expect(await told("run", "plans.ts", "you", "-e", "greets", "--run-id", "x")).toEqual([
    2,
    'heddle: Expected --journal with --run-id, got none: give the file that keeps run "x"',
  ]);
  await run("greets", "g", "-q");
  expect(await told("work", "plans.ts", "twin.ts", "--journal", file)).toEqual([
    2,
    expect.stringMatching(
      /^heddle: Expected plans of different names, got two called "greets", in .+plans\.ts and in .+twin\.ts: .+rename one$/,
    ),
  ]);
  expect(await told("work", "empty.ts", "--journal", file)).toEqual([
    1,
    expect.stringMatching(/^heddle: Expected .+empty\.ts to export a plan/),
  ]);
  // Plans come first: no journal is made for one that is not there.
  expect(await told("work", "missing.ts", "--journal", join(folder, "none.db"))).toEqual([
    2,
    expect.stringContaining('Expected a file "missing.ts"'),
  ]);
  const help = await command("work", "--help");
  expect([help.code, help.stderr]).toEqual([0, ""]);
  expect(help.stdout).toContain("heddle work [options] <files...>");
  expect(help.stdout.split("\n").every((line) => line.length <= 80)).toBe(true);
}, 60_000);

test("heddle work may be there before the first run: it makes the journal, and says so", async () => {
  const made = await command("work", "plans.ts", "--journal", file, "--once");
  expect([made.code, made.stdout]).toEqual([0, ""]);
  expect(made.stderr).toMatch(/^Made the journal ".+runs\.db", which was not there\.\nNo run of /);
  expect((await command("work", "plans.ts", "--journal", file, "--once")).stderr).not.toContain("Made");
}, 20_000);
