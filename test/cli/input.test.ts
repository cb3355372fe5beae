import { Readable } from "node:stream";
import { CommanderError } from "commander";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { misuse } from "../../src/cli/arguments/misuse.ts";
import { program } from "../../src/cli/arguments/program.ts";
import { readInput } from "../../src/cli/input/input.ts";
import type { Runnable } from "../../src/cli/project/runnable.ts";
import type { Schema } from "../../src/types/schema.ts";
import { folderWith, heddle } from "./heddle.ts";

const schemas: Readonly<Record<string, Schema | undefined>> = {
  plain: undefined,
  schema: z.object({ n: z.number() }),
  string: z.string(),
  optional: z.number().optional(),
};

/** What a plan gets as its input; `piped` is what arrives on standard input, in single bytes. */
function inputOf(name: string, given: string | undefined, piped: string | undefined, json = false): Promise<unknown> {
  const runnable = { kind: "plan", name, schema: schemas[name] } as Runnable;
  const stdin = Readable.from(
    Array.from(Buffer.from(piped ?? ""), (byte) => Buffer.of(byte)),
    { objectMode: false },
  );
  return readInput(given, runnable, { json, stdin, piped: piped !== undefined, onWait: () => {} });
}

describe("inputs", () => {
  test.each([
    ["plain", "some text", undefined, "some text"],
    ["plain", "", undefined, ""],
    ["plain", "given", "piped", "given"],
    ["plain", undefined, "piped 检查\n", "piped 检查"],
    ["plain", "-", "two\nlines\n\n", "two\nlines\n"],
    ["plain", "-", "", ""],
    ["schema", '{"n": 2}', undefined, { n: 2 }],
    ["schema", undefined, '\ufeff{"n": 2}\r\n', { n: 2 }],
    ["string", "not quoted", undefined, "not quoted"],
    ["string", '"quoted"', undefined, "quoted"],
    ["optional", undefined, undefined, undefined],
    ["optional", undefined, "", undefined],
    ["optional", "3", undefined, 3],
  ])("%s %j %j", async (name, given, piped, input) => {
    expect(await inputOf(name, given, piped)).toEqual(input);
  });

  test("--json reads JSON where no schema asks for it", async () => {
    expect(await inputOf("plain", '{"a": [1]}', undefined, true)).toEqual({ a: [1] });
  });

  test.each([
    ["plain", undefined, undefined, false, 'Expected an input for plan "plain", got none: give text after the file, or pipe it in'],
    ["plain", undefined, "", false, 'Expected an input for plan "plain", got an empty standard input: give text'],
    ["schema", undefined, undefined, false, 'Expected an input for plan "schema", got none: give JSON after the file, or pipe it in'],
    ["schema", "{n: 2}", undefined, false, 'Expected the input to be JSON, as the input schema of plan "schema" asks, got "{n: 2}"'],
    ["plain", "text", undefined, true, 'Expected the input to be JSON, as --json asks, got "text"'],
  ])("refused: %s %j %j", async (name, given, piped, json, message) => {
    await expect(inputOf(name, given, piped, json)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(message) as string,
    });
  });

  test("bytes that are no text are refused", async () => {
    const stdin = Readable.from([Buffer.of(0xff, 0xfe)], { objectMode: false });
    const runnable = { kind: "plan", name: "plain", schema: undefined } as Runnable;
    await expect(readInput("-", runnable, { json: false, stdin, piped: true, onWait: () => {} })).rejects.toThrow(
      "text in UTF-8, got other bytes",
    );
  });
});

let folder: string;

beforeAll(async () => {
  folder = await folderWith({
    "plans.ts": `
      import { workflow } from "heddle";
      import { z } from ${JSON.stringify(import.meta.resolve("zod"))};
      const said = ({ input }) => JSON.stringify(input);
      export const plain = workflow("plain").then("say", said).build();
      export const schema = workflow("schema").input(z.object({ n: z.number() })).then("say", said).build();`,
  });
});

describe.concurrent("as typed and as piped", () => {
  const run = (name: string, args: readonly string[], stdin?: string) =>
    heddle(["run", "plans.ts", "-q", "-e", name, ...args], { cwd: folder, ...(stdin === undefined ? {} : { stdin }) });

  test("a pipe is read where no input is given", async ({ expect }) => {
    expect(await run("plain", [], "piped 检查\n")).toEqual({ code: 0, stdout: '"piped 检查"\n', stderr: "" });
    expect((await run("plain", [])).stderr).toBe(
      'heddle: Expected an input for plan "plain", got none: give text after the file, or pipe it in\n',
    );
  });

  test("an input may begin with a dash", async ({ expect }) => {
    expect((await run("plain", ["--", "--dashed"])).stdout).toBe('"--dashed"\n');
  });

  test("a schema says no", async ({ expect }) => {
    const { code, stderr } = await run("schema", ['{"n": "2"}']);
    expect(code).toBe(1);
    expect(stderr).toContain("✗ invalid_input\n  Expected the input to fit its schema");
  });
});

describe.concurrent("arguments", () => {
  test("help and version go to standard output", async ({ expect }) => {
    const [bare, help, run, version] = await Promise.all([
      heddle([]),
      heddle(["--help"]),
      heddle(["run", "--help"]),
      heddle(["--version"]),
    ]);
    expect([bare.code, bare.stderr]).toEqual([0, ""]);
    expect(bare).toEqual(help);
    expect(help.stdout).toContain('heddle run article.ts "The state of AI agents in 2026"');
    expect(run.stdout).toContain("Exit codes:");
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });

  test("misuse, on standard error", async ({ expect }) => {
    expect(await heddle(["rnu"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "heddle: unknown command 'rnu'\n(Did you mean run?)\nsee heddle run --help\n",
    });
  });
});

const nothing = async () => {};

test.each([
  [["runs", "--jornal", "runs.db"], "(Did you mean --journal?)\nsee heddle runs --help"],
  [
    ["runs", "--journal", "runs.db", "--status", "done"],
    'Expected --status to be one of running, suspended, completed, failed, cancelled, got "done"',
  ],
  [["answer", "plans.ts", "r"], "missing required argument 'step'\nsee heddle answer --help"],
  [["prune", "--older-then", "7d"], "(Did you mean --older-than?)\nsee heddle prune --help"],
  [["cancel"], "missing required argument 'run-id'\nsee heddle cancel --help"],
  [["plans.ts", "x"], "unknown command 'plans.ts'\nto run a file: heddle run plans.ts"],
  [["run"], "missing required argument 'file'\nsee heddle run --help"],
  [["run", "plans.ts", "x", "--timeot", "3"], "unknown option '--timeot'\n(Did you mean --timeout?)\nsee heddle run --help"],
  [["run", "plans.ts", "two", "words"], "put an input of several words in quotes"],
  [["run", "plans.ts", "x", "--timeout", "soon"], 'Expected --timeout to be a number of ms above 0, got "soon"'],
  [["run", "plans.ts", "x", "--concurrency", "0"], 'Expected --concurrency to be a whole number from 1 up, got "0"'],
])("misuse: %j", async (args, message) => {
  const parsed = program("1.0.0", {
    run: nothing,
    work: nothing,
    runs: nothing,
    answer: nothing,
    cancel: nothing,
    prune: nothing,
    writeOut: () => {},
  }).parseAsync(args, {
    from: "user",
  });
  const problem = await parsed.catch((thrown: unknown) => (thrown instanceof CommanderError ? misuse(thrown, args) : thrown));
  expect(problem).toMatchObject({ exitCode: 2, message: expect.stringContaining(message) as string });
});
