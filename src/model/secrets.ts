/** What the environment's names for secrets have in common: OPENAI_API_KEY, GITHUB_TOKEN, DB_PASSWORD. */
const telling = /(?:^|_)(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(?:_|$)/i;

/** Keys that were given to models in code. Short-lived tokens must not pile up. */
const given = new Set<string>();
const mostKept = 256;

/** Keeps a key from ever being shown in a message. */
export function keepSecret(secret: string): void {
  given.delete(secret);
  given.add(secret);
  if (given.size > mostKept) for (const oldest of [...given].slice(0, given.size - mostKept)) given.delete(oldest);
}

/** Every text that no message may show, as far as this process can know: read anew each time, since both may change. */
export function knownSecrets(): readonly string[] {
  const named = Object.entries(process.env).flatMap(([name, value]) => (value !== undefined && telling.test(name) ? [value.trim()] : []));
  // The longest first: one secret may begin another.
  return [...given, ...named].sort((a, b) => b.length - a.length);
}
