import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import type { Measured } from "./child.ts";
import { median } from "./median.ts";
import { type Workload, workloads } from "./workloads.ts";

/** What one library came to in one workload: a measurement a round, or why there is none. */
export interface Cell {
  readonly rounds: readonly (Measured | undefined)[];
  readonly problem: string | undefined;
}

export type Cells = ReadonlyMap<string, Cell>;

export interface Session {
  readonly libraries: readonly string[];
  readonly cells: Cells;
  readonly rounds: number;
  readonly minutes: number;
  readonly heddle: string;
}

export const cellKey = (library: string, workload: string): string => `${library} ${workload}`;

const baseline = "neverthrow";
const wrapping = "neverthrow-wrapping";

/** Said of the goals that are missed. By hand: a table cannot tell why. */
const tried = [
  "A step of the neverthrow loop costs about 50 ns here, of which the promise and its `await` are 25. One look at the clock costs 30, and a step cannot do with less than one, or its duration would be a guess: that alone is 0.6×. The rest is spread thin: no function but the clock takes more than a tenth, and leaving out the record of a step altogether is not to be measured.",
  "",
  "What was taken out, by what it gave: the clock's getter on the global object (10 ns a step), records and places without what few have (15), fibers of single calls, calls used again (50 an arm or item), items without a wrapper, text of paths made when it is read (30 a turn), one state object for all arms of a group, queues that hold one item without an array, a run as one class without closures and with an id only where somebody asks (900 ns and 1.8 KB a run), times as small integers, made once for each look at the clock and not by each record (5). A walk in place of a generator, 8 ns a step and a tenth of a nest. Functions that are short enough for the compiler to put them into one another, with what is rare in functions of their own: 12 ns a step. The promise's own `then` in place of `Promise.prototype.then.call`, 3. A private mark on the record of a group's outputs in place of an entry in a weak set, 90 ns a group and less for the garbage collector. Callbacks of calls that later runs use again, 20 ns an arm. Arms and items that are single calls follow one another in one fiber, without leaving their group in between: a twelfth of a map or of a wide parallel. What few steps ask of their context stands apart, 3. Failures that `typeof` tells from what steps hand on, and results that their methods tell: 20 ns a step that hands on objects (the steps measured here hand on numbers). A step without options is built at half the price, and its name looked up once: among 100,000 names looking up was a third.",
  "",
  "What was tried and gave nothing: going on with a fiber without a queue, starting a group's arms in a loop of their own, records that are only counted used again, a bound clock, other clocks (`Date.now` 42 ns, `process.hrtime` 38), whole calls that later runs use again (they have grown old by then, and each store into one is booked by the garbage collector: 10 ns a step more, where their callbacks alone save it). What was left: a clock that is read once for several steps (a slow step's time would stand beside its neighbour's name), making a group's output from a copy of its keys (slow where a program has many groups), the wall time looked up when a record is read and not when its run begins (40 ns a run, but wrong after the machine has slept).",
].join("\n");

/** Of the rounds in which all of `libraries` were measured: what `of` makes of them, in the middle. */
function across(
  cells: Cells,
  id: string,
  field: string,
  libraries: readonly string[],
  of: (...values: number[]) => number,
): number | undefined {
  const rows = libraries.map((library) => cells.get(cellKey(library, id))?.rounds ?? []);
  const found: number[] = [];
  for (let round = 0; round < (rows[0]?.length ?? 0); round++) {
    const values = rows.map((row) => row[round]?.[field]);
    if (values.every((value) => value !== undefined)) found.push(of(...values));
  }
  return found.length === 0 ? undefined : median(found);
}

const only = (cells: Cells, library: string, id: string, field: string) => across(cells, id, field, [library], (value) => value);
const ratio = (cells: Cells, library: string, id: string, to: string, field = "us") =>
  across(cells, id, field, [library, to], (value, base) => value / base);

function shown(value: number | undefined): string {
  if (value === undefined) return "–";
  const size = Math.abs(value);
  if (size >= 100) return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
  return size >= 10 ? value.toFixed(1) : size >= 1 ? value.toFixed(2) : value.toFixed(3);
}

