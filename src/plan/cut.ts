/** The first `most` UTF-16 units of a text with a mark where it was cut, never half of a surrogate pair. */
export function cut(text: string, most: number, mark = "…"): string {
  if (text.length <= most) return text;
  const keep = Math.max(0, most - mark.length);
  const last = text.charCodeAt(keep - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? keep - 1 : keep) + mark;
}
