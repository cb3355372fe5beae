const hidden = "[redacted]";

/** Shapes that secrets have. OpenAI's own 401 quotes part of the key, with stars in the middle. */
const shapes: readonly RegExp[] = [
  /\b(?:sk|rk|pk|sess)-[\w*.-]{5,}[\w*]/g,
  /(?<=\b(?:bearer|basic)\s+)[\w+/=.~*-]{6,}/gi,
  /(?<=\b(?:api[-_ ]?key|authorization|x-api-key|access[-_ ]?token|secret)["']?\s*[:=]\s*["']?)(?!bearer\b|basic\b)[^\s"',;)}]{6,}/gi,
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
