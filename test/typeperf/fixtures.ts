/** Source text of workflows for the compilers to chew on. */

const head = `import { agent, step, workflow } from "heddle";\n`;

/** A workflow without steps: what everything else is measured against. */
export const empty = `${head}export const w = workflow("w");\n`;

/** A chain of named steps, each reading an earlier one by name. */
export function chain(length: number, after = ""): string {
  const steps = Array.from({ length }, (_, i) =>
    i === 0
      ? `.then("s0", ({ last }) => ({ v0: last.length }))`
      : `.then("s${i}", ({ last, steps }) => ({ v${i}: last.v${i - 1} + steps.s${i >> 1}.v${i >> 1} }))`,
  );
  return `${head}export const w = workflow("w")\n  ${steps.join("\n  ")}${after};\n`;
}

/** Parallel groups of twenty arms each. */
export function wide(groups: number): string {
  const arms = (group: number) => Array.from({ length: 20 }, (_, arm) => `a${group}x${arm}: ({ steps }) => steps.s0 + ${arm}`);
  const steps = Array.from({ length: groups }, (_, group) => `.parallel("p${group}", { ${arms(group).join(", ")} })`);
  return `${head}export const w = workflow("w").then("s0", ({ last }) => last.length)\n  ${steps.join("\n  ")};\n`;
}

/** Nested chains, one inside the other. */
export function nested(depth: number): string {
  const arm = (d: number): string =>
    d === 0
      ? "({ last }) => last"
      : `{ flow: (b) => b.then("n${d}", ({ last }) => last).parallel("q${d}", { l${d}: ${arm(d - 1)}, r${d}: ({ last }) => last }).then("m${d}", ({ steps }) => steps.n${d}) }`;
  return `${head}export const w = workflow("w").then("s0", ({ last }) => last.length).parallel("top", { only: ${arm(depth)} }).then("e", ({ steps }) => steps.n1 + steps.m${depth});\n`;
}

/** Every method, several times over. */
export function mixed(rounds = 10): string {
  const round = (i: number) => `
  .then("t${i}", ({ last }) => ({ n: String(last).length }))
  .tap("tap${i}", ({ steps }) => { steps.t${i}.n; })
  .parallel("p${i}", { pa${i}: ({ last }) => last.n, pb${i}: { do: writer, input: ({ last }) => String(last.n), retries: 1 }, pc${i}: { flow: (b) => b.then("pi${i}", ({ last }) => last.n) } })
  .branch("b${i}", (last) => last.pa${i} > 1, { yes: ({ last }) => last.pb${i}, no: { flow: (b) => b.then("bi${i}", ({ steps }) => steps.pi${i}) } })
  .settle("se${i}", { sa${i}: ({ last }) => last, sb${i}: () => 1 })
  .route("r${i}", ({ last }) => (last.sb${i}.ok ? "x" : "y"), { x: () => 1, y: () => "s" })
  .race("ra${i}", { rx${i}: () => 1, ry${i}: () => "s" })
  .routeAll("rl${i}", () => ["k", "l"], { k: () => 1, l: () => 2 })
  .loop("l${i}", { flow: (b) => b.then("li${i}", ({ last }) => last) }, { until: ({ steps }) => steps.li${i}.k === 1 })
  .map("m${i}", () => [1, 2], ({ last, index }) => last + index)
  .catch("c${i}", ({ failure }) => [failure.message])
  .sleep("z${i}", 1)
  .then("u${i}", writer, { input: ({ last }) => last.join() })`;
  return `${head}const writer = agent({ model: "gpt-4o" });\nexport const w = workflow("w")${Array.from({ length: rounds }, (_, i) => round(i)).join("")}\n  .build();\n`;
}

const mistakes = {
  typo: `.then("typo", ({ steps }) => steps.nowhere)`,
  twice: `.then("s1", () => 1)`,
  misfit: `.then("misfit", step("upper", (text: string) => text.toUpperCase()))`,
};
export type Mistake = keyof typeof mistakes;

/** Mistakes at the end of a long chain: wrong code is the slowest to check. */
export function wrong(length: number, ...which: readonly Mistake[]): string {
  return chain(length, which.map((mistake) => `\n  ${mistakes[mistake]}`).join(""));
}
