interface HeaderReader {
  get(name: string): string | null | undefined;
}

/**
 * What a server asks to wait, in ms from 0 up: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date.
 * A date is read against the server's own `date` header where there is one, so that a wrong clock here does no harm.
 * https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function retryAfter(headers: HeaderReader, now: () => number = Date.now): number | undefined {
  const ms = decimal(headers.get("retry-after-ms"));
  if (ms !== undefined) return ms;
  const given = headers.get("retry-after");
  const seconds = decimal(given);
  if (seconds !== undefined) return seconds * 1000;
  const date = httpDate(given);
  if (date === undefined) return undefined;
  return Math.max(0, date - (httpDate(headers.get("date")) ?? now()));
}

function decimal(given: string | null | undefined): number | undefined {
  return given !== null && given !== undefined && /^\s*\d{1,12}(?:\.\d+)?\s*$/.test(given) ? Number(given) : undefined;
}

/** `Date.parse` reads nearly anything that holds a number ("-5" is a date in 2001); a date in HTTP names its month. */
function httpDate(given: string | null | undefined): number | undefined {
  if (given === null || given === undefined || !/[a-z]{3}/i.test(given)) return undefined;
  const date = Date.parse(given);
  return Number.isNaN(date) ? undefined : date;
}
