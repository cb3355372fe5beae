/** A user's module, whose types are all inferred: its declarations must be writable with names that heddle exports. */
import { agent, step, workflow } from "heddle";
import { err, ok } from "neverthrow";
import { z } from "zod";

export const writer = agent({ model: "gpt-4o" });
export const critic = agent({ model: "gpt-4o", output: z.object({ verdict: z.enum(["pass", "revise"]) }) });
export const length = step("length", (text: string) => (text.length > 0 ? ok(text.length) : err({ type: "empty" as const })));

export const chain = workflow("article")
  .state({ hits: 0 })
  .parallel("research", {
    web: writer,
    notes: { flow: (b) => b.then("raw", ({ input }) => [input]).then("joined", ({ last }) => last.join()) },
  })
  .settle("opinions", { critic, length: { do: length, input: ({ last }) => last.web } })
  .branch("gate", (last) => last.length.ok, { yes: ({ last }) => last, no: () => null })
  .loop(
    "revise",
    { flow: (b) => b.then("again", ({ last, iteration }) => ({ last, iteration })).then("back", ({ last }) => last.last) },
    { until: () => true, onLimit: "fail" },
  )
  .catch("rescued", ({ failure }) => failure);
export const plan = chain.build();
export const outer = workflow("outer").use(plan).output(z.unknown());
export const run = (input: string) => plan.run(input);
export const start = (input: string) => plan.start(input);
/** An unfinished chain handed out by a function, and context taken from it. */
export const grow = () => chain.then("more", (ctx) => ctx);
export const nested = chain.map("each", () => [1], { flow: (b) => b.routeAll("r", () => ["x"], { x: ({ index }) => index }) });
