import { BuildError, Shown } from "../../plan/build-error.ts";
import type { Traffic, TrafficOutcome } from "../../types/tape.ts";
import type { Cassette } from "./cassette.ts";
import { difference } from "./difference.ts";
import { canonical, type Entry, plain } from "./entry.ts";

interface Recorded {
  readonly entry: Entry;
  readonly asked: string;
  used: boolean;
}

/** Answers every exchange from the file. The first that is not there fails it and all that follow. */
export function player(file: string, entries: readonly Entry[], secrets: readonly string[]): Cassette {
  const recorded = entries.map((entry): Recorded => {
    // A file of an older version may hold what is taken out by now.
    const cleaned = { ...entry, request: plain(entry.request, secrets) };
    return { entry: cleaned, asked: canonical(asked(cleaned)), used: false };
  });
  const byPath = Map.groupBy(recorded, ({ entry }) => entry.path);
  let failure: BuildError | undefined;

  function find(traffic: Traffic): TrafficOutcome {
    const here = byPath.get(traffic.path) ?? [];
    const given = asked({ ...traffic, request: plain(traffic.request, secrets) });
    const text = canonical(given);
    // Attempts at one request are told apart by their order.
    const found = here.find((one) => !one.used && one.asked === text);
    if (found === undefined) throw missing(traffic, given, here);
    found.used = true;
    return found.entry.outcome;
  }

  function missing({ path, kind }: Traffic, given: unknown, here: readonly Recorded[]): BuildError {
    const expected = `the ${kind} request at ${JSON.stringify(path)} to be in cassette ${JSON.stringify(file)}`;
    const advice = 'where the change is meant, record it anew with mode: "record"';
    const next = here.find(({ used }) => !used);
    if (next !== undefined) {
      const shown = difference(asked(next.entry), given);
      return new BuildError(expected, new Shown(`another than was recorded (-) there (+ now):\n${shown}\n`), { advice });
    }
    const got = here.length > 0 ? `one more than the ${here.length} that were recorded there` : "a path at which nothing was recorded";
    return new BuildError(expected, new Shown(got), { advice: `${advice}; its paths are ${[...byPath.keys()].join(", ") || "none"}` });
  }

  return {
    mode: "replay",
    check() {
      if (failure !== undefined) throw failure;
      const left = recorded.filter(({ used }) => !used).map(({ entry }) => entry.path);
      if (left.length === 0) return;
      throw new BuildError(
        `everything in cassette ${JSON.stringify(file)} to have been asked for`,
        new Shown(`nobody who asked at ${left.join(", ")}`),
      );
    },
    async play(traffic) {
      if (failure !== undefined) throw failure;
      try {
        return find(traffic);
      } catch (thrown) {
        failure = thrown as BuildError;
        throw thrown;
      }
    },
  };
}

/** What a request is told by, beside its path. */
function asked({ kind, name, request }: Traffic): object {
  return { kind, name, request };
}
