import type { Issue } from "../types/schema.ts";
import { cut } from "./cut.ts";
import { show } from "./show.ts";

/** Issues as text, for the model or for a message: `at tags[0]: Expected string`. */
export function issueText(issues: readonly Issue[], separator = "\n", most = 20): string {
  const lines = issues.slice(0, most).map(issueLine);
  if (issues.length > most) lines.push(`and ${issues.length - most} more`);
  return lines.join(separator);
}

/** Issues come from foreign code: their shape is not relied on. */
function issueLine(issue: Issue): string {
  try {
    const { message, path } = issue;
    const place = (path ?? []).map(segment).join("");
    return cut(`${place === "" ? "" : `at ${place}: `}${typeof message === "string" ? message : show(message)}`, 500);
  } catch {
    return show(issue);
  }
}

function segment(part: unknown, index: number): string {
  const key: unknown = typeof part === "object" && part !== null && "key" in part ? part.key : part;
  return typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`;
}
