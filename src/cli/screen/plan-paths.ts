import type { StepDescription } from "../../plan/describe.ts";
import { encodeSegment } from "../../plan/names.ts";

/** Every path that a plan's steps will have, turns and items taken as the first, from what `plan.describe()` gives. */
export function* planPaths(steps: readonly StepDescription[]): Generator<string> {
  const open: { readonly steps: readonly StepDescription[]; readonly before: string }[] = [{ steps, before: "" }];
  for (let chain = open.pop(); chain !== undefined; chain = open.pop()) {
    for (const step of chain.steps) {
      const path = chain.before + encodeSegment(step.id);
      yield path;
      if (step.runs === "agent" || step.runs === "team") yield `  ${path}/turn#1`;
      for (const member of membersOf(step)) yield `${path}/turn#1/${member}[0]`;
      for (const arm of step.arms ?? []) {
        // An arm or a body that is one call has no path of its own beside the call's.
        const single = arm.steps.length === 1 && (arm.steps[0]?.id === arm.name || arm.steps[0]?.id === step.id);
        open.push({ steps: arm.steps, before: `${path}${single ? "" : partOf(step, arm.name)}/` });
      }
    }
  }
}

function membersOf({ about }: StepDescription): readonly string[] {
  const members = about?.["members"];
  return Array.isArray(members) ? members : [];
}

function partOf({ kind }: StepDescription, arm: string): string {
  if (arm !== "do") return `/${encodeSegment(arm)}`;
  return kind === "loop" ? "#1" : kind === "map" ? "[0]" : "";
}
