import { readJson } from "../../agent/json-text.ts";
import { fields } from "../../model/read.ts";
import { hidden, redact } from "../../model/redact.ts";
import { knownSecrets } from "../../model/secrets.ts";
import type { Traffic, TrafficOutcome } from "../../types/tape.ts";

/** One exchange as it stands in the file: plain JSON, without secrets. */
export interface Entry extends Traffic {
  readonly outcome: TrafficOutcome;
}

/** Plain JSON with secrets taken out of every text. The same is done to what is compared with it. */
export function plain<T>(value: T, secrets: readonly string[]): T {
  return clean(JSON.parse(JSON.stringify(value) ?? "null"), [...secrets, ...knownSecrets()]) as T;
}

/** Keys whose values are secrets whatever they look like: headers, and the fields that requests have for credentials. */
const telling =
  /(?:authorization|cookie|apikey|secret|secretkey|accesskey|privatekey|password|passwd)$|^(?:access|api|auth|bearer|csrf|id|refresh|session)?token$/;

function isTelling(key: string): boolean {
  return telling.test(key.slice(-100).replace(/[-_ ]/g, "").toLowerCase());
}

function clean(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return cleanText(value, secrets);
  if (Array.isArray(value)) return value.map((one) => clean(one, secrets));
  const found = fields(value);
  if (found === undefined) return value;
  return Object.fromEntries(
    Object.entries(found).map(([key, one]) => [
      key,
      typeof one === "string" && one !== "" && isTelling(key) ? hidden : clean(one, secrets),
    ]),
  );
}

/**
 * A call's arguments are JSON text in the model's reply, and values in the tool's request: taken for what they are in both,
 * they lose the same secrets, and a replay asks for what was recorded. Text without secrets stays as it was spelt.
 */
function cleanText(text: string, secrets: readonly string[]): string {
  const parsed = /^\s*[{[]/.test(text) ? readJson(text).unwrapOr(undefined) : undefined;
  if (parsed === undefined) return redact(text, secrets);
  const cleaned = clean(parsed, secrets);
  return canonical(cleaned) === canonical(parsed) ? text : JSON.stringify(cleaned);
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
