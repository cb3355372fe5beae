export type Role = "critic" | "publisher" | "writer" | "researcher";

const signs: readonly (readonly [Role, RegExp])[] = [
  ["critic", /\b(?:critic|critique|review|judge|evaluat|assess|grade|scor|approv|quality|fact-?check|proofread)/i],
  ["publisher", /\b(?:publish|publication|format|markdown|typeset|layout)/i],
  ["writer", /\b(?:writ|draft|author|compos|revis|rewrit|improv|edit|synthesi)/i],
  ["researcher", /\b(?:research|search|analy|investigat|find|gather|collect|read)/i],
];

/** The role that instructions name first; `fallback` when they name none. */
export function roleOf(instructions: string, fallback: Role): Role {
  const found = signs
    .map(([role, sign]) => ({ role, at: instructions.search(sign) }))
    .filter(({ at }) => at >= 0)
    .sort((left, right) => left.at - right.at);
  return found[0]?.role ?? fallback;
}
