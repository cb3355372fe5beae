import { fields, text } from "../model/read.ts";

/** The SDK hands headers out as a plain record. */
export function headersOf(given: unknown): { get(name: string): string | undefined } {
  const values = new Map(Object.entries(fields(given) ?? {}).map(([name, value]) => [name.toLowerCase(), text(value)]));
  return { get: (name) => values.get(name) };
}

/** OpenAI's name for it, and Anthropic's, and Amazon's. */
export function requestIdOf(headers: unknown): string | undefined {
  const found = headersOf(headers);
  return found.get("x-request-id") ?? found.get("request-id") ?? found.get("x-amzn-requestid");
}
