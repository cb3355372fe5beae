import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { BuildError, Shown } from "../../plan/build-error.ts";
import { checkOptions, readChoice } from "../../plan/limits.ts";
import type { Tape } from "../../types/tape.ts";
import { readEntries } from "./file.ts";
import { player } from "./player.ts";
import { recorder } from "./recorder.ts";

export interface CassetteOptions {
  /** "auto", unless told: replays where the file exists, else records. "record" always writes it anew. */
  readonly mode?: "auto" | "record" | "replay";
  /** Texts of at least 8 characters that the file must not hold, beside those that the environment calls a key, token, secret or password. */
  readonly secrets?: readonly string[];
}

/** A run's exchanges with models and tools on file, for the run option `tape`. */
export interface Cassette extends Tape {
  /** What it does: `auto` is one or the other. */
  readonly mode: "record" | "replay";
  /** Throws where something did not match, though a step of the run caught it, or was recorded and has not been asked for. */
  check(): void;
}

/**
 * Records what a run asks of models and tools in a readable file, and from then on answers from there: no network, no key,
 * no tool runs. A request is told by its path in the run and its content; one that is not on file fails its step, with what
 * differs.
 *
 * @example
 * const tape = await cassette("test/article.json");
 * const result = await article.run("The state of AI agents", { tape });
 */
export async function cassette(file: string, options: CassetteOptions = {}): Promise<Cassette> {
  if (typeof file !== "string" || file === "") throw new BuildError("the file of a cassette to be a path", file);
  checkOptions(options, ["mode", "secrets"], undefined, "the options of cassette()");
  const { mode = "auto", secrets = [] } = options;
  readChoice(mode, '"mode" of cassette()', undefined, ["auto", "record", "replay"]);
  if (!Array.isArray(secrets) || secrets.some((secret) => typeof secret !== "string"))
    throw new BuildError('"secrets" of cassette() to be a list of texts', secrets);
  const entries = mode === "record" ? undefined : await readEntries(file);
  if (entries !== undefined) return player(file, entries, secrets);
  if (mode === "replay")
    throw new BuildError(`cassette ${JSON.stringify(file)} to exist`, new Shown("no such file"), {
      advice: 'record it with mode: "record"',
    });
  // Now, and not when the first reply has been paid for.
  await mkdir(dirname(file), { recursive: true });
  return recorder(file, secrets);
}
