import type { JsonSchema } from "../../model/model.ts";
import type { Filling } from "./fill.ts";

const samples: { readonly [format: string]: string } = {
  "date-time": "2026-01-01T00:00:00Z",
  date: "2026-01-01",
  time: "00:00:00Z",
  duration: "P1D",
  email: "someone@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uuid: "00000000-0000-4000-8000-000000000000",
  uri: "https://example.com/",
};

const inQuery: { readonly [format: string]: RegExp } = {
  date: /\b\d{4}-\d{2}-\d{2}\b/,
  email: /\b[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}\b/,
  uri: /\bhttps?:\/\/[^\s"'<>)]{1,2000}/,
};

/** Names, cities and the like: the longest run of capitalised words that does not begin the query. */
function properNoun(query: string): string | undefined {
  const runs = [...query.matchAll(/(?<=\S\s)\p{Lu}[\p{L}'-]*(?:\s\p{Lu}[\p{L}'-]*){0,3}/gu)].map(([run]) => run);
  return runs.sort((left, right) => right.length - left.length)[0];
}

function choose(name: string, format: string | undefined, filling: Filling): string {
  const { material } = filling;
  const kind =
    format ?? (/url|link|uri/i.test(name) ? "uri" : /e-?mail/i.test(name) ? "email" : /date|day$/i.test(name) ? "date" : undefined);
  if (kind !== undefined) return inQuery[kind]?.exec(material.query)?.[0] ?? samples[kind] ?? material.query;
  if (/^id$|(?:^|_)id$|Id$/.test(name)) {
    filling.used += 1;
    return `item-${filling.used}`;
  }
  if (/title|headline|subject|topic/i.test(name)) return material.title;
  if (/^(?:q|query|question|search|searchTerm|keywords?|task|prompt|input|request)$/i.test(name)) return material.query;
  if (/^(?:text|draft|article|content|body|markdown|message|answer|summary)$/i.test(name)) return material.text;
  if (/source|citation|reference/i.test(name))
    return material.sources[filling.used % Math.max(1, material.sources.length)] ?? material.title;
  if (/name|city|location|place|person|country|company|author/i.test(name)) return properNoun(material.query) ?? material.title;
  const next = material.extracts[filling.used % Math.max(1, material.extracts.length)] ?? material.query;
  filling.used += 1;
  return next;
}

/** A string for a property of this name, within the schema's lengths. Patterns are not tried for. */
export function fillString(schema: JsonSchema, name: string, filling: Filling): string {
  const text = choose(name, typeof schema.format === "string" ? schema.format : undefined, filling);
  const least = typeof schema.minLength === "number" ? schema.minLength : 0;
  const most = typeof schema.maxLength === "number" ? schema.maxLength : Number.POSITIVE_INFINITY;
  const long = text.length >= least ? text : text.padEnd(least, text === "" ? "-" : ` ${text}`);
  return long.slice(0, Math.min(most, long.length));
}
