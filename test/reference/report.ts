import type { Outcome, Told, Traced } from "./description.ts";

/** An error that a script told a leaf to fail with. */
export class Scripted extends Error {
  override readonly name = "Scripted";
}

/** Any value as short text: failures by type and path, errors by name. */
export function show(value: unknown): string {
  // By its name: a journal keeps no classes.
  if (value instanceof Error && value.name === "Scripted") return `<${value.message}>`;
  if (value instanceof Error) return `<${value.name}>`;
  if (Array.isArray(value)) return `[${value.map(show).join(",")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if ("suppressed" in value) return tell(value as Told);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${key}:${show(inner)}`)
    .sort()
    .join(",")}}`;
}

/** A failure as text: what it is, where, after how many attempts, from which error, and what it hides. */
export function tell({ type, step, path, attempts, cause, suppressed }: Told): string {
  // Of a failure that a step did not script, the cause is the executor's own business.
  const from = type === "step_failed" ? ` from ${show(cause)}` : "";
  const hidden = flat(suppressed).map((failure) => tell({ ...failure, suppressed: [] }));
  return `${type} of ${step === "" ? "the run" : step} at ${path === "" ? "/" : path} after ${attempts}${from}${hidden.length === 0 ? "" : ` suppressing [${hidden.sort().join("; ")}]`}`;
}

/** Whether what is suppressed stays nested or is flattened is left open, and so is its order. */
function flat(failures: readonly Told[]): readonly Told[] {
  return failures.flatMap((failure) => [failure, ...flat(failure.suppressed)]);
}

/** All that two runs are compared by, as lines. */
export function report({ output, failure, steps, trace, stuck }: Outcome, log: readonly string[]): readonly string[] {
  return [
    stuck === true ? "stuck" : failure === undefined ? `output ${show(output)}` : `failure ${tell(failure)}`,
    `steps ${show(steps)}`,
    ...trace.map(showRecord),
    ...log,
  ];
}

function showRecord({ path, step, kind, status, attempts, startedAt, durationMs, route, count, limitReached }: Traced): string {
  const more = [
    route === undefined ? "" : ` route=${route}`,
    count === undefined || status !== "completed" ? "" : ` count=${count}`,
    limitReached === undefined ? "" : " limit",
  ];
  return `${path} (${kind} ${step}) ${status} attempts=${attempts} @${startedAt}+${durationMs}${more.join("")}`;
}
