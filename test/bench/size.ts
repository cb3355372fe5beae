// npm run size: what `import "heddle"` loads, and how long that takes; size-limit.js says what it may weigh in a bundle.
// What the machine decides (time) is reported; what is the same everywhere (modules) fails the check.
import { execFileSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { median } from "./median.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const entry = pathToFileURL(`${root}dist/index.js`).href;

/** All that the front door may load: small packages without dependencies of their own, and nothing that belongs to Node. */
const allowed: ReadonlySet<string> = new Set(["heddle", "neverthrow", "ts-pattern"]);
/** Files of heddle's own: what an import costs is their number more than their size. */
const mostFiles = 4;
const goalMs = 25;

/** Every module that is loaded, Node's own too, in a process that imports nothing else. */
function loaded(): readonly string[] {
  // Resolved and not loaded: what is built into Node is resolved only.
  const program = `import { registerHooks } from "node:module";
    const urls = new Set();
    registerHooks({
      resolve(name, context, next) {
        const found = next(name, context);
        urls.add(found.url);
        return found;
      },
    });
    await import(${JSON.stringify(entry)});
    console.log(JSON.stringify([...urls]));`;
  return JSON.parse(node("--input-type=module", "--eval", program)) as string[];
}

const node = (...args: string[]): string => execFileSync(process.execPath, args, { encoding: "utf8", cwd: root });

function packageOf(url: string): string {
  if (url.startsWith("node:")) return url;
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? "heddle";
}

function counted(urls: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of urls.map(packageOf)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Cold processes, in turn with ones that import nothing: the middle of the differences, in ms. */
function importTime(rounds: number): number {
  const timed = (program: string): number => {
    const start = performance.now();
    node("--input-type=module", "--eval", program);
    return performance.now() - start;
  };
  return median(
    Array.from({ length: rounds }, () => {
      const empty = timed("");
      return timed(`import ${JSON.stringify(entry)};`) - empty;
    }),
  );
}

const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, count]) => `${name} ${count.toLocaleString("en-US")}`).join(", ");

const modules = counted(loaded());
const strangers = [...modules.keys()].filter((name) => !allowed.has(name));
const files = modules.get("heddle") ?? 0;
const ms = importTime(9);

console.log(`modules of import "heddle": ${listed(modules)}`);
console.log(
  `time of import "heddle": ${ms.toFixed(1)} ms; the goal of ${goalMs} ms is ${ms <= goalMs ? "met" : "missed"}; reported only, since the machine decides`,
);

const problems = [
  ...strangers.map((name) => `Expected import "heddle" to load only ${[...allowed].join(", ")}, got ${name}`),
  ...(files > mostFiles ? [`Expected import "heddle" to load at most ${mostFiles} files of its own, got ${files}: see .ci/build.ts`] : []),
];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
