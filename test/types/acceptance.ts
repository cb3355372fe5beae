/**
 * Acceptance cases for the builder's public types. `Is<A, B>` is exact identity; every @ts-expect-error must be used.
 * The library must pass these cases on TypeScript 6 and 7; add your own, never weaken one.
 */
import { err, ok, okAsync, type Result, ResultAsync } from "neverthrow";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { agent, step, workflow, type AgentError, type LoopLimit, type Plan, type Run, type RunFailure, type Suspended } from "../../src/index.ts";

type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
declare function is<A, B>(yes: Is<A, B>): void;
interface E1 { readonly type: "e1" }
interface E2 { readonly type: "e2" }
type Message = { kind: "text"; text: string } | { kind: "image"; url: string };

const length = step("length", (s: string) => s.length);
const upper = step("upper", (s: string) => s.toUpperCase());
const increment = step("increment", (n: number) => n + 1);
const critic = agent({ model: "gpt-4o", output: z.object({ verdict: z.enum(["pass", "revise"]), score: z.number() }) });
const writer = agent({ model: "gpt-4o", instructions: "You are a technical writer." });
const start = () => workflow("w");
const count = () => start().then("a", ({ last }) => last.length);
const message = () => start().then("m", ({ last }): Message => ({ kind: "text", text: last }));

// 1 the default input is string
start().then("a", (ctx) => { is<typeof ctx.input, string>(true); is<typeof ctx.last, string>(true); return 1; });
// 2 an explicit input type
workflow<{ id: number }>("w").then("a", ({ input, last }) => { is<typeof input, { id: number }>(true); is<typeof last, { id: number }>(true); return 1; });
// 3 .input<T>() keeps the literal name
{ const w = start().input<{ id: number }>(); is<typeof w.name, "w">(true); }
// 4 a Standard Schema: run takes its input type, ctx has its output type
{
  const plan = start().input(z.object({ n: z.string().transform(Number) })).then("x", ({ last }) => { is<typeof last, { n: number }>(true); return last.n; }).build();
  is<Parameters<typeof plan.run>[0], { n: string }>(true);
  start().input(v.object({ n: v.number() })).then("x", ({ last }) => { is<typeof last, { n: number }>(true); return 1; });
  start().input(type({ n: "number" })).then("x", ({ last }) => { is<typeof last.n, number>(true); return 1; });
}
// 5 T and Promise<T>; earlier outputs by name
count().then("b", async ({ last }) => ({ n: last })).then("c", ({ last, steps }) => { is<typeof last, { n: number }>(true); is<typeof steps, { readonly a: number; readonly b: { n: number } }>(true); return 1; });
// 6 a Result from a ternary: output and error apart
{ const w = count().then("b", ({ last }) => (last > 1 ? ok("x") : err<never, E1>({ type: "e1" }))); is<(typeof w)["~t"]["last"], string>(true); is<(typeof w)["~t"]["error"], E1>(true); }
// 7 ResultAsync and Promise<Result>: errors accumulate
{ const w = count().then("b", ({ last }) => okAsync<number, E1>(last)).then("c", async ({ last }): Promise<Result<number[], E2>> => ok([last])); is<(typeof w)["~t"]["last"], number[]>(true); is<(typeof w)["~t"]["error"], E1 | E2>(true); }
// 8 run(): a ResultAsync with typed output and steps
{ const r = count().build().run("x"); is<typeof r, ResultAsync<Run<number, { readonly a: number }>, RunFailure<never, { readonly a: number }>>>(true); }
// 9 step values and agents
{ const w = start().then("n", length).then("s", ({ last }) => { is<typeof last, number>(true); return "q"; }).then("ag", writer); is<(typeof w)["~t"]["last"], string>(true); is<(typeof w)["~t"]["error"], AgentError>(true); }
// 10 structured output types the step
start().then("review", critic).then("z", ({ last, steps }) => { is<typeof last, { verdict: "pass" | "revise"; score: number }>(true); return steps.review.score; });
// 11 any stays any and does not poison the errors
{ const w = start().then("j", () => JSON.parse("1")); is<(typeof w)["~t"]["error"], never>(true); is<0 extends 1 & (typeof w)["~t"]["last"] ? true : false, true>(true); }
// @ts-expect-error 12 [ts2345] step "a" already exists in this workflow
count().then("a", () => 1);
// @ts-expect-error 13 [ts2345] the id must be a literal
count().then("b" as string, () => 1);
// @ts-expect-error 14 [ts2345] the executable's input does not fit
count().then("b", upper);
// 15 `input` adapts it: an executable's input built from the context
count().then("b", upper, { input: ({ last, steps }) => `${last}${steps.a}` }).then("c", writer, { input: ({ last }) => { is<typeof last, string>(true); return `Polish: ${last}`; } });
// @ts-expect-error 16 [ts2339] steps.typo
count().then("b", ({ steps }) => steps.typo);
// 17 parallel, object form: ctx inferred in every arm; group, arms and inner steps all visible later
count()
  .parallel("p", { x: (c) => { is<typeof c.last, number>(true); return "s"; }, y: increment, z: { flow: (b) => b.then("z1", ({ last, steps }) => [last, steps.a]).then("z2", ({ steps }) => steps.z1.length > 0) } })
  .then("e", ({ last, steps }) => { is<typeof last, { readonly x: string; readonly y: number; readonly z: boolean }>(true); is<typeof steps.p, typeof last>(true); is<typeof steps.z1, number[]>(true); is<typeof steps.z, boolean>(true); is<typeof steps.y, number>(true); return 1; });
