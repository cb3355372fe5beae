import type { Connection } from "./connection.ts";

/** How often the file is looked at, in ms. It takes some microseconds while nothing was written. */
const interval = 50;

interface Listener {
  readonly run: number;
  readonly heard: () => void;
  newest: number;
}

/** Tells owners that their runs have messages, whoever sent them. */
export class Mailbox {
  readonly #connection: Connection;
  readonly #listeners = new Set<Listener>();
  #timer: NodeJS.Timeout | undefined;
  /** Changes with every write of another connection. */
  #version: unknown;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  listen(run: number, heard: () => void): () => void {
    const listener: Listener = { run, heard, newest: 0 };
    this.#listeners.add(listener);
    this.#version = undefined;
    this.#timer ??= setInterval(() => this.#look(), interval);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.stop();
    };
  }

  /** A message went through this very connection, which does not show in the file's version. */
  sent(): void {
    this.#version = undefined;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const listener of this.#changed()) {
      try {
        listener.heard();
      } catch {
        // A listener that throws harms nobody else.
      }
    }
  }

  #changed(): readonly Listener[] {
    const changed: Listener[] = [];
    try {
      const version = this.#connection.sql("PRAGMA data_version").get()?.["data_version"];
      if (version === this.#version) return [];
      for (const listener of this.#listeners) {
        const row = this.#connection.sql("SELECT ifnull(max(number), 0) AS newest FROM messages WHERE run = ?").get(listener.run);
        const newest = Number(row?.["newest"]);
        if (newest > listener.newest) changed.push(listener);
        listener.newest = newest;
      }
      this.#version = version;
    } catch {
      // Busy or broken: the next look, or the next write, will tell.
    }
    return changed;
  }
}
