/** How a value is reached from the one around it: a property, an index, or words of one's own. */
export type Piece = string | number | readonly [words: string];

/** Where the node `at` is in the value, which is `$`; worked out only when somebody has to be told. */
export function pathOf(at: number, parents: readonly number[], pieces: readonly Piece[]): string {
  const found: string[] = [];
  for (let node = at; node >= 0; node = parents[node] ?? -1) found.push(written(pieces[node] ?? ""));
  // In a value that is 100,000 deep, both ends say more than the whole.
  const path = found.reverse();
  const most = 40;
  return `$${path.length <= most ? path.join("") : `${path.slice(0, most / 2).join("")}…${path.slice(-most / 2).join("")}`}`;
}

function written(piece: Piece): string {
  if (typeof piece === "number") return `[${piece}]`;
  if (typeof piece !== "string") return piece[0];
  if (/^(0|[1-9]\d*)$/.test(piece)) return `[${piece}]`;
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(piece) ? `.${piece}` : `[${JSON.stringify(piece)}]`;
}
