const yes = /^(?:y|yes)$/i;
const no = /^(?:n|no)(?:[\s,:]+(.+))?$/is;

/**
 * What a typed answer may mean, the likeliest first: JSON, the text as it is, and for questions that take yes or no these in
 * words, as a boolean or as an approval. The schema of what is asked decides.
 */
export function answersIn(typed: string): readonly unknown[] {
  const text = typed.trim();
  const meant: unknown[] = [];
  try {
    meant.push(JSON.parse(text));
  } catch {
    // Then it is text.
  }
  meant.push(text);
  const [denied, reason] = no.exec(text) ?? [];
  if (yes.test(text)) meant.push(true, { approved: true });
  else if (denied !== undefined)
    meant.push(...(reason === undefined ? [false] : []), { approved: false, ...(reason !== undefined && { reason }) });
  return meant;
}
