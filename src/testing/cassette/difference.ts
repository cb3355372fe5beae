const most = 30;

/** Where two values differ, as lines of their JSON: `-` recorded, `+` asked now, with one line around. */
export function difference(recorded: unknown, asked: unknown): string {
  const before = lines(recorded);
  const after = lines(asked);
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return [
    ...before.slice(Math.max(0, start - 1), start).map((line) => `  ${line}`),
    ...shortened(before.slice(start, before.length - end).map((line) => `- ${line}`)),
    ...shortened(after.slice(start, after.length - end).map((line) => `+ ${line}`)),
    ...before.slice(before.length - end, before.length - end + 1).map((line) => `  ${line}`),
  ].join("\n");
}

/** Text of several lines is shown as such: prompts are. */
function lines(value: unknown): readonly string[] {
  return (JSON.stringify(value, null, 2) ?? "nothing").replaceAll("\\n", "\n").split("\n");
}

function shortened(given: readonly string[]): readonly string[] {
  const cut = given.map((line) => (line.length > 200 ? `${line.slice(0, 200)}…` : line));
  return cut.length > most ? [...cut.slice(0, most), `  … and ${cut.length - most} more lines`] : cut;
}
