import type { Arm, Body, Leaf, Limits, NodeSpec, PlanSpec, Reply, RunSpec, Undo } from "./description.ts";

/** A description as the code that a user would write; what leaves do stands in comments. */
export function print(run: RunSpec): string {
  const { plan, concurrency, grace, timeout, cancelAt } = run;
  const options = [`concurrency: ${concurrency}`, `grace: ${grace}`, ...(timeout === undefined ? [] : [`timeout: ${timeout}`])].join(", ");
  return `${printPlan(plan, "")}\n.run("in", { ${options} })${cancelAt === undefined ? "" : ` // cancelled at ${cancelAt}`}`;
}

function printPlan({ name, merges, nodes }: PlanSpec, indent: string): string {
  return `workflow(${quote(name)}).state(initial${merges ? ", { merge: { b } }" : ""})${printNodes(nodes, `${indent}  `)}\n${indent}  .build()`;
}

function printNodes(nodes: readonly NodeSpec[], indent: string): string {
  return nodes.map((node) => `\n${indent}${printNode(node, indent)}`).join("");
}

function printNode(node: NodeSpec, indent: string): string {
  const id = quote(node.id);
  const more = options(node);
  switch (node.kind) {
    case "step":
      return `.then(${id}, ${printLeaf(node.leaf)}${more})`;
    case "tap":
    case "catch":
      return `.${node.kind}(${id}, ${printLeaf(node.leaf)}${more})`;
    case "plan":
      return `.then(${id}, ${printPlan(node.plan, indent)}${more})`;
    case "parallel":
    case "settle":
    case "race":
    case "routeBy":
      return `.${node.kind}(${id}, ${node.kind === "routeBy" ? '"kind", ' : ""}${printArms(node.arms, indent)}${more})`;
    case "branch":
    case "route":
    case "routeAll":
      return `.${node.kind}(${id}, ${printLeaf(node.leaf)}, ${printArms(node.arms, indent)}${more})`;
    case "loop":
      return `.loop(${id}, ${printBody(node.body, indent)}, { until: ${printLeaf(node.leaf)}, max: ${node.max}, onLimit: ${quote(node.onLimit)} }${more})`;
    case "map":
      return `.map(${id}, ${printLeaf(node.leaf)}, ${printBody(node.body, indent)}${more})`;
    case "sleep":
      return `.sleep(${id}, ${node.duration})`;
  }
}

function printArms(arms: readonly Arm[], indent: string): string {
  return `{${arms.map(({ key, body }) => `\n${indent}  ${key}: ${printBody(body, `${indent}  `)},`).join("")}\n${indent}}`;
}

function printBody(body: Body, indent: string): string {
  if (body.kind === "flow") return `{ flow: (b) => b${printNodes(body.nodes, `${indent}  `)} }`;
  const exec = body.kind === "call" ? printLeaf(body.leaf) : printPlan(body.plan, indent);
  const more = options({ limits: body.limits, ...(body.undo && { undo: body.undo }) });
  return more === "" ? exec : `{ do: ${exec}${more} }`;
}

function options(
  given:
    | {
        readonly limits?: Limits;
        readonly undo?: Undo;
        readonly timeout?: number;
        readonly concurrency?: number;
        readonly retries?: Limits["retries"];
      }
    | NodeSpec,
): string {
  const { timeout, concurrency, retries }: Record<string, unknown> = { ...given, ...("limits" in given ? given.limits : {}) };
  const found = Object.entries({ timeout, concurrency, retries }).filter(([, value]) => value !== undefined);
  const all = found.map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const undo = "undo" in given ? given.undo : undefined;
  if (undo === true) all.push("undo: true");
  else if (undo !== undefined)
    all.push(`undo: { run: ${printLeaf(undo.leaf)}${options({ limits: undo.limits }).replace(/^, \{ (.*) \}$/, ", $1")} }`);
  return all.length === 0 ? "" : `, { ${all.join(", ")} }`;
}

function printLeaf({ label, replies, gives }: Leaf): string {
  const what =
    gives.kind === "constant"
      ? `gives ${JSON.stringify(gives.value)}`
      : gives.kind === "from turn"
        ? `true from turn ${gives.turn}`
        : `gives its ${gives.kind}`;
  return `${label} /* ${what}; ${replies.map(printReply).join(" | ")} */`;
}

function printReply({ after, with: how, onAbort, writes, cancels }: Reply): string {
  const abort =
    onAbort === "ignores" ? ", ignores its signal" : onAbort === "stops" ? "" : `, on abort ${onAbort.then} after ${onAbort.for}`;
  return `${how} ${typeof after === "number" ? `after ${after}` : after}${after === "at once" ? "" : abort}${writes === undefined ? "" : `, sets ${writes}`}${cancels === undefined ? "" : ", cancels the run"}`;
}

const quote = (text: string): string => JSON.stringify(text);
