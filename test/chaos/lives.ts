import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const child = fileURLToPath(new URL("child.ts", import.meta.url));

/** How the lives of one run end: after so many ms, or at a journal write, before it is stored or just after. */
export type Death = { readonly afterMs: number } | { readonly atWrite: number; readonly when: "before" | "after" };

export interface Report {
  readonly kills: number;
  readonly output: unknown;
  /** Steps that ran again although they were recorded. */
  readonly repeated: readonly string[];
  /** How many steps ran more than once, as those in flight at a kill may. */
  readonly again: number;
}

/** Takes one run through a series of deaths, each followed by a new process, until it is over. */
export async function live(deaths: Iterable<Death>): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), "heddle-chaos-"));
  const [file, ledger] = [join(folder, "runs.db"), join(folder, "ledger")];
  const next = deaths[Symbol.iterator]();
  let kills = 0;
  try {
    for (;;) {
      const { value: death } = next.next() as { readonly value: Death | undefined };
      const output = await oneLife(file, ledger, death);
      if (output !== undefined) return { kills, output, ...judged(await readFile(ledger, "utf8")) };
      kills++;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a process printed at its end; undefined where it was killed before. */
function oneLife(file: string, ledger: string, death: Death | undefined): Promise<unknown> {
  const at = death !== undefined && "atWrite" in death ? [String(death.atWrite), death.when] : ["0"];
  return new Promise((resolve, reject) => {
    const life = spawn(process.execPath, [child, file, "run", ledger, ...at], { stdio: ["ignore", "pipe", "pipe"] });
    let [out, wrong] = ["", ""];
    life.stdout.on("data", (chunk) => (out += chunk));
    life.stderr.on("data", (chunk) => (wrong += chunk));
    // Counted from the first sign of life, so that slow starts do not make for harmless kills.
    if (death !== undefined && "afterMs" in death)
      life.stderr.once("data", () => setTimeout(() => life.kill("SIGKILL"), death.afterMs).unref());
    life.on("error", reject);
    life.on("close", (code, signal) => {
      if (signal === "SIGKILL") resolve(undefined);
      else if (code === 0 && out !== "") resolve(JSON.parse(out));
      else reject(new Error(`Expected a life to end with a result or by SIGKILL, got code ${code}, ${out} ${wrong}`));
    });
  });
}

function judged(ledger: string): Pick<Report, "repeated" | "again"> {
  const stored = new Set<string>();
  const ended = new Map<string, number>();
  const repeated: string[] = [];
  for (const line of ledger.split("\n")) {
    const [what, key = "", attempt] = line.split(" ");
    if (what === "stored") stored.add(key);
    if (what === "begin" && stored.has(key)) repeated.push(key);
    if (what === "end") ended.set(`${key} ${attempt}`, (ended.get(`${key} ${attempt}`) ?? 0) + 1);
  }
  return { repeated, again: [...ended.values()].filter((times) => times > 1).length };
}
