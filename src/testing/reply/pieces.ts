/** Cuts a text into the pieces a stream sends it in: a word with the space after it, and never half a character. */
export function pieces(text: string): readonly string[] {
  return text.match(/\S{1,24}\s*|\s+/gu) ?? [];
}
