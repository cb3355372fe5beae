import { fingerprintOf } from "./fingerprint.ts";
import type { Definition, Node } from "./node.ts";
import { walk } from "./walk.ts";

/** A plan as plain JSON: what it consists of, without its functions. */
export interface PlanDescription {
  /** The plan's name. */
  readonly name: string;
  /** Names, kinds, nesting and order as a short hash. */
  readonly fingerprint: string;
  /** The outermost chain. */
  readonly steps: readonly StepDescription[];
}

/** A step as plain JSON. */
export interface StepDescription {
  /** What it publishes its output under. */
  readonly id: string;
  /** What kind of step it is. */
  readonly kind: Node["kind"];
  /** What a step runs. */
  readonly runs?: "function" | "agent" | "team" | "plan";
  /** The name of the agent, team or plan that it runs. */
  readonly name?: string;
  /** Ms for one attempt, or for the whole of a group. */
  readonly timeout?: number;
  /** Further attempts after the first. */
  readonly retries?: number;
  /** How many arms or items at once; absent where only the run bounds them. */
  readonly concurrency?: number;
  /** The most turns of a loop. */
  readonly max?: number;
  /** What a loop does at `max`. */
  readonly onLimit?: "continue" | "fail";
  /** What an agent or a team says about itself, such as its models and tools. */
  readonly about?: Readonly<Record<string, string | number | readonly string[]>>;
  /** Arms by name, in declared order; the body of a loop, of a map and of a sub-workflow goes by "do". */
  readonly arms?: readonly { readonly name: string; readonly steps: readonly StepDescription[] }[];
}

export function describePlan(definition: Definition): PlanDescription {
  type Open = { steps: StepDescription[]; arms: { name: string; steps: readonly StepDescription[] }[] };
  const root: Open = { steps: [], arms: [] };
  const open: Open[] = [root];
  const top = () => open[open.length - 1] as Open;
  walk(definition.root, {
    enter: () => open.push({ steps: [], arms: [] }),
    part: () => open.push({ steps: [], arms: [] }),
    leavePart: (part) => {
      const { steps } = open.pop() as Open;
      top().arms.push({ name: part.key, steps });
    },
    leave: (node) => {
      const { arms } = open.pop() as Open;
      top().steps.push({ ...describeNode(node), ...(arms.length === 0 ? {} : { arms }) });
    },
  });
  return { name: definition.name, fingerprint: fingerprintOf(definition), steps: root.steps };
}

function describeNode(node: Node): StepDescription {
  const { id, kind } = node;
  const limits = "limits" in node ? node.limits : undefined;
  const timeout = limits?.timeout ?? ("timeout" in node ? node.timeout : undefined);
  const concurrency = "concurrency" in node && Number.isFinite(node.concurrency) ? node.concurrency : undefined;
  return {
    id,
    kind,
    ...("exec" in node ? describeExecutable(node.exec) : {}),
    ...(timeout === undefined ? {} : { timeout }),
    ...(limits?.retry === undefined ? {} : { retries: limits.retry.max }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(node.kind === "loop" ? { max: node.max, onLimit: node.onLimit } : {}),
  };
}

function describeExecutable(
  exec: Extract<Node, { readonly kind: "step" | "tap" }>["exec"],
): Pick<StepDescription, "runs" | "name" | "about"> {
  if (exec.kind === "agent" || exec.kind === "team") return { runs: exec.kind, name: exec.name, about: exec.about };
  if (exec.kind === "plan") return { runs: "plan", name: exec.definition.name };
  return { runs: "function" };
}
