import { fields } from "../../model/read.ts";
import type { Traffic, TrafficOutcome } from "../../types/tape.ts";
import type { Cassette } from "./cassette.ts";
import { type Entry, inOrder, plain } from "./entry.ts";
import { writeEntries } from "./file.ts";

/** Lets every exchange happen, and keeps it. An exchange is over when it is on file: a run that has ended is recorded. */
export function recorder(file: string, secrets: readonly string[]): Cassette {
  /** In the order in which they began; what has no outcome yet, or was cut off by an abort, is left out. */
  const begun: { entry: Entry | undefined }[] = [];
  let written: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;

  /** One write at a time, and one for all that came in the meantime. */
  function write(): Promise<void> {
    waiting ??= written.then(() => {
      waiting = undefined;
      const entries = begun.flatMap(({ entry }) => entry ?? []);
      written = writeEntries(file, inOrder(entries));
      return written;
    });
    return waiting;
  }

  return {
    mode: "record",
    check: () => {},
    async play(traffic: Traffic, live: () => Promise<TrafficOutcome>): Promise<TrafficOutcome> {
      const place: { entry: Entry | undefined } = { entry: undefined };
      begun.push(place);
      const { kind, path, name, request } = traffic;
      const asked = plain(request, secrets);
      const outcome = await live();
      if (!outcome.ok && fields(outcome.error)?.["type"] === "aborted") return outcome;
      place.entry = { path, kind, name, request: asked, outcome: plain(outcome, secrets) };
      await write();
      return outcome;
    },
  };
}
