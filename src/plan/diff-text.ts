import { cut } from "./cut.ts";
import type { Change } from "./diff.ts";
import { printable } from "./names.ts";
import type { ShapeKind } from "./shape.ts";

/** How many lines a person reads at once. */
const most = 20;
const longest = 200;

/** The changes as lines, those that matter first and marked as such; what is beyond 20 lines is counted. */
export function diffText(changes: readonly Change[], matters: (change: Change) => boolean): string {
  const told = oncePerThing(changes.map((change) => ({ change, matters: matters(change) })));
  const sorted = [...told.filter((one) => one.matters), ...told.filter((one) => !one.matters)];
  const lines = sorted
    .slice(0, most)
    .map((one) => `  ${one.matters ? "✗" : "·"} ${lineOf(one.change)}${one.matters ? "" : " (the run has not come to it)"}`);
  const left = sorted.slice(most);
  if (left.length > 0) {
    const serious = left.filter((one) => one.matters).length;
    lines.push(`  and ${left.length} more${serious === 0 ? "" : `, of which ${serious} where the run has been`}`);
  }
  return lines.join("\n");
}

interface Told {
  readonly change: Change;
  readonly matters: boolean;
}

/** An arm that is one call goes by the call's name and path: what became of both is told of the arm. */
function oncePerThing(told: readonly Told[]): readonly Told[] {
  const arms = new Map<string, Told>();
  const key = ({ type, path, to }: Change) => JSON.stringify([type, path, to]);
  for (const one of told) if (one.change.of === "arm") arms.set(key(one.change), one);
  const armOf = ({ change }: Told) => (change.of === "step" ? arms.get(key(change)) : undefined);
  const serious = new Set(told.filter(({ matters }) => matters).map((one) => armOf(one) ?? one));
  return told.flatMap((one) => (armOf(one) === undefined ? [{ ...one, matters: serious.has(one) }] : []));
}

function lineOf({ type, of, path, name, to, within, at }: Change): string {
  if (of === "plan") return `the plan was ${quoted(name)}, is now called ${quoted(to ?? "")}`;
  const where = quoted(path);
  const what = of === "arm" && name !== "do" ? "arm " : "";
  switch (type) {
    case "added":
      return `${what}${where} is new${beforeWhat(within, at)}`;
    case "removed":
      return `${what}${where} is gone`;
    case "renamed":
      return `${what}${where} is gone, or now called ${quoted(to ?? "")}`;
    case "moved":
      return `${what}${where} stands elsewhere in the order`;
    case "altered":
      return `${what}${where} was ${wasOf(within, of, name)}, is now ${kindNames[to as ShapeKind] ?? printable(to ?? "")}`;
  }
}

function beforeWhat(within: Change["within"], at: number): string {
  const next = "nodes" in within ? within.nodes[at]?.id : within.parts[at]?.key;
  return next === undefined ? "" : `, before ${quoted(next)}`;
}

/** What the old one of this name was. */
function wasOf(within: Change["within"], of: Change["of"], name: string): string {
  if ("nodes" in within) return kindNames[within.nodes.find(({ id }) => id === name)?.kind as ShapeKind] ?? "something else";
  const part = of === "arm" ? within.parts.find(({ key }) => key === name) : undefined;
  if (part?.form === "plan") return `the plan ${quoted(part.plan ?? "")}`;
  return part?.form === "call" ? "one call" : "several steps";
}

function quoted(name: string): string {
  return JSON.stringify(cut(printable(name), longest));
}

const kindNames: { readonly [K in ShapeKind]: string } = {
  "step/function": "a function",
  "step/agent": "an agent",
  "step/team": "a team",
  "step/plan": "a sub-workflow",
  tap: "a tap",
  parallel: "a parallel",
  settle: "a settle",
  race: "a race",
  branch: "a branch",
  route: "a route",
  routeAll: "a routeAll",
  routeBy: "a routeBy",
  loop: "a loop",
  map: "a map",
  catch: "a catch",
  sleep: "a sleep",
  wait: "a waitFor",
};