const times = (value: number | undefined): string =>
  value === undefined ? "–" : value >= 100 ? `${shown(value)}×` : value >= 10 ? `${value.toFixed(0)}×` : `${value.toFixed(2)}×`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "--:"))), ...rows.map(line)].join("\n");
}

const named = (kind: Workload["kind"]): readonly (readonly [string, Workload])[] =>
  Object.entries(workloads).filter(([, workload]) => workload.kind === kind);

/** µs a unit, and behind it the ratio to the neverthrow loop within one round. */
function timesTable({ cells, libraries }: Session, kind: "run" | "build"): string {
  const rows = named(kind).map(([id, { title, unit }]) => [
    `${title} (per ${unit})`,
    ...libraries.map((library) => {
      const cell = cells.get(cellKey(library, id));
      if (cell === undefined) return "";
      const us = only(cells, library, id, "us");
      if (us === undefined) return "cannot";
      return library === baseline || kind === "build" ? shown(us) : `${shown(us)} · ${times(ratio(cells, library, id, baseline))}`;
    }),
  ]);
  return table([`µs${kind === "run" ? ` · ratio to ${baseline}` : ""}`, ...libraries], rows);
}

function flightTable({ cells, libraries }: Session): string {
  const rows = named("flight").flatMap(([id]) =>
    [["KB a run in flight", "bytes"] as const, ["KB a run kept after GC", "kept"] as const].map(([title, field]) => [
      title,
      ...libraries.map((library) => {
        const cell = cells.get(cellKey(library, id));
        const bytes = only(cells, library, id, field);
        return cell === undefined ? "" : bytes === undefined ? "cannot" : (Math.max(0, bytes) / 1_000).toFixed(field === "kept" ? 2 : 1);
      }),
    ]),
  );
  return table(["1000 runs of 10 steps of 50 ms", ...libraries], rows);
}

function longTable({ cells }: Session): string | undefined {
  const values = ["build", "first", "again"].map((field) => only(cells, "heddle", "long", field));
  if (values[0] === undefined) return undefined;
  return table(["µs a step", "build", "first run, which lays the plan out", "next run"], [["heddle", ...values.map(shown)]]);
}

interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  /** Undefined where it was not measured. */
  readonly met: boolean | undefined;
}

function goals(session: Session): readonly Goal[] {
  const { cells } = session;
  const found: Goal[] = [];
  const add = (
    what: string,
    goal: string,
    value: number | undefined,
    measured: (value: number) => string,
    met: (value: number) => boolean,
  ) => {
    if (value !== undefined) found.push({ what, goal, measured: measured(value), met: met(value) });
  };
  for (const [id, workload] of named("run")) {
    if (workload.kind !== "run") continue;
    const { title, goal } = workload;
    for (const loop of [baseline, wrapping])
      add(title, `≤ ${goal}× ${loop}`, ratio(cells, "heddle", id, loop), times, (value) => value <= goal);
    add(
      title,
      "below effect",
      ratio(cells, "heddle", id, "effect"),
      (value) => `${times(value)} effect`,
      (value) => value < 1,
    );
  }
  for (const [id, { title }] of named("build"))
    add(
      title,
      "≤ 1 µs a step",
      only(cells, "heddle", id, "us"),
      (value) => `${shown(value)} µs`,
      (value) => value <= 1,
    );
  add(
    "build, 100,000 steps",
    "≤ 1 µs a step",
    only(cells, "heddle", "long", "build"),
    (value) => `${shown(value)} µs`,
    (value) => value <= 1,
  );
  add(
    "a run in flight",
    "≤ 4 KB",
    only(cells, "heddle", "flight", "bytes"),
    (value) => `${(value / 1_000).toFixed(1)} KB`,
    (value) => value <= 4_000,
  );
  add(
    "a run, after GC",
    "nothing kept",
    only(cells, "heddle", "flight", "kept"),
    (value) => `${(Math.max(0, value) / 1_000).toFixed(2)} KB`,
    (value) => value < 100,
  );
  for (const [library, least] of [
    ["mastra", 50],
    ["voltagent", 50],
    ["ax", 1],
  ] as const) {
    for (const [id, { title }] of named("run")) {
      // What the library adds to the work itself; plain is that work.
      const less = across(cells, id, "us", [library, "heddle", "plain"], (other, own, work) => (other - work) / (own - work));
      add(
        title,
        least === 1 ? `less overhead than ${library}` : `${least}× less overhead than ${library}`,
        less,
        (value) => `${times(value)} less`,
        (value) => value > least,
      );
    }
  }
  return found;
}

