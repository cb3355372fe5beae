import { executableOf } from "../../plan/executable.ts";
import { nearest } from "../../plan/names.ts";
import { show } from "../../plan/show.ts";
import { CommandError, usageError } from "../process/command-error.ts";
import { printable } from "../text/printable.ts";
import type { Exports } from "./load.ts";
import { isBuilder, type Runnable, runnableOf } from "./runnable.ts";

/** The export to run: the one that `--export` names, else the default, else the only plan, else the only agent or team. */
export function choose(exports: Exports, path: string, wanted: string | undefined): Runnable {
  const named = namedExports(exports);
  if (wanted !== undefined) return readExport(named, wanted, path);
  if (named.has("default")) {
    const runnable = runnableOf(named.get("default"));
    if (runnable !== undefined) return runnable;
    if (isBuilder(named.get("default"))) throw new CommandError(lacksBuild("the default export", path));
  }
  const candidates = candidatesOf(named);
  const [first] = candidates;
  if (first === undefined) throw new CommandError(nothingToRun(named, path));
  if (candidates.every(({ value }) => value === first.value)) return first.runnable;
  const choices = candidates.map(({ name }) => `--export ${name}`).join(", ");
  throw usageError(`Expected ${path} to export one plan, got ${candidates.length}: choose with ${printable(choices)}`);
}

/** All that can be run, as `choose` chooses from: the plans, or where there is none the agents and teams. By their own names. */
export function chooseAll(exports: Exports, path: string): readonly { readonly name: string; readonly value: unknown }[] {
  const named = namedExports(exports);
  const candidates = candidatesOf(named);
  if (candidates.length === 0) throw new CommandError(nothingToRun(named, path));
  return candidates.map(({ value, runnable }) => ({ name: runnable.name, value }));
}

function candidatesOf(named: ReadonlyMap<string, unknown>) {
  const found = [...named].flatMap(([name, value]) => {
    const runnable = runnableOf(value);
    return runnable === undefined ? [] : [{ name, value, runnable }];
  });
  const plans = found.filter(({ runnable }) => runnable.kind === "plan");
  return plans.length > 0 ? plans : found;
}

/** What a CommonJS file exports is also there as the properties of its default export, or under a default of its own. */
function namedExports(exports: Exports): ReadonlyMap<string, unknown> {
  const named = new Map(Object.entries(exports));
  named.delete("module.exports");
  const whole = named.get("default");
  if (
    !("module.exports" in exports) ||
    typeof whole !== "object" ||
    whole === null ||
    executableOf(whole) !== undefined ||
    isBuilder(whole)
  )
    return named;
  named.delete("default");
  return new Map([...Object.entries(whole), ...named]);
}

function readExport(named: ReadonlyMap<string, unknown>, wanted: string, path: string): Runnable {
  if (!named.has(wanted)) {
    const near = nearest(wanted, named.keys());
    throw usageError(
      `Expected ${path} to export ${JSON.stringify(wanted)}, got ${listed(named)}${near === undefined ? "" : `: did you mean ${JSON.stringify(near)}?`}`,
    );
  }
  const value = named.get(wanted);
  const runnable = runnableOf(value);
  if (runnable !== undefined) return runnable;
  if (isBuilder(value)) throw usageError(lacksBuild(`the export ${JSON.stringify(wanted)}`, path));
  throw usageError(`Expected the export ${JSON.stringify(wanted)} of ${path} to be a plan, an agent or a team, got ${kindOf(value)}`);
}

function nothingToRun(named: ReadonlyMap<string, unknown>, path: string): string {
  const builder = [...named].find(([, value]) => isBuilder(value));
  if (builder !== undefined) return lacksBuild(`the export ${JSON.stringify(builder[0])}`, path);
  return `Expected ${path} to export a plan, an agent or a team, got ${listed(named)}: export what .build() returns`;
}

function lacksBuild(what: string, path: string): string {
  return `Expected ${what} of ${path} to be a plan, got a workflow that is not built: call .build() at its end`;
}

function listed(named: ReadonlyMap<string, unknown>): string {
  if (named.size === 0) return "no exports";
  return `the exports ${[...named].map(([name, value]) => `${printable(name)} (${kindOf(value)})`).join(", ")}`;
}

function kindOf(value: unknown): string {
  if (isBuilder(value)) return "a workflow without .build()";
  const kind = executableOf(value)?.kind;
  if (kind === "step") return "a step() value, which is run as part of a workflow";
  return kind ?? printable(value instanceof Promise ? "a promise, which the file must await" : show(value));
}
