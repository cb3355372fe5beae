import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { type ModelServer, modelServer } from "../../src/testing/index.ts";
import { bundled } from "./bundled.ts";
import { Chance } from "./chance.ts";
import { type Death, deathsOf } from "./deaths.ts";
import { type Grown, grow } from "./grow.ts";
import { Judge } from "./judge.ts";
import { answering } from "./models.ts";
import { told } from "./told.ts";

export interface Report {
  readonly kills: number;
  /** What was made again, since a kill came before it was recorded. */
  readonly again: number;
  readonly wrong: readonly string[];
  readonly history: readonly string[];
  readonly kinds: ReadonlySet<string>;
}

const answer = 42;
const reason = "enough";
/** A life that was to die and has nothing left to do does not wait for ever. */
const longestLife = 2_000;

/** A model server that outlives the runs, and where they are killed. */
export class Arena implements AsyncDisposable {
  readonly #server: ModelServer;
  readonly #program: string;
  readonly #listeners: Map<number, (path: string) => void>;

  private constructor(server: ModelServer, program: string, listeners: Map<number, (path: string) => void>) {
    this.#server = server;
    this.#program = program;
    this.#listeners = listeners;
  }

  static async open(): Promise<Arena> {
    const listeners = new Map<number, (path: string) => void>();
    const server = await modelServer(
      answering((seed, path) => listeners.get(seed)?.(path)),
      { record: false },
    );
    return new Arena(server, await bundled("child.ts"), listeners);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
  }

