// npm run bench [-- --only heddle,neverthrow --workloads loop1000,nest --rounds 3 --quick --no-write]
import { execFile, execFileSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { Measured } from "./child.ts";
import { type Cell, cellKey, commit, report } from "./report.ts";
import { workloads } from "./workloads.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Libraries by their adapter, and the package that each is in. */
const packages: ReadonlyMap<string, string> = new Map([
  ["neverthrow", "neverthrow"],
  ["effect", "effect"],
  ["mastra", "@mastra/core"],
  ["voltagent", "@voltagent/core"],
  ["langgraph", "@langchain/langgraph"],
  ["ax", "@ax-llm/ax"],
]);
const known = ["plain", "neverthrow", "neverthrow-wrapping", "heddle", ...[...packages.keys()].slice(1)];

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    workloads: { type: "string" },
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
    "no-write": { type: "boolean", default: false },
  },
});

const libraries = options.only === undefined ? known : choose(options.only, known, "--only");
const ids = options.workloads === undefined ? Object.keys(workloads) : choose(options.workloads, Object.keys(workloads), "--workloads");
const mostRounds = Number(options.rounds ?? (options.quick ? 3 : 5));
/** No round begins that would not be over by then. */
const budget = 11 * 60_000;
const seconds = options.quick ? 0.2 : 0.4;
/** No single measurement takes longer, whatever the library does. */
const longest = 20_000;
/** What takes longer than this is measured in the first rounds only, so that the whole stays bounded. */
const slow = 2_500;
const slowRounds = 2;

function choose(given: string, among: readonly string[], option: string): readonly string[] {
  const chosen = given.split(",");
  for (const name of chosen) if (!among.includes(name)) throw new Error(`Expected ${option} to be among ${among.join(", ")}, got ${name}`);
  return among.filter((name) => chosen.includes(name));
}

function install(): void {
  const installed = `${here}node_modules/.package-lock.json`;
  const lock = `${here}package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.error("Installing the peers in test/bench");
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix", here], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

interface Taken {
  readonly measured: Measured | undefined;
  readonly problem: string | undefined;
  readonly ms: number;
}

async function take(library: string, id: string): Promise<Taken> {
  const start = performance.now();
  const done = (measured: Measured | undefined, problem: string | undefined): Taken => ({
    measured,
    problem,
    ms: performance.now() - start,
  });
  try {
    const env = { ...process.env, NO_COLOR: "1", DO_NOT_TRACK: "1", MASTRA_TELEMETRY_DISABLED: "1", VOLTAGENT_LOG_LEVEL: "error" };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--expose-gc", "--no-warnings", `${here}child.ts`, library, id, String(seconds)],
      { timeout: longest, killSignal: "SIGKILL", env, maxBuffer: 2 ** 26 },
    );
    const said = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Measured & { readonly refused?: string };
    return said.refused === undefined ? done(said, undefined) : done(undefined, said.refused);
  } catch (thrown) {
    const { killed, message, stderr } = thrown as { readonly killed?: boolean; readonly message: string; readonly stderr?: string };
    if (killed === true) return done(undefined, `not done within ${longest / 1_000} s`);
    return done(undefined, /heap out of memory/.test(stderr ?? "") ? "ran out of memory" : (message.split("\n")[0] ?? "failed"));
  }
}

install();
const start = performance.now();
const cells = new Map<string, Cell>();
const resting = new Set<string>();
let rounds = 0;
for (let round = 0, took = 0; round < mostRounds && performance.now() - start + took < budget; round++, rounds++) {
  const began = performance.now();
  for (const id of ids) {
    for (const library of libraries) {
      const key = cellKey(library, id);
      if ((id === "long" && library !== "heddle") || (resting.has(key) && round >= slowRounds)) continue;
      const before = cells.get(key);
      // What failed once is not tried again.
      if (before?.problem !== undefined) continue;
      const { measured, problem, ms } = await take(library, id);
      if (ms > slow) resting.add(key);
      cells.set(key, { rounds: [...(before?.rounds ?? []), measured], problem });
      console.error(
        `${round + 1}/${mostRounds} ${id} ${library} ${
          problem ??
          Object.entries(measured ?? {})
            .map(([name, value]) => `${name} ${value.toPrecision(3)}`)
            .join(" ")
        }`,
      );
    }
  }
  took = performance.now() - began;
}

// A peer may fail; what the ratios are made of may not.
const broken = [...cells].filter(
  ([key, { problem }]) => problem !== undefined && /^(plain|neverthrow|neverthrow-wrapping|heddle) /.test(key),
);
if (broken.length > 0) process.exitCode = 1;
const text = report(
  { libraries, cells, rounds, minutes: (performance.now() - start) / 60_000, heddle: process.env["HEDDLE_DIST"] ?? commit() },
  packages,
);
if (options["no-write"] || options.only !== undefined || options.workloads !== undefined) console.log(text);
else {
  writeFileSync(new URL("../../docs/benchmarks.md", import.meta.url), text);
  console.error("Wrote docs/benchmarks.md");
}
