import { messageOf } from "../plan/show.ts";
import type { Issue } from "../types/schema.ts";

/** What every failure about durable runs tells. */
interface Told {
  /** One sentence for people: what was expected, what came, where, and what to do. */
  readonly message: string;
}

/** The journal could not be read or written: a full disk, a broken file, a folder that is not there. */
export interface JournalFailed extends Told {
  readonly type: "journal_failed";
  /** The original error. */
  readonly cause: unknown;
}

/** Somebody else owns the run, and is alive. */
export interface RunLocked extends Told {
  readonly type: "run_locked";
  readonly runId: string;
}

/** A run of this id was begun with another input, or of another plan. */
export interface RunExists extends Told {
  readonly type: "run_exists";
  readonly runId: string;
}

/** No run of this id is in the journal. */
export interface RunNotFound extends Told {
  readonly type: "run_not_found";
  readonly runId: string;
}

/** The run is no longer this owner's: another one has taken it over, or this one has let it go, as in a drain. */
export interface Interrupted extends Told {
  readonly type: "interrupted";
  readonly runId: string;
}

/** The plan's schema refuses the input of a run that is to be begun. */
export interface InputRefused extends Told {
  readonly type: "invalid_input";
  readonly issues: readonly Issue[];
  /** What the schema itself threw; undefined where it just said no. */
  readonly cause: unknown;
}

/** A value is not data that a journal can keep. */
export interface NotSerializable extends Told {
  readonly type: "not_serializable";
  /** Where in the value, which is `$`: for example `$.items[3].callback`. */
  readonly path: string;
}

export function journalFailed(expected: string, cause: unknown, advice?: string): JournalFailed {
  const message = `Expected ${expected}, got ${messageOf(cause)}${advice === undefined ? "" : `: ${advice}`}`;
  return { type: "journal_failed", message, cause };
}

export function badRunId(id: string): JournalFailed {
  return journalFailed("a run id that is not empty and well-formed text", JSON.stringify(id), "choose another one");
}

export function runLocked(runId: string, owner: string): RunLocked {
  return {
    type: "run_locked",
    runId,
    message: `Expected run ${JSON.stringify(runId)} to be free, got one that ${owner} owns: let that one finish, or stop it`,
  };
}

export function runExists(runId: string, differs: string): RunExists {
  return {
    type: "run_exists",
    runId,
    message: `Expected run ${JSON.stringify(runId)} to be new or begun alike, got one with another ${differs}: give this run an id of its own`,
  };
}

export function runNotFound(runId: string): RunNotFound {
  return {
    type: "run_not_found",
    runId,
    message: `Expected the id of a run in the journal, got ${JSON.stringify(runId)}: begin it, or open the journal that it is in`,
  };
}

export function interrupted(runId: string): Interrupted {
  return {
    type: "interrupted",
    runId,
    message: `Expected run ${JSON.stringify(runId)} to be owned here, got one that was taken over or let go: its new owner goes on with it`,
  };
}

export function drained(runId: string): Interrupted {
  return {
    type: "interrupted",
    runId,
    message: `Expected run ${JSON.stringify(runId)} to go on here until it is over, got a drain: resume it, or let a worker take it over`,
  };
}

export function notSerializable(path: string, got: string, advice: string): NotSerializable {
  return { type: "not_serializable", path, message: `Expected data that a journal can keep, got ${got} at ${path}: ${advice}` };
}