// 18 parallel, callback form
count().parallel("p", (b) => ({ x: (c) => c.last, y: b.then("y1", ({ last }) => ({ k: last })).then("y2", ({ last }) => last.k) })).then("e", ({ last, steps }) => { is<typeof last, { readonly x: number; readonly y: number }>(true); is<typeof steps.y1, { k: number }>(true); return 1; });
// 19 parallel, array of step values
start().parallel("p", [length, upper]).then("e", ({ last, steps }) => { is<typeof last.length, number>(true); is<typeof steps.upper, string>(true); return 1; });
// @ts-expect-error 20 [ts2345] an arm's key collides with an earlier step
count().parallel("p", { a: () => 1 });
// @ts-expect-error 21 [ts2345] an inner name collides with an outer step
count().parallel("p", { x: { flow: (b) => b.then("a", () => 1) } });
// 22 settle keeps every outcome; its errors leave the chain's error type
{ const w = count().settle("s", { x: ({ last }) => okAsync<number, E1>(last), y: upper2() }); const use = w.then("z", ({ last }) => (last.x.ok ? last.x.value : -1)); is<(typeof use)["~t"]["last"], number>(true); is<(typeof w)["~t"]["error"], never>(true); }
function upper2() { return step("upper2", (n: number) => String(n)); }
// 23 race: the union of outputs; every arm's step may be undefined
count().race("r", { fast: ({ last }) => last, slow: async () => "late" }).then("z", ({ last, steps }) => { is<typeof last, number | string>(true); is<typeof steps.fast, number | undefined>(true); return 1; });
// 24 branch on a boolean: output union, arm steps optional
count().branch("b", (last, { steps }) => last > 1 && steps.a > 0, { yes: ({ last }) => `s${last}`, no: { flow: (b) => b.then("e1", ({ last }) => last > 0) } }).then("z", ({ last, steps }) => { is<typeof last, string | boolean>(true); is<typeof steps.e1, boolean | undefined>(true); return 1; });
// 25 branch on an inferred type guard: both arms narrowed
message().branch("b", (m) => m.kind === "text", { yes: ({ last }) => { is<typeof last, { kind: "text"; text: string }>(true); return 1; }, no: { flow: (b) => b.then("u", ({ last }) => { is<typeof last, { kind: "image"; url: string }>(true); return "u"; }) } }).then("z", ({ last }) => { is<typeof last, number | string>(true); return 1; });
// 26 branch without `no`: the narrowed rest passes through
message().branch("b", (m) => m.kind === "text", { yes: ({ last }) => last.text.length }).then("z", ({ last }) => { is<typeof last, number | { kind: "image"; url: string }>(true); return 1; });
// @ts-expect-error 27 [ts18048] a step of one arm read without a check
count().branch("b", (last) => last > 1, { yes: { flow: (b) => b.then("only", ({ last }) => ({ d: last })) } }).then("z", ({ steps }) => steps.only.d);
// 28 route: a discriminated union
count().route("r", ({ last }) => (last > 10 ? "big" : "small"), { big: () => "B", small: { flow: (b) => b.then("s1", ({ last }) => last * 2) } }).then("z", ({ last, steps }) => { is<typeof last, { readonly route: "big"; readonly output: string } | { readonly route: "small"; readonly output: number }>(true); is<typeof steps.s1, number | undefined>(true); return 1; });
// @ts-expect-error 29 [ts2741] a route is missing
count().route("r", ({ last }) => (last > 10 ? "big" : "small"), { big: () => "B" });
// @ts-expect-error 30 [ts2322] a route that is never selected
count().route("r", ({ last }) => (last > 10 ? "big" : "small"), { big: () => "B", small: () => "s", huge: () => "h" });
// 31 routeAll: any subset, in parallel
count().routeAll("r", ({ last }) => (last > 10 ? ["tech", "legal"] : ["tech"]), { tech: () => 1, legal: () => "x" }).then("z", ({ last }) => { is<typeof last, Partial<{ readonly tech: number; readonly legal: string }>>(true); return 1; });
// 32 routeBy a discriminant: narrowed in each arm
message().routeBy("r", "kind", { text: ({ last }) => { is<typeof last, { kind: "text"; text: string }>(true); return last.text; }, image: ({ last }) => last.url.length }).then("z", ({ last }) => (last.route === "text" ? last.output.trim() : last.output + 1));
// 33 loop and map; a loop adds LoopLimit only where it may fail
{
  const w = count().loop("l", ({ last, iteration }) => last + iteration, { until: ({ last }) => last > 3, max: 5 }).map("m", ({ last }) => [String(last)], ({ last, index }) => ({ s: last, index }), { concurrency: 4 });
  is<(typeof w)["~t"]["last"], { s: string; index: number }[]>(true); is<(typeof w)["~t"]["error"], never>(true);
  const f = count().loop("l", ({ last }) => last + 1, { until: ({ last }) => last > 3, onLimit: "fail" }); is<(typeof f)["~t"]["error"], LoopLimit>(true);
}
// 34 a loop over a nested chain: inner steps visible in `until` and afterwards
start().loop("revise", { flow: (b) => b.then("rewrite", writer).then("review", writer) }, { until: ({ last, steps }) => last.includes("APPROVED") && steps.rewrite.length > 0, max: 3 }).then("z", ({ steps }) => steps.review.length);
// 35 a sub-workflow by name, and under another id; inner steps stay typed, errors accumulate
{
  const sub = workflow("enrich").input<{ id: number }>().then("fetch", ({ input }) => ({ body: String(input.id) })).then("size", ({ last }) => (last.body.length > 0 ? ok(1 as number) : err<never, E1>({ type: "e1" }))).build();
  const w = start().then("q", ({ last }) => ({ id: last.length })).use(sub).then("z", ({ last, steps }) => { is<typeof last, number>(true); is<typeof steps.enrich.steps.fetch, { body: string }>(true); is<typeof steps.enrich.output, number>(true); return { id: 2 }; }).then("again", sub);
  is<(typeof w)["~t"]["error"], E1>(true);
  // @ts-expect-error [ts2345] the sub-workflow's input does not fit
  start().use(sub);
  start().then("adapted", sub, { input: ({ last }) => ({ id: last.length }) });
}
// 36 catch clears the errors before it; the steps before it may not have run
{ const w = count().then("b", () => okAsync<number, E1>(1)).catch("rescued", ({ failure, steps }) => { is<typeof steps.b, number | undefined>(true); return failure.step; }); is<(typeof w)["~t"]["error"], never>(true); is<(typeof w)["~t"]["last"], number | string>(true); }
// 37 undo sees the step's own output
count().then("charge", async ({ last }) => ({ receipt: last }), { undo: ({ receipt }, { steps }) => { is<typeof receipt, number>(true); return steps.a; } });
// 38 waitFor: the answer is typed, and a run may end suspended
{ const w = count().waitFor("approval", z.object({ approved: z.boolean() })); is<(typeof w)["~t"]["last"], { approved: boolean }>(true); is<(typeof w)["~t"]["error"], Suspended<"approval", { approved: boolean }>>(true); }
// 39 state is typed, read-only in ctx, and patched through set
start().state({ hits: 0, tags: [] as string[] }).then("a", ({ state, set }) => { is<typeof state, { hits: number; tags: string[] }>(true); set({ hits: state.hits + 1 }); return 1; });
// 40 tap and sleep pass `last` through
count().tap("log", ({ last }) => { is<typeof last, number>(true); }).sleep("pause", 10).then("z", ({ last }) => { is<typeof last, number>(true); return 1; });
// 41 a workflow is not a promise; a plan may be returned from an async function
{
  is<Awaited<ReturnType<typeof count>>, never>(true);
  // @ts-expect-error [ts1320]
  async function f() { const x = await count(); return 1; }
  // @ts-expect-error [ts1058]
  async function g() { return count(); }
  async function h() { return count().build(); }
  const p: () => Promise<Plan<"w", string, number, { readonly k: "a"; readonly v: number }, never>> = h;
}
// 42 a failure is told apart by type; `threw: false` narrows the cause to the returned error; partial steps are typed
{
  const plan = count().then("b", () => okAsync<number, E1>(1)).waitFor("approve", z.object({ n: z.string().transform(Number) })).build();
  plan.run("x").mapErr((failure) => {
    if (failure.type === "step_failed" && !failure.threw) is<typeof failure.cause, E1>(true);
    if (failure.type === "suspended") is<typeof failure.step, "approve">(true);
    is<typeof failure.steps.b, number | undefined>(true);
    return failure;
  });
  // 43 answers are typed by the wait's id and its schema's input
  plan.answer("run-1", "approve", { n: "1" }, { journal: 0 });
  // @ts-expect-error [ts2322] the payload does not fit
  plan.answer("run-1", "approve", { n: 1 }, { journal: 0 });
  // @ts-expect-error [ts2345] there is no such wait
  plan.answer("run-1", "nope", { n: "1" }, { journal: 0 });
}
// 44 an arm with options of its own
count()
  .parallel("p", {
    write: { do: writer, retries: 2, timeout: 30_000, input: ({ steps, last }) => { is<typeof last, number>(true); return `n=${steps.a}`; } },
    plain: { do: ({ last }) => [last], retries: 1 },
    adapted: { do: upper, input: ({ last }) => String(last) },
    bare: ({ last }) => last,
  })
  .then("z", ({ last }) => { is<typeof last, { readonly write: string; readonly plain: number[]; readonly adapted: string; readonly bare: number }>(true); return 1; });
// @ts-expect-error [ts2322] the executable's input does not fit, and nothing adapts it
count().parallel("p", { bad: { do: upper, retries: 1 } });
// @ts-expect-error 45 [ts2345] an arm has the group's name
count().parallel("p", { p: () => 1 });
// @ts-expect-error 46 [ts2345] two arms that run together use one inner name
count().parallel("p", { x: { flow: (b) => b.then("same", () => 1) }, y: { flow: (b) => b.then("same", () => "s") } });
// 47 input and undo together
count().then("charge", step("charge-card", (n: number) => ({ receipt: n })), { input: ({ last }) => last, undo: ({ receipt }) => receipt });
// 48 state given per run is typed
start().state({ hits: 0 }).then("a", () => 1).build().run("x", { state: { hits: 2 } });
// @ts-expect-error [ts2322] a value of the wrong type
start().state({ hits: 0 }).then("a", () => 1).build().run("x", { state: { hits: "2" } });
export {};
