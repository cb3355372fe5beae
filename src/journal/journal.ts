// Users may compile for an older language and without the types of Node.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Result } from "neverthrow";
import type { OpenWait } from "../types/failure.ts";
import type { Interrupted, JournalFailed, RunLocked, RunNotFound } from "./failure.ts";

/**
 * Where a run is: `running` (somebody works at it, or died or stopped at it), `suspended` (it waits for a message or for
 * its `wakeAt`), or over.
 */
export type RunStatus = "running" | "suspended" | "completed" | "failed" | "cancelled";

/** What a run is begun with; it never changes. */
export interface NewRun {
  readonly id: string;
  /** The plan's name. */
  readonly plan: string;
  readonly fingerprint: string;
  /** The encoded input. */
  readonly input: string;
  /** Records that it begins with: those that a rerun takes over, so that there never is a rerun without them. */
  readonly records?: readonly string[];
}

/** A wait of a suspended run. */
export interface ListedWait extends OpenWait {
  /** Wall time in ms since 1970 at which it times out; undefined where it waits for ever. */
  readonly expiresAt: number | undefined;
}

/** A run as the journal lists it. */
export interface ListedRun {
  readonly id: string;
  readonly plan: string;
  readonly fingerprint: string;
  readonly status: RunStatus;
  /** Wall time in ms since 1970 at which a suspended run is due; undefined where only a message ends its waits. */
  readonly wakeAt: number | undefined;
  /** How many records it has: they are numbered from 1. */
  readonly records: number;
  /** The number of the last message that its owner has used up; 0 for none. */
  readonly seen: number;
  /** Somebody has said something to it, an answer or a cancel, that its owner has not used up. */
  readonly unseen: boolean;
  /** How many owners have died or stood still at it, one after the other, and nothing new was recorded since the first of them. */
  readonly lostOwners: number;
  /**
   * What a suspended run waits for and nobody has answered, the oldest first. Undefined where it is not suspended, or an earlier
   * version of heddle left it so.
   */
  readonly waits: readonly ListedWait[] | undefined;
  /** Wall time in ms since 1970, of its beginning and of what was written last. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface StoredRun extends ListedRun {
  /** The encoded input. */
  readonly input: string;
}

/** What others have to say to a run: an answer, a cancel. Numbered across the journal, in the order in which they came. */
export interface Message {
  readonly number: number;
  /** One of a key a run: the first one counts. */
  readonly key: string;
  readonly body: string;
}

/** Which runs to list; all of them where nothing is said. */
export interface RunFilter {
  readonly status?: RunStatus;
  /** A plan's name. */
  readonly plan?: string;
  /**
   * Only runs that wait for somebody to go on with them: `running` without a living owner, suspended and with a message
   * that nobody has seen, or suspended and due.
   */
  readonly ready?: boolean;
  /** Only runs that nothing was written of since, in ms since 1970: for deleting what is over. */
  readonly before?: number;
  /** Only runs that were begun after the one of this id: the next page. None where there is no such run. */
  readonly after?: string;
  /** At most so many, the oldest first. Default 1,000. */
  readonly limit?: number;
}

/** What a batch of records makes of its run, in the same breath. */
export interface RunChange {
  readonly status?: RunStatus;
  readonly wakeAt?: number;
  /** What it waits for from here on. Unless told, that stays as it is. */
  readonly waits?: readonly ListedWait[];
  /** The run gets on: something has reached it. Then its owners that were lost before do not count any more. */
  readonly progress?: true;
  /** The last message that is used up by these records. */
  readonly seen?: number;
}

/**
 * A run that is owned here, until it is released or lost. Whatever is written carries the token of this ownership: once
 * somebody else has the run, nothing of it is stored.
 */
export interface OwnedRun {
  /** The run when it was claimed. */
  readonly run: StoredRun;
  /** It was not there before. */
  readonly created: boolean;
  /** Its last owner died, stood still or could not write any more: what was being done there may have been done. */
  readonly abandoned: boolean;
  /** Aborts when somebody else has taken the run over: what is under way belongs to nobody. */
  readonly lost: AbortSignal;
  /**
   * Adds records in order and gives the number of the last one, once they are safe; batches of one tick cost one write.
   * After a failure nothing more is taken, so that what is stored has no gaps.
   */
  append(records: readonly string[], change?: RunChange): Promise<Result<number, Interrupted | JournalFailed>>;
  /** Calls back soon after messages have come, until it is stopped or the run let go. The process stays alive for it. */
  listen(heard: () => void): () => void;
  /** Lets the run go: the next one need not wait. What was appended is safe or refused by then. */
  release(): Promise<Result<void, JournalFailed>>;
}

/**
 * Where durable runs are kept: a list of records for each, written by one owner at a time, and a box of messages that
 * anybody may put something into. Records and messages are text, which means nothing to a journal.
 *
 * Nothing throws and nothing rejects: what goes wrong is a value.
 */
export interface Journal extends AsyncDisposable {
  /**
   * Makes a run one's own, and makes the run where it is new. Refused at once while another owner is alive: see
   * `claimWithin`, which waits for it. An owner that died with its process, or has not shown itself for five seconds, loses
   * the run to the one who asks.
   */
  claim(run: NewRun | string): Promise<Result<OwnedRun, RunLocked | RunNotFound | JournalFailed>>;
  /** One run, without claiming it. */
  find(runId: string): Promise<Result<StoredRun, RunNotFound | JournalFailed>>;
  /** The runs that a filter lets through; all unless told. */
  runs(filter?: RunFilter): Promise<Result<readonly ListedRun[], JournalFailed>>;
  /**
   * Records in order from number `from` (default 1), at most `limit` of them (default 10,000), and fewer where they are large:
   * what is left has been read once there is none. None for an unknown run.
   */
  read(runId: string, page?: { readonly from?: number; readonly limit?: number }): Promise<Result<readonly string[], JournalFailed>>;
  /** Messages in order, those after number `after`. */
  messages(runId: string, after?: number): Promise<Result<readonly Message[], JournalFailed>>;
  /** `sent`; `taken` where a message of this key is there already; `over` where nobody will ever see it. */
  send(runId: string, key: string, body: string): Promise<Result<"sent" | "taken" | "over", RunNotFound | JournalFailed>>;
  /** Removes a run with all that belongs to it, unless somebody owns it. */
  delete(runId: string): Promise<Result<void, RunLocked | RunNotFound | JournalFailed>>;
  /**
   * Ends what is being written, lets all runs go, and frees the file. Afterwards everything is `journal_failed`. A process may
   * end without it; `await using journal = sqliteJournal("runs.db")` does it at the end of a block.
   */
  close(): Promise<void>;
}
