/** What stands in the place of a secret. */
export const hidden = "[redacted]";

/** Shapes that secrets have. OpenAI's own 401 quotes part of the key, with stars in the middle. */
const shapes: readonly RegExp[] = [
  /\b(?:sk|rk|pk|sess)-[\w*.-]{5,}[\w*]/g,
  /(?<=\b(?:bearer|basic)\s+)[\w+/=.~*-]{6,}/gi,
  /(?<=\b(?:api[-_ ]?key|authorization|x-api-key|access[-_ ]?token|secret)["']?\s*[:=]\s*["']?)(?!bearer\b|basic\b)[^\s"',;)}]{6,}/gi,
  // What providers and services give out: Google's keys, GitHub's and Slack's tokens, Amazon's key ids, signed tokens.
  /\bAIza[\w-]{35}/g,
  /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|xox[abeoprs]-[\w-]{10,}|AKIA[0-9A-Z]{16})\b/g,
  /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g,
  /(?<=[?&](?:key|token|access_token|sig|signature|secret|password)=)[^\s&#"'<>]{6,}/gi,
  /(?<=:\/\/)[^\s/@:]*:[^\s/@]+(?=@)/g,
];

/** Takes known secrets, and what looks like one, out of a text that is about to be shown. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let shown = text;
  for (const secret of secrets) {
    // Local servers are given keys such as "x" and "none": hiding those would hide ordinary words.
    if (secret.length >= 8) shown = shown.replaceAll(secret, hidden).replaceAll(encodeURIComponent(secret.toWellFormed()), hidden);
  }
  for (const shape of shapes) shown = shown.replace(shape, hidden);
  return shown;
}