  /** Takes the run of a seed through so many deaths, each followed by a new process, until it is over. */
  async kill(seed: number, deaths: number): Promise<Report> {
    const whole = await this.#uninterrupted(seed);
    const folder = mkdtempSync(join(tmpdir(), "heddle-chaos-"));
    try {
      return await this.#lives(seed, deathsOf(seed, deaths), whole, folder);
    } finally {
      this.#listeners.delete(seed);
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async #lives(seed: number, deaths: readonly Death[], whole: Whole, folder: string): Promise<Report> {
    const [file, ledger] = [join(folder, "runs.db"), join(folder, "ledger")];
    const judge = new Judge();
    const chance = new Chance(seed ^ 0xca11);
    const outside = new Callers(whole.grown, file, chance);
    this.#listeners.set(seed, (path) => judge.begins(path, 0));
    let [kills, read] = [0, 0];
    for (let life = 0; ; life++) {
      const death = deaths[life];
      if (chance.once(3)) await outside.speak();
      const ended = await this.#live([file, ledger, String(seed), this.#server.url], death, () => outside.cancel());
      const lines = existsSync(ledger) ? readFileSync(ledger, "utf8").trimEnd().split("\n") : [];
      for (const line of lines.slice(read)) {
        const [what, key = "", attempt] = line.split(" ");
        if (what === "begin") judge.begins(key.slice("run/".length), Number(attempt));
      }
      read = lines.length;
      if (ended === undefined) kills++;
      judge.after(await recordsIn(file), ended === undefined);
      if (ended === undefined) continue;
      if ((ended as { readonly type?: string }).type === "suspended") {
        await outside.speak();
        continue;
      }
      const early = (ended as { readonly type?: string }).type === "cancelled" && outside.cancelled;
      if (!early && !isDeepStrictEqual(ended, whole.told))
        judge.wrong.push(`expected ${JSON.stringify(whole.told)}, got ${JSON.stringify(ended)}`);
      judge.ended(whole.undone);
      for (const path of early ? [] : this.#unknown(judge, whole)) judge.wrong.push(`${path} was not asked by a run that went through`);
      return { kills, again: judge.again, wrong: judge.wrong, history: judge.history, kinds: whole.grown.kinds };
    }
  }

  /** What was begun and never would have been: the judge and the steps do not speak of the same paths. */
  #unknown(judge: Judge, { begun }: Whole): readonly string[] {
    return [...judge.begun].filter((path) => !begun.has(path) && !/(loser|doomed|hangs)[^/]*(\/undo)?$/.test(path));
  }

  /** What a life came to; undefined where it was killed. */
  #live(args: readonly string[], death: Death | undefined, idle: () => Promise<void>): Promise<object | undefined> {
    const at = death !== undefined && "atWrite" in death ? [String(death.atWrite), death.when] : [];
    return new Promise((resolve, reject) => {
      const life = spawn(process.execPath, [this.#program, ...args, ...at], { stdio: ["ignore", "pipe", "pipe"] });
      const kill = (ms: number) => void setTimeout(() => life.kill("SIGKILL"), ms).unref();
      let ended: object | undefined;
      let errors = "";
      createInterface({ input: life.stdout }).on("line", (line) => {
        const said = JSON.parse(line) as { readonly begun?: true; readonly idle?: true; readonly told?: object };
        // Counted from the first sign of life, so that slow starts do not make for harmless kills.
        if (said.begun === true && death !== undefined) kill("afterMs" in death ? death.afterMs : longestLife);
        if (said.idle === true && death === undefined) void idle();
        ended ??= said.told;
      });
      life.stderr.on("data", (chunk) => (errors += chunk));
      life.on("error", reject);
      life.on("close", (code, signal) => {
        if (signal === "SIGKILL") resolve(undefined);
        else if (code === 0 && ended !== undefined) resolve(ended);
        else reject(new Error(`Expected a life to end with a result or by SIGKILL, got code ${code}, ${errors}`));
      });
    });
  }

  /** The same run in this process, without a journal and without a kill. */
  async #uninterrupted(seed: number): Promise<Whole> {
    const [done, begun]: [string[], Set<string>] = [[], new Set()];
    const ledger = {
      note: (what: string, key: string) => {
        const path = key.slice(key.indexOf("/") + 1);
        if (what === "did") done.push(path);
        else begun.add(path);
      },
      times: (key: string) => done.filter((path) => path === key.slice(key.indexOf("/") + 1)).length,
    };
    this.#listeners.set(seed, (path) => begun.add(path));
    const idle = Promise.withResolvers<void>();
    const grown = grow(seed, { ledger, url: this.#server.url, idle: idle.resolve });
    const handle = grown.plan.start("in", { grace: 200 });
    void idle.promise.then(() => handle.cancel(reason));
    let over = false;
    const result = handle.result.then((ended: Parameters<typeof told>[0]) => {
      over = true;
      return ended;
    });
    while (!over) {
      for (const { step } of handle.waits) await handle.answer(step, answer);
      await delay(2);
    }
    const undone = done.filter((path) => path.endsWith("/undo")).map((path) => path.slice(0, -"/undo".length));
    return { grown, told: JSON.parse(JSON.stringify(told(await result))), undone: new Set(undone), begun };
  }
}

interface Whole {
  readonly grown: Grown;
  readonly told: object;
  /** Paths of the steps that it undoes. */
  readonly undone: ReadonlySet<string>;
  readonly begun: ReadonlySet<string>;
}

/** People who answer a run's waits and cancel it, from another process than the run's. */
class Callers {
  readonly #grown: Grown;
  readonly #file: string;
  readonly #chance: Chance;
  #answered = 0;
  cancelled = false;

  constructor(grown: Grown, file: string, chance: Chance) {
    this.#grown = grown;
    this.#file = file;
    this.#chance = chance;
  }

  /** Answers the next wait, whether the run has come to it or not, and sometimes cancels it before its time. */
  async speak(): Promise<void> {
    const { plan, waits, ending } = this.#grown;
    const journal = sqliteJournal(this.#file);
    const wait = waits[this.#answered];
    if (wait !== undefined && (await plan.answer("run", wait, answer, { journal })).isOk()) this.#answered++;
    if (ending === "cancelled" && wait === undefined && this.#chance.once(4)) await this.cancel();
    await journal.close();
  }

  async cancel(): Promise<void> {
    const journal = sqliteJournal(this.#file);
    if ((await this.#grown.plan.cancel("run", { journal, reason })).isOk()) this.cancelled = true;
    await journal.close();
  }
}

async function recordsIn(file: string): Promise<readonly string[]> {
  if (!existsSync(file)) return [];
  const journal = sqliteJournal(file);
  const records = await journal.read("run");
  await journal.close();
  if (records.isErr()) throw new Error(records.error.message);
  return records.value;
}