function versions(libraries: readonly string[], packages: ReadonlyMap<string, string>): string {
  const lock = JSON.parse(readFileSync(new URL("package-lock.json", import.meta.url), "utf8")) as {
    readonly packages: Record<string, { readonly version?: string }>;
  };
  return libraries
    .flatMap((library) => {
      const name = packages.get(library);
      return name === undefined ? [] : [`${name} ${lock.packages[`node_modules/${name}`]?.version}`];
    })
    .join(", ");
}

/** Which sources were measured: the commit, and whether it was all there was. */
export function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8", cwd: new URL(".", import.meta.url) }).trim();
    return (
      git("rev-parse", "--short", "HEAD") +
      (git("status", "--porcelain", "--", "../../src") === "" ? "" : ", with changes not yet committed")
    );
  } catch {
    return "no commit";
  }
}

const problems = ({ cells }: Session): string[] =>
  [...cells].flatMap(([key, { problem }]) => {
    const [library, id = ""] = key.split(" ");
    return problem === undefined ? [] : [`- ${library}, ${workloads[id]?.title}: ${problem}`];
  });

export function report(session: Session, packages: ReadonlyMap<string, string>): string {
  const { libraries, rounds, minutes, heddle } = session;
  const cpu = cpus();
  const long = longTable(session);
  const cannot = problems(session);
  const rows = goals(session);
  const missed = rows.filter(({ met }) => met === false).length;
  return `${[
    "# Benchmarks",
    `What a library costs beside the work itself. Every step is an asynchronous function that adds one to a number, so that nearly all of the time below is the library's. \`npm run bench\` measures this and writes this file; no number in its tables is typed by hand.`,
    [
      `- ${new Date().toISOString().slice(0, 10)}, heddle ${heddle}`,
      `- Node ${process.versions.node}, ${process.platform} ${release()} ${process.arch}, ${cpu.length} × ${cpu[0]?.model.trim() || "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GB`,
      `- ${versions(libraries, packages)}`,
      `- ${rounds} rounds in ${minutes.toFixed(1)} minutes; in each, every library does a workload in a process of its own, one after the other. Figures are medians of the rounds, ratios are taken within a round. The machine is shared: trust ratios, not times.`,
    ].join("\n"),
    "## Goals",
    `${rows.length - missed} of ${rows.length} met. What is to be at most so many times the neverthrow loop is held against two of them, for the reason [below](#what-each-does).`,
    table(
      ["", "goal", "measured", ""],
      rows.map(({ what, goal, measured, met }) => [what, goal, measured, met === true ? "met" : "**missed**"]),
    ),
    "## Run time",
    timesTable(session, "run"),
    "## Build",
    timesTable(session, "build"),
    ...(long === undefined ? [] : ["## A plan of 100,000 steps", long]),
    "## Memory",
    flightTable(session),
    ...(cannot.length === 0 ? [] : ["## What could not be done", cannot.join("\n")]),
    "## What was tried",
    tried,
    "## What each does",
    `\`plain\` is async functions and \`await\`; \`neverthrow\` is the loop that a careful user writes by hand, with steps that return \`ok\` or \`err\` and a look at each before going on. Its steps are written for it, \`async (value) => ok(value + 1)\`, where all others are given one asynchronous function and have to wait for it; \`neverthrow-wrapping\` is the same loop around that function too, \`async (value) => ok(await increment(value))\`, which is one promise more a step. The second compares like with like; the first is the least that a step of neverthrow's can cost, where a program has no functions but its own steps. A goal stands here for each, and the tables below hold all against the first. None of the three keeps outputs by name, a trace, a signal, permits or anything else that the libraries do. The others go through their ordinary public API, with default settings (VoltAgent logs errors only): heddle's runs are bounded to 16 calls at a time, also in \`parallel\`. A nest is three workflows inside one another with 14 steps and 6 arms in all. The code is in [test/bench/libraries](../test/bench/libraries).`,
  ].join("\n\n")}\n`;
}
