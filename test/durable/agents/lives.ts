import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { modelServer } from "heddle/testing";
import { read } from "../../../src/durable/records/record.ts";
import type { Usage } from "../../../src/index.ts";
import { sqliteJournal } from "../../../src/journal/sqlite.ts";
import { type Asked, deskModel } from "./desk-model.ts";

const child = fileURLToPath(new URL("child.ts", import.meta.url));

/** How a life ends: at an outcome of its own, before or after that is stored, or so many ms after its first sign. */
export type Death = { readonly at: number; readonly when: "before" | "after" } | { readonly afterMs: number };

/** What the process printed that came to the run's end. */
export interface Ended {
  readonly output: unknown;
  readonly usage: Usage;
  readonly steps: unknown;
  readonly tasks: unknown;
  readonly replayed: readonly string[];
  readonly deltas: readonly { readonly call: string; readonly delta: string }[];
  readonly delegated: readonly string[];
  readonly started: readonly string[];
}

export interface Report {
  readonly ended: Ended;
  readonly kills: number;
  readonly asked: Asked;
  /** Numbers of the replies that are in the journal. */
  readonly kept: readonly number[];
  /** Paths that were recorded when something began at them anew. */
  readonly repeated: readonly string[];
  /** Paths that were recorded when the last life began. */
  readonly known: ReadonlySet<string>;
}

/** Takes the desk's run through a series of deaths, each followed by a new process, until it is over. */
export async function deskLives(deaths: Iterable<Death>): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), "heddle-desk-"));
  const [file, ledger] = [join(folder, "runs.db"), join(folder, "ledger")];
  const model = deskModel();
  await using server = await modelServer(model.handler, { record: false });
  const env = { ...process.env, OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "k" };
  let kills = 0;
  try {
    for (const death of deaths) {
      const ended = await life([file, ledger], env, death);
      if (ended === undefined) kills++;
      else return { ended, kills, asked: model.asked, kept: await keptIn(file), ...judged(await readFile(ledger, "utf8")) };
    }
    throw new Error(`Expected the run to come to its end, got ${kills} kills`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function life(args: readonly string[], env: NodeJS.ProcessEnv, death: Death): Promise<Ended | undefined> {
  const at = "at" in death ? [String(death.at), death.when] : [];
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, [child, ...args, ...at], { env, stdio: ["ignore", "pipe", "pipe"] });
    let [out, wrong] = ["", ""];
    process_.stdout.on("data", (chunk) => (out += chunk));
    process_.stderr.on("data", (chunk) => (wrong += chunk));
    if ("afterMs" in death) process_.stderr.once("data", () => setTimeout(() => process_.kill("SIGKILL"), death.afterMs).unref());
    process_.on("error", reject);
    process_.on("close", (code, signal) => {
      if (signal === "SIGKILL") resolve(undefined);
      else if (code === 0 && out.includes('"output"')) resolve(JSON.parse(out));
      else reject(new Error(`Expected a life to end with an output or by SIGKILL, got code ${code}, ${out} ${wrong}`));
    });
  });
}

/** A model's replies, and what it refused, are told by their numbers. */
async function keptIn(file: string): Promise<readonly number[]> {
  const journal = sqliteJournal(file);
  const records = (await journal.read("run"))._unsafeUnwrap();
  await journal.close();
  return records.flatMap((text) => {
    const entry = read(text)._unsafeUnwrap();
    if (entry.type !== "settled") return [];
    const { usage, message } = (entry.value ?? {}) as { readonly usage?: Usage; readonly message?: string };
    const number = usage?.inputTokens ?? /number (\d+)/.exec(message ?? "")?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

function judged(ledger: string): Pick<Report, "repeated" | "known"> {
  const stored = new Set<string>();
  const repeated: string[] = [];
  let known = new Set<string>();
  for (const line of ledger.split("\n")) {
    const [what, key = ""] = line.split(" ");
    if (what === "life") known = new Set(stored);
    if (what === "stored") stored.add(key);
    if (what === "begin" && stored.has(key)) repeated.push(key);
  }
  return { repeated, known };
}
