import { fields } from "../../model/read.ts";
import { redact } from "../../model/redact.ts";
import { knownSecrets } from "../../model/secrets.ts";
import type { Traffic, TrafficOutcome } from "../../types/tape.ts";

/** One exchange as it stands in the file: plain JSON, without secrets. */
export interface Entry extends Traffic {
  readonly outcome: TrafficOutcome;
}

/** Plain JSON with secrets taken out of every text. The same is done to what is compared with it. */
export function plain<T>(value: T, secrets: readonly string[]): T {
  const hidden = [...secrets, ...knownSecrets()];
  return clean(JSON.parse(JSON.stringify(value) ?? "null"), hidden) as T;
}

function clean(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return redact(value, secrets);
  if (Array.isArray(value)) return value.map((one) => clean(one, secrets));
  const found = fields(value);
  if (found === undefined) return value;
  return Object.fromEntries(Object.entries(found).map(([key, one]) => [key, clean(one, secrets)]));
}

/** JSON text that is the same whatever the order of keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    const found = fields(one);
    return found === undefined ? one : Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

const byPath = new Intl.Collator("en", { numeric: true });

/**
 * The order of the file: steps in the order in which they began, and within each by path. Arms finish in any order, which
 * must not change the file.
 */
export function inOrder(entries: readonly Entry[]): readonly Entry[] {
  const begun = new Map<string, number>();
  for (const { path } of entries) if (!begun.has(first(path))) begun.set(first(path), begun.size);
  const place = ({ path }: Entry) => begun.get(first(path)) as number;
  return entries
    .map((entry, index) => ({ entry, index }))
    .sort((a, b) => place(a.entry) - place(b.entry) || byPath.compare(a.entry.path, b.entry.path) || a.index - b.index)
    .map(({ entry }) => entry);
}

function first(path: string): string {
  return /^[^/#[~]*/.exec(path)?.[0] ?? path;
}
