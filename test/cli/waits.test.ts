import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { sqliteJournal } from "heddle/sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { folderWith, heddle, mainFile } from "./heddle.ts";

let folder: string;

beforeAll(async () => {
  folder = await folderWith({
    "plans.ts": `
      import { agent, tool, workflow } from "heddle";
      import { z } from ${JSON.stringify(import.meta.resolve("zod"))};
      export const review = workflow("review")
        .then("draft", ({ input }) => input + "!")
        .waitFor("approval", z.object({ approved: z.boolean(), reason: z.string().optional() }), { show: ({ steps }) => ({ draft: steps.draft }) })
        .then("end", ({ last, steps }) => last.approved ? steps.draft : "withdrawn: " + last.reason)
        .build();
      export const count = workflow("count").waitFor("how many", z.number().int()).then("end", ({ last }) => "got " + last).build();
      export const late = workflow("late")
        .waitFor("sure", z.boolean(), { timeout: 300 })
        .catch("nobody", () => "nobody answered")
        .build();
      export const busy = workflow("busy")
        .parallel("both", {
          sure: { flow: (f) => f.waitFor("yes", z.boolean()) },
          other: { flow: (f) => f.then("slow", async () => {
            await new Promise((resolve) => setTimeout(resolve, 1_000));
            console.log("the other arm is done");
          }, { undo: () => console.log("undone") }) },
        })
        .build();`,
  });
});

/** The command on a terminal of its own: each answer is typed once the command has asked for the next, and has told `first`. */
function onTerminal(
  name: string,
  answers: readonly string[],
  more: readonly string[] = [],
  first = "",
): Promise<{ readonly code: number | null; readonly text: string }> {
  const command = [process.execPath, mainFile, "run", "plans.ts", "go", "-e", name, ...more].map((part) => `'${part}'`).join(" ");
  const child = spawn("script", ["-qefc", command, "/dev/null"], {
    cwd: folder,
    env: { ...process.env, OPENAI_API_KEY: "test-key", NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let text = "";
  let given = 0;
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    text += more;
    if (text.split("answer> ").length - 1 > given && text.includes(first) && given < answers.length)
      child.stdin.write(`${answers[given++]}\n`);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, text: stripVTControlCharacters(text).replaceAll("\r", "") }));
  });
}

describe("without a terminal", () => {
  test("a run that waits says for what, and exits with a code of its own", async () => {
    const { code, stdout, stderr } = await heddle(["run", "plans.ts", "go", "-e", "review"], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain('✗ suspended at approval\n  The run waits for an answer to step "approval"\n? approval waits for an answer');
    expect(stderr).toContain('    "draft": "go!"');
  });

  test("so does --events, for programs", async () => {
    const { code, stderr } = await heddle(["run", "plans.ts", "go", "-e", "review", "--events"], { cwd: folder });
    expect(code).toBe(3);
    expect(JSON.parse(stderr.trim().split("\n").at(-1) ?? "")).toMatchObject({ type: "run.suspended", waits: [{ step: "approval" }] });
  });
});

describe.skipIf(spawnSync("script", ["--version"]).status !== 0)("on a terminal", () => {
  test("it asks, explains what does not fit, and goes on with what does", async () => {
    const { code, text } = await onTerminal("review", ["{}", "maybe", '{"approved":true}']);
    expect(code).toBe(0);
    expect(text).toContain('? approval waits for an answer\n  {\n    "draft": "go!"\n  }\nanswer> ');
    expect(text.match(/✗ Expected the answer to step "approval" to fit its schema/g)).toHaveLength(2);
    expect(text.trimEnd()).toMatch(/\ngo!\n/);
  });

  test("yes and no in words, with a reason", async () => {
    expect((await onTerminal("review", ["yes"])).text).toContain("\ngo!");
    expect((await onTerminal("review", ["no, too short"])).text).toContain("withdrawn: too short");
  });

  test("numbers are numbers; an end of the input is no answer, and ends the run as one that nobody is asked about", async () => {
    expect((await onTerminal("count", ["2.5", "7"])).text).toContain("got 7");
    const { code, text } = await onTerminal("count", ["\u0004"]);
    expect(code).toBe(3);
    expect(text).toContain('✗ suspended at how many\n  The run waits for an answer to step "how many"\n? how many waits for an answer');
    expect(text).toContain("The run is over with this process.");
  });

  test("Ctrl-D leaves a durable run as it is, once nothing else can go on; the same command asks again below what it tells", async () => {
    const kept = ["--journal", "kept.db", "--run-id", "r"];
    const first = await onTerminal("busy", ["\u0004"], kept);
    expect(first.code).toBe(3);
    expect(first.text.indexOf("the other arm is done")).toBeLessThan(first.text.indexOf("✗ suspended at both/sure/yes"));
    expect(first.text).not.toMatch(/undone|cancelled|interrupted|↻/);
    expect(first.text).toContain("  heddle answer plans.ts r yes '<answer>' --journal kept.db\n");
    const journal = sqliteJournal(join(folder, "kept.db"));
    expect((await journal.find("r"))._unsafeUnwrap().status).toBe("suspended");
    await journal.close();
    const again = await onTerminal("busy", ["yes"], kept);
    expect(again.code).toBe(0);
    expect(again.text).toMatch(/busy goes on\n(?:› .*\n)+\n\? yes waits for an answer at both\/sure\/yes\nanswer> /);
    expect(again.text).not.toContain("the other arm is done");
  });

  test("what a run tells meanwhile stands above the question", async () => {
    const { code, text } = await onTerminal("busy", ["yes"], [], "✓ both/other/slow");
    expect(code).toBe(0);
    expect(text).toMatch(/answer> the other arm is done\n\n?.*✓ both\/other\/slow .*\nanswer> /);
  });

  test("a question whose time is up is asked no longer", async () => {
    const { code, text } = await onTerminal("late", []);
    expect(code).toBe(0);
    expect(text).toContain("nobody answered");
  });

  test("Ctrl-C ends the run while it waits", async () => {
    const { code, text } = await onTerminal("count", ["\u0003"]);
    expect(code).toBe(130);
    expect(text).toContain("Got SIGINT");
  });
});
