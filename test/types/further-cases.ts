// biome-ignore-all format: one case a line, as in acceptance.ts.
/**
 * Further cases for the public types, in the manner of acceptance.ts: `is` compares exactly, every @ts-expect-error must be
 * used, and the words after it are the gist of what the compiler says.
 */
import { drainSignal, enqueue, type InputRefused, type JournalFailed, type NotSerializable, type RunExists, type Worker, type WorkerEvent, type WorkerProblem, worker } from "heddle/server";
import { type ListedRun, type ListedWait, sqliteJournal } from "heddle/sqlite";
import { err, ok, okAsync } from "neverthrow";
import * as v from "valibot";
import { z } from "zod";
import { type About, type AgentError, type AnyPlan, type Approval, agent, asTool, type CancelRecorded, type CancelRefused, type ExecutableTool, type ExecutionKind, type First, type GuardContext, type Journal, type PromptInput, type Rejection, reject, type Suspended, step, type Team, type Tool, type ToolClient, team, tool, toolSource, type Workflow, workflow } from "../../src/index.ts";

type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function is<A, B>(yes: Is<A, B>): void;
interface E1 {
  readonly type: "e1";
}
interface E2 {
  readonly type: "e2";
}
type Media = { kind: "text"; text: string } | { kind: "image"; url: string } | { kind: "sound"; seconds: number };

const upper = step("upper", (s: string) => s.toUpperCase());
const length = step("length", (s: string) => s.length);
const writer = agent({ model: "gpt-4o" });
const start = () => workflow("w");
const count = () => start().then("a", ({ last }) => last.length);
const media = () => start().then("m", ({ last }): Media => ({ kind: "text", text: last }));
const enrich = workflow("enrich")
  .input<{ id: number }>()
  .state({ tries: 0, tags: ["x"] })
  .then("fetch", ({ input }) => ({ body: String(input.id) }))
  .build();

// ---- an agent's prompt -----------------------------------------------------------------------------------------------

count().then("t", writer, { input: () => "text" });
count().then("t", writer, { input: async ({ steps }) => `n = ${steps.a}` });
count().then("t", writer, { input: ({ last }) => [{ type: "text", text: String(last) }, { type: "image", url: "https://example.org/a.png" }] });
count().then("t", writer, { input: () => [{ role: "user", content: [{ type: "file", data: "", mediaType: "application/pdf" }] }] });
// @ts-expect-error [ts2322] { last: number } is not a prompt
count().then("t", writer, { input: ({ last }) => ({ last }) });
// @ts-expect-error [ts2322] a number is not a prompt
count().then("t", writer, { input: ({ last }) => last });
// @ts-expect-error [ts2322] a part of another type
count().then("t", writer, { input: () => [{ type: "video", url: "https://example.org/a.mp4" }] });
count().parallel("p", { t: { do: writer, input: ({ last }) => [{ type: "text", text: String(last) }] } });
// @ts-expect-error [ts2322] nor in an arm
count().parallel("p", { t: { do: writer, input: ({ last }) => ({ last }) } });

// ---- declarations come first -----------------------------------------------------------------------------------------

// @ts-expect-error [ts2345] .input() must be called before the first step
count().input(z.object({}));
// @ts-expect-error [ts2344] .input() must be called before the first step
count().input<number>();
// @ts-expect-error [ts2344] .input() must be called before the first step, even one that publishes nothing
start().tap("log", () => {}).input<number>();
// @ts-expect-error [ts2344] .input() can be called once only
start().input<number>().input<number>();
// @ts-expect-error [ts2345] .state() must be called before the first step
count().state({ n: 1 });
// @ts-expect-error [ts2345] .state() can be called once only
start().state({ n: 1 }).state({ n: 2 });
// @ts-expect-error [ts2344] nested chains have no input of their own
count().parallel("p", { x: { flow: (b) => b.input<number>().then("i", () => 1) } });
start().input<number>().state({ n: 1 }).then("a", ({ last, state }) => { is<typeof last, number>(true); is<typeof state, { n: number }>(true); return 1; });
start().state({ n: 1 }).input(z.number()).then("a", ({ last, state }) => { is<typeof last, number>(true); is<typeof state, { n: number }>(true); return 1; });

// ---- state -----------------------------------------------------------------------------------------------------------

start().state({ hits: 0, tags: ["x"] }, { merge: { hits: (joined, arm, base) => { is<typeof arm, number>(true); return joined + arm - base; }, tags: (joined, arm) => [...joined, ...arm] } });
// @ts-expect-error [ts2322] a merge gives what the key holds
start().state({ hits: 0 }, { merge: { hits: (joined) => String(joined) } });
// @ts-expect-error [ts2353] there is no such key
start().state({ hits: 0 }, { merge: { misses: () => 0 } });
// @ts-expect-error [ts2322] a patch of the wrong type
start().state({ hits: 0 }).then("a", ({ set }) => set({ hits: "1" }));
start().state({ hits: 0 }).parallel("p", { x: { flow: (b) => b.then("i", ({ state }) => { is<typeof state, { hits: number }>(true); return 1; }) } });

// ---- output ----------------------------------------------------------------------------------------------------------

start()
  .then("json", ({ last }): unknown => JSON.parse(last), { output: z.object({ n: z.coerce.number() }) })
  .then("n", ({ last, steps }) => { is<typeof last, { n: number }>(true); is<typeof steps.json, { n: number }>(true); return last.n; });
start().then("parsed", step("parse", (s: string) => JSON.parse(s) as unknown), { output: v.string(), undo: (text) => is<typeof text, string>(true) }).then("n", ({ last }) => last.length);
// @ts-expect-error [ts2353] an agent declares its own output
start().then("t", writer, { output: z.string() });
{
  const plan = count().output(z.number().transform(String)).build();
  const result = await plan.run("x");
  if (result.isOk()) is<typeof result.value.output, string>(true);
  // @ts-expect-error [ts2345] the schema does not accept what the last step gives
  count().output(z.string());
  // @ts-expect-error [ts2345] a finished workflow takes no more steps
  count().output(z.number()).then("b", () => 1);
}

// ---- options ---------------------------------------------------------------------------------------------------------

const policy = { max: 2, initial: 100, when: (failure: { readonly step: string }) => failure.step !== "x" };
count()
  .then("t", writer, { retries: policy, timeout: 100 })
  .branch("b", (last) => last.length > 1, { yes: () => 1 }, { timeout: 5, retries: 1 })
  .route("r", () => "x" as const, { x: () => 1 }, { retries: 1 })
  .routeAll("ra", () => ["x" as const], { x: () => 1 }, { concurrency: 2, retries: 1, timeout: 5 })
  .loop("l", ({ last }) => last, { until: () => true, timeout: 5, retries: 1 })
  .map("m", () => [1], ({ last }) => last, { concurrency: 2, timeout: 5, retries: 2 })
  .catch("c", () => [1], { undo: true, retries: 1, timeout: 5 })
  .sleep("s", () => new Date())
  .then("end", ({ runId }) => runId);
// @ts-expect-error [ts2353] there is no such option
count().then("b", () => 1, { retry: 3 });
// @ts-expect-error [ts2353] a function takes no input
count().then("b", () => 1, { input: () => 1 });
// @ts-expect-error [ts2345] property "input" is missing
count().then("b", upper, { retries: 1 });
// @ts-expect-error [ts2322] a number is not the input of the step
count().then("b", upper, { input: ({ last }) => last });
count().then("b", step("s", (n: number, { signal, attempt, idempotencyKey, runId }) => [n, signal.aborted, attempt, idempotencyKey, runId]), { undo: { run: (output) => is<typeof output, (string | number | boolean)[]>(true), timeout: 1, retries: 2 } });

// ---- arms ------------------------------------------------------------------------------------------------------------

count().parallel("p", {
  charge: { do: ({ last }) => ({ receipt: last }), retries: 1, timeout: 5, undo: (output: { receipt: number }, { steps }) => [output.receipt, steps.a] },
  step: { do: upper, input: ({ last }) => String(last), undo: { run: (output: string) => output.length, timeout: 5 } },
  plan: { do: enrich, input: ({ last }) => ({ id: last }), undo: (output, { runId }) => [output, runId] },
});
// @ts-expect-error [ts2322] undo expects another output than the arm gives
count().parallel("p", { charge: { do: ({ last }) => ({ receipt: last }), undo: (output: { receipt: string }) => output } });
// @ts-expect-error [ts2322] its input does not fit the last output
count().parallel("p", { x: upper });
// @ts-expect-error [ts2322] its input does not fit the last output
count().branch("p", (n) => n > 1, { yes: upper });
// @ts-expect-error [ts2322] `input` gives a number, the step takes a string
count().race("p", { x: { do: upper, input: ({ last }) => last } });
// @ts-expect-error [ts2322] its input does not fit the last output
count().parallel("p", [upper]);
media().branch("b", (m) => m.kind === "text", { yes: step("t", (m: { text: string }) => m.text), no: ({ last }) => last.kind });
media().routeBy("r", "kind", { text: step("t", (m: { text: string }) => m.text), image: ({ last }) => last.url, sound: { do: ({ last }) => last.seconds, timeout: 5 } });
// @ts-expect-error [ts2345] add an arm for "sound"
media().routeBy("r", "kind", { text: () => 1, image: () => 2 });
// @ts-expect-error [ts2322] no route goes to "video"
media().routeBy("r", "kind", { text: () => 1, image: () => 2, sound: () => 3, video: () => 4 });

// ---- names -----------------------------------------------------------------------------------------------------------

// Arms of which one is taken may share names; the step is then any of them, or none.
count()
  .branch("b", (n) => n > 1, { yes: { flow: (b) => b.then("same", () => 1) }, no: { flow: (b) => b.then("same", () => "s") } })
  .then("z", ({ steps }) => { is<typeof steps.same, number | string | undefined>(true); return 1; });
count()
  .route("r", ({ last }) => (last > 1 ? "x" : "y"), { x: { flow: (b) => b.then("same", () => 1) }, y: { flow: (b) => b.then("same", () => true) } })
  .then("z", ({ steps }) => { is<typeof steps.same, number | boolean | undefined>(true); return 1; });
// @ts-expect-error [ts2345] step "same" already exists: of routeAll's arms, several may run
count().routeAll("r", () => ["x", "y"], { x: { flow: (b) => b.then("same", () => 1) }, y: { flow: (b) => b.then("same", () => true) } });
// @ts-expect-error [ts2345] step "r" already exists: an inner step has the group's name
count().branch("r", () => true, { yes: { flow: (b) => b.then("r", () => 1) } });
// @ts-expect-error [ts2345] step "l" already exists: an inner step has the loop's name
count().loop("l", { flow: (b) => b.then("l", ({ last }) => last) }, { until: () => true });
// @ts-expect-error [ts2345] step "inner" already exists: it is visible after the loop
count().loop("l", { flow: (b) => b.then("inner", ({ last }) => last) }, { until: () => true }).then("inner", () => 1);
// A map's body keeps its names: they are free afterwards.
count().map("m", () => [1], { flow: (b) => b.then("inner", ({ last }) => last) }).then("inner", ({ last }) => { is<typeof last, number[]>(true); return 1; });
// @ts-expect-error [ts2345] step "enrich" already exists in this workflow
start().then("enrich", () => ({ id: 1 })).use(enrich);
// @ts-expect-error [ts2345] step "later" already exists: twenty steps away
start().then("later", () => 1).then("s1", () => 1).then("s2", () => 1).then("s3", () => 1).then("s4", () => 1).then("s5", () => 1).then("s6", () => 1).then("s7", () => 1).then("s8", () => 1).then("s9", () => 1).then("s10", () => 1).then("s11", () => 1).then("s12", () => 1).then("s13", () => 1).then("s14", () => 1).then("s15", () => 1).then("s16", () => 1).then("s17", () => 1).then("later", () => 1);

// ---- outputs over a page of the ledger, exactly ------------------------------------------------------------------------

start()
  .then("s0", () => 0 as const).then("s1", () => 1 as const).then("s2", () => 2 as const).then("s3", () => 3 as const).then("s4", () => 4 as const)
  .then("s5", () => 5 as const).then("s6", () => 6 as const).then("s7", () => 7 as const).then("s8", () => 8 as const).then("s9", () => 9 as const)
  .then("s10", () => 10 as const).then("s11", () => 11 as const).then("s12", () => 12 as const).then("s13", () => 13 as const).then("s14", () => 14 as const)
  .then("s15", () => 15 as const).then("s16", () => 16 as const).then("s17", () => 17 as const)
  .parallel("p", { in: { flow: (b) => b.then("i", ({ steps }) => { is<typeof steps.s0, 0>(true); is<typeof steps.s16, 16>(true); return "i"; }) } })
  .catch("c", ({ steps }) => { is<typeof steps.s0, 0 | undefined>(true); is<typeof steps.i, string | undefined>(true); return null; })
  .then("end", ({ steps }) => {
    is<
      typeof steps,
      {
        readonly s0: 0 | undefined; readonly s1: 1 | undefined; readonly s2: 2 | undefined; readonly s3: 3 | undefined; readonly s4: 4 | undefined;
        readonly s5: 5 | undefined; readonly s6: 6 | undefined; readonly s7: 7 | undefined; readonly s8: 8 | undefined; readonly s9: 9 | undefined;
        readonly s10: 10 | undefined; readonly s11: 11 | undefined; readonly s12: 12 | undefined; readonly s13: 13 | undefined; readonly s14: 14 | undefined;
        readonly s15: 15 | undefined; readonly s16: 16 | undefined; readonly s17: 17 | undefined;
        readonly p: { readonly in: string } | undefined; readonly in: string | undefined; readonly i: string | undefined; readonly c: null | undefined;
      }
    >(true);
    return 1;
  });

// ---- loops and maps: the turn and the place, also in nested chains ---------------------------------------------------

count()
  .loop("l", { flow: (b) => b.then("turn", ({ last, iteration }) => { is<typeof iteration, number>(true); return last; }).parallel("both", { x: ({ iteration }) => iteration }).then("back", ({ last }) => last.x) }, { until: ({ iteration, steps }) => iteration > 1 && steps.turn > 1 })
  .map("m", ({ last }) => [last], { flow: (b) => b.then("each", ({ last, index }) => last + index).branch("odd", (n) => n % 2 === 1, { yes: ({ index }) => index }) })
  // @ts-expect-error [ts2339] outside of a loop there is no turn
  .then("z", ({ iteration }) => iteration);
// @ts-expect-error [ts2345] a body's output must be able to feed its next turn
count().loop("l", ({ last }) => String(last), { until: () => true });
count().map("m", async function* ({ last }) { yield last; yield last + 1; }, ({ last }) => last).then("z", ({ last }) => { is<typeof last, number[]>(true); return 1; });

// Bodies with options, whose undo knows what the body gives.
count()
  .loop("l", { do: ({ last, iteration }) => last + iteration, retries: 1, timeout: 5, undo: (output, { iteration, steps }) => { is<typeof output, number>(true); return [output, iteration, steps.a]; } }, { until: ({ last }) => last > 3 })
  .then("z", ({ last }) => { is<typeof last, number>(true); return last; })
  .map("m", ({ last }) => [last], { do: ({ last, index }) => [last, index], timeout: 5, undo: { run: (output) => is<typeof output, number[]>(true) } })
  .map("n", ({ last }) => last, { do: upper, input: ({ last, index }) => String(last.length + index), retries: 2, undo: (output) => is<typeof output, string>(true) })
  .then("end", ({ last, steps }) => { is<typeof last, string[]>(true); is<typeof steps.m, number[][]>(true); return last[0] ?? ""; })
  .loop("draft", { do: writer, input: ({ last }) => [{ type: "text", text: last }] }, { until: ({ last }) => last.length > 1 });
// @ts-expect-error [ts2345] the output of a body with options feeds its next turn, too
count().loop("l", { do: ({ last }) => String(last) }, { until: () => true });
// @ts-expect-error [ts2345] nor may a body give nothing
count().loop("l", () => {}, { until: () => true });
// @ts-expect-error [ts2353] there is no such option
count().loop("l", { do: ({ last }) => last, retry: 1 }, { until: () => true });
// @ts-expect-error [ts2345] its input does not fit the item
count().map("m", ({ last }) => [last], upper);
// @ts-expect-error [ts2345] nor in a body with options
count().map("m", () => [1], { do: upper });
// @ts-expect-error [ts2322] a prompt is text, parts or messages
count().map("m", () => [1], { do: writer, input: () => 5 });
// @ts-expect-error [ts2345] a function takes no input
count().map("m", () => [1], { do: () => 1, input: () => 5 });

// ---- what is neither a step nor an arm, where nothing else would say so ---------------------------------------------

// @ts-expect-error [ts2345] a step is a function, an agent, ...
count().then("b", "text");
// @ts-expect-error [ts2345] a step is not a promise
count().then("b", Promise.resolve(1));
// @ts-expect-error [ts2345] nor with options
count().then("b", Promise.resolve(1), { retries: 1 });
// @ts-expect-error [ts2345] nor undefined
count().then("b", undefined);
// @ts-expect-error [ts2322] an arm is not a promise
count().parallel("p", { x: Promise.resolve(1) });
// @ts-expect-error [ts2322] nor what its `do` runs
count().settle("p", { x: { do: Promise.resolve(1) } });
// @ts-expect-error [ts2322] an arm is not text
count().race("p", { x: "text" });
// @ts-expect-error [ts2322] nor null
count().race("p", { x: null });
// @ts-expect-error [ts2345] nor one out of an array or a function
count().parallel("p", (b) => ({ x: b.then("i", () => 1), y: "text" }));
// @ts-expect-error [ts2345] only step() values have names to stand in an array with
count().parallel("p", [writer, writer]);
// @ts-expect-error [ts2345] an array of no steps
count().parallel("p", ["text"]);
// @ts-expect-error [ts2322] call .build() first
count().branch("b", () => true, { yes: workflow("x").then("y", () => 1) });
// @ts-expect-error [ts2322] nor a number under a route
count().route("r", () => "x" as const, { x: 1 });
// @ts-expect-error [ts2322] a flow gives back a chain
count().parallel("p", { x: { flow: () => 1 } });
// @ts-expect-error [ts2322] that has not been built
count().parallel("p", { x: { flow: (b) => b.then("i", () => 1).build() } });
// @ts-expect-error [ts2345] no arm can be missing where any text may come
count().route("r", ({ last }) => String(last), { x: () => 1 });
// @ts-expect-error [ts2345] nor here
count().routeAll("r", ({ last }) => [String(last)], { x: () => 1 });
// Arms by any text are another matter.
count().route("r", ({ last }) => String(last), {} as Record<string, () => number>);

// ---- sub-workflows ---------------------------------------------------------------------------------------------------

count().then("id", ({ last }) => ({ id: last })).use(enrich, { state: { tries: 2 } }).then("z", ({ steps }) => { is<typeof steps.enrich, { readonly output: { body: string }; readonly steps: { readonly fetch: { body: string } } }>(true); return 1; });
count().then("id", ({ last }) => ({ id: last })).use(enrich, { state: ({ last }) => ({ tries: last.id }) });
count().then("again", enrich, { input: ({ last }) => ({ id: last }), state: { tries: 1 }, timeout: 5 });
// @ts-expect-error [ts2353] the sub-workflow's state has no such key
count().then("id", ({ last }) => ({ id: last })).use(enrich, { state: { turns: 2 } });
// @ts-expect-error [ts2345] its input does not fit the last output
count().use(enrich);
// @ts-expect-error [ts2345] call .build() on this workflow first
count().use(count());
// @ts-expect-error [ts2345] call .build() on this workflow first
count().then("b", workflow("x").input<number>().then("y", () => 1));

// ---- errors ----------------------------------------------------------------------------------------------------------

{
  const w = count()
    .parallel("p", { x: () => okAsync<number, E1>(1), y: { flow: (b) => b.then("y1", () => (Math.random() > 1 ? ok("s") : err<never, E2>({ type: "e2" }))) } })
    .race("r", { model: writer, plain: () => 1 });
  is<(typeof w)["~t"]["error"], E1 | E2 | AgentError>(true);
  const settled = w.settle("s", { other: writer, more: () => 1 });
  is<(typeof settled)["~t"]["error"], E1 | E2 | AgentError>(true);
  const caught = settled.catch("c", ({ failure }) => failure.message);
  is<(typeof caught)["~t"]["error"], never>(true);
}

// What of acceptance case 42 needs no wait: returned errors are narrowed, partial steps are typed.
count()
  .then("b", () => okAsync<number, E1>(1))
  .build()
  .run("x")
  .mapErr((failure) => {
    if (failure.type === "step_failed" && !failure.threw) is<typeof failure.cause, E1>(true);
    is<typeof failure.steps.b, number | undefined>(true);
    return failure;
  });

// A step that always throws, and one of unknown make.
{
  const fail = (): never => { throw new Error("no"); };
  const made = JSON.parse("null");
  const w = count().parallel("p", { fail, fine: () => 1 }).settle("s", { bad: fail, made }).race("r", { worse: fail, rescue: () => "s" }).branch("b", () => true, { yes: fail }).loop("l", fail, { until: () => true }).map("m", () => [1], fail);
  is<(typeof w)["~t"]["last"], never[]>(true);
  is<(typeof w)["~t"]["error"], never>(true);
}

// ---- runs ------------------------------------------------------------------------------------------------------------

{
  const plan = count().then("b", length, { input: ({ last }) => String(last) }).build();
  const handle = plan.start("x", { signal: new AbortController().signal, concurrency: 2 });
  handle.cancel("enough");
  for await (const event of handle.events) if (event.type === "agent.delta") is<typeof event.delta, string>(true);
  const result = await handle.result;
  if (result.isOk()) {
    is<typeof result.value.steps, { readonly a: number; readonly b: number }>(true);
    result.value.record("a")?.durationMs.toFixed();
    // @ts-expect-error [ts2345] there is no such step
    result.value.records("c");
  } else if (result.error.type === "step_failed") {
    is<typeof result.error.steps.b, number | undefined>(true);
  }
  const journal = sqliteJournal("runs.db");
  const rerun = plan.rerun("r", { from: "b", journal, runId: "s", timeout: 5, mock: { a: 1 } });
  is<typeof rerun, ReturnType<typeof plan.run>>(true);
  // @ts-expect-error [ts2322] there is no such step
  plan.rerun("r", { from: "c", journal });
  // @ts-expect-error [ts2345] it is in a journal
  plan.rerun("r", { from: "a" });
  // @ts-expect-error [ts2353] it begins with the state of the run before
  plan.rerun("r", { from: "a", journal, state: {} });
  // @ts-expect-error [ts2345] the input is a string
  plan.run(1);
  // @ts-expect-error [ts2339] a plan is not a promise
  plan.then;
}

// ---- options that arms do not have, on every method with arms ---------------------------------------------------------

// @ts-expect-error [ts2322] an arm takes no "retry"
count().parallel("p", { x: { do: () => 1, retry: 3 } });
// @ts-expect-error [ts2322] an arm takes no "timeot"
count().settle("p", { x: { do: writer, timeot: 3 } });
// @ts-expect-error [ts2322] an arm takes no "timeot"
count().race("p", { x: { do: writer, timeot: 3 } });
// @ts-expect-error [ts2322] an arm takes no "retry"
count().branch("p", () => true, { yes: { do: () => 1, retry: 3 } });
// @ts-expect-error [ts2322] a branch has the arms yes and no
count().branch("p", () => true, { yes: () => 1, noo: () => 2 });
// @ts-expect-error [ts2322] an arm takes no "timeout"
count().parallel("p", { x: { flow: (b) => b.then("q", () => 1), timeout: 3 } });
// @ts-expect-error [ts2322] an arm takes no "retry"
count().route("p", () => "x" as const, { x: { do: () => 1, retry: 3 } });
// @ts-expect-error [ts2322] an arm takes no "retry"
count().routeAll("p", () => ["x" as const], { x: { do: () => 1, retry: 3 } });

// ---- one mistake inside an arm is one error: no name is called taken, and what follows keeps its types ----------------

// @ts-expect-error [ts2339] nope
count().parallel("p", { x: ({ steps }) => steps.nope, y: () => 2 })
  .then("z", ({ steps }) => { is<typeof steps.p.y, number>(true); return 1; });
// @ts-expect-error [ts2339] nope
count().settle("p", { x: ({ steps }) => steps.nope, y: () => 2 })
  .then("z", ({ steps }) => steps.y.ok);
// @ts-expect-error [ts2339] nope
count().branch("p", () => true, { yes: ({ steps }) => steps.nope, no: () => 2 })
  .then("z", ({ steps }) => steps.p);
// @ts-expect-error [ts2339] nope
count().route("p", () => "x" as const, { x: ({ steps }) => steps.nope })
  .then("z", ({ steps }) => steps.p);
// @ts-expect-error [ts2339] nope
count().parallel("p", { x: { flow: (b) => b.then("q", ({ steps }) => steps.nope) }, y: () => 2 })
  .then("z", ({ steps }) => { is<typeof steps.p.y, number>(true); return steps.q; });

// ---- any plan, of whatever types --------------------------------------------------------------------------------------

{
  const plans: readonly AnyPlan[] = [count().build(), workflow<{ id: number }>("x").state({ a: 1 }).then("b", () => err<number, E1>({ type: "e1" })).build()];
  is<(typeof plans)[number]["name"], string>(true);
  plans.map((plan) => plan.describe().steps.length);
  // @ts-expect-error [ts1360] a builder is no plan
  count() satisfies AnyPlan;
}

// ---- guardrails: what they reject is in the step's error type ----------------------------------------------------------

{
  const verdict = z.object({ ok: z.boolean(), text: z.string() });
  const guarded = agent({
    model: "gpt-4o",
    output: verdict,
    before: (prompt, context) => { is<typeof prompt, PromptInput>(true); is<typeof context, GuardContext>(true); return typeof prompt === "string" ? prompt : reject("no text"); },
    after: async (output) => { is<typeof output, { ok: boolean; text: string }>(true); return output.ok ? output : err<never, E1>({ type: "e1" }); },
  });
  const w = start().then("g", guarded);
  is<(typeof w)["~t"]["last"], { ok: boolean; text: string }>(true);
  is<(typeof w)["~t"]["error"], AgentError | Rejection<"no text"> | E1>(true);
  const failure = (await guarded.run("x"))._unsafeUnwrapErr();
  if (failure.type === "step_failed" && !failure.threw) {
    is<typeof failure.cause, AgentError | Rejection<"no text"> | E1>(true);
    if (failure.cause.type === "rejected") is<typeof failure.cause.reason, "no text">(true);
  }
  // A plain step guards as well.
  const plain = count().then("b", ({ last }) => (last > 1 ? reject({ rule: "big", by: last }) : last));
  is<(typeof plain)["~t"]["last"], number>(true);
  is<(typeof plain)["~t"]["error"], Rejection<{ readonly rule: "big"; readonly by: number }>>(true);
  // Hooks that only pass or change add nothing to the errors.
  const passes = start().then("g", agent({ model: "gpt-4o", before: (prompt) => prompt, after: (text) => okAsync(text.trim()) }));
  is<(typeof passes)["~t"]["error"], AgentError>(true);
  is<(typeof passes)["~t"]["last"], string>(true);
}
// @ts-expect-error [ts2322] a number is no prompt
agent({ model: "gpt-4o", before: () => 1 });
// @ts-expect-error [ts2322] after gives what the answer is
agent({ model: "gpt-4o", output: z.object({ a: z.string() }), after: () => ({ a: 1 }) });
// @ts-expect-error [ts2322] reasks is a number
agent({ model: "gpt-4o", reasks: "1" });

// ---- mocks: ids of the plan, outputs of their types --------------------------------------------------------------------

{
  const critic = agent({ model: "gpt-4o", output: z.object({ verdict: z.enum(["pass", "revise"]) }) });
  const plan = start()
    .then("draft", writer)
    .then("review", critic)
    .settle("s", { one: writer, two: () => 2 })
    .then("sub", enrich, { input: () => ({ id: 1 }) })
    .branch("b", () => true, { yes: { flow: (b) => b.then("inner", () => ({ n: 1 })) } })
    .then("maybe", (): number | undefined => 1)
    .build();
  plan.run("x", { mock: { draft: "text", review: (input) => { is<typeof input, unknown>(true); return { verdict: "pass" }; } } });
  plan.run("x", { mock: { draft: async () => ok("text"), one: "value", two: () => err("no"), sub: { body: "b" }, inner: { n: 2 }, maybe: undefined } });
  plan.start("x", { mock: { draft: (_, { attempt }) => okAsync(String(attempt)) }, tape: { play: (_, live) => live() } });
  // @ts-expect-error [ts2353] there is no such step
  plan.run("x", { mock: { drfat: "text" } });
  // @ts-expect-error [ts2322] a number is not what the step gives
  plan.run("x", { mock: { draft: 1 } });
  // @ts-expect-error [ts2322] nor a function that gives one
  plan.run("x", { mock: { draft: () => 1 } });
  // @ts-expect-error [ts2322] the verdict is pass or revise
  plan.run("x", { mock: { review: { verdict: "maybe" } } });
  // @ts-expect-error [ts2322] a sub-workflow is stood in for by its output
  plan.run("x", { mock: { sub: { output: { body: "b" }, steps: { fetch: { body: "b" } } } } });
}

// ---- teams: what the leader answers, or in route mode any member -------------------------------------------------------

{
  const shy = agent({ model: "gpt-4o", before: () => reject("shy" as const) });
  const scorer = agent({ model: "gpt-4o", output: z.object({ score: z.number() }) });
  const lead = { name: "desk", model: "gpt-4o" };
  const plainTeam = team({ ...lead, members: { writer, scorer } });
  is<typeof plainTeam, Team<string>>(true);
  const judged = team({ ...lead, mode: "coordinate", members: { writer, shy }, output: z.object({ ok: z.boolean() }) });
  is<typeof judged, Team<{ ok: boolean }>>(true);
  const routed = team({ ...lead, mode: "route", members: { writer, scorer, plainTeam } });
  is<typeof routed, Team<string | { score: number }>>(true);
  const rejecting = team({ ...lead, mode: "route", members: { writer, shy } });
  is<typeof rejecting, Team<string, AgentError | Rejection<"shy">>>(true);
  const joined = team({ ...lead, mode: "collaborate", members: { shy, scorer, judged } });
  is<typeof joined, Team<string, AgentError | Rejection<"shy">>>(true);
  const w = start().then("work", routed).then("after", ({ last, steps }) => { is<typeof last, string | { score: number }>(true); return steps.work; });
  is<(typeof w)["~t"]["error"], AgentError>(true);
  start().then("work", judged, { input: ({ last }) => [{ type: "text", text: last }], retries: 1 }).parallel("p", { plainTeam, rejecting });
  const result = await judged.run({ any: "thing" });
  if (result.isOk()) is<typeof result.value.output, { ok: boolean }>(true);
  const guarded = team({
    ...lead, mode: "route", members: { writer, scorer }, settings: { temperature: 0 },
    before: (prompt) => (prompt === "" ? reject("empty" as const) : prompt),
    after: (answer) => { is<typeof answer, string | { score: number }>(true); return answer; },
  });
  is<typeof guarded, Team<string | { score: number }, AgentError | Rejection<"empty">>>(true);
  // @ts-expect-error [ts2322] what a guard gives in place of the answer is an answer
  team({ ...lead, members: { writer }, output: z.object({ ok: z.boolean() }), after: () => "yes" });
  // @ts-expect-error [ts2353] there is no such option
  team({ ...lead, members: { writer }, maxTurns: 3 });
  // @ts-expect-error [ts2322] there is no such mode
  team({ ...lead, members: { writer }, mode: "vote" });
  // @ts-expect-error [ts2741] a step() is no member
  team({ ...lead, members: { upper } });
  // @ts-expect-error [ts2322] nor is a plan
  team({ ...lead, members: { enrich } });
  // @ts-expect-error [ts2322] nor a function
  team({ ...lead, members: { writer: () => "x" } });
  // @ts-expect-error [ts2345] a team has members
  team(lead);
  // @ts-expect-error [ts2322] in route mode the answer is a member's
  team({ ...lead, mode: "route", members: { writer }, output: z.string() });
}

// ---- agents, teams and plans as tools: the schema gives what a plan takes ---------------------------------------------

{
  const as = { name: "t", description: "A tool." };
  const ofPlan = asTool(enrich, { ...as, input: z.object({ id: z.string().transform(Number) }) });
  is<typeof ofPlan, ExecutableTool<{ id: number }>>(true);
  const ofAgent = asTool(writer, { ...as, name: "a", input: v.object({ task: v.string() }), timeout: 1_000 });
  const ofTeam = asTool(team({ name: "desk", model: "gpt-4o", members: { writer } }), { ...as, name: "m", input: z.string() });
  agent({ model: "gpt-4o", tools: [ofPlan, ofAgent, ofTeam] });
  team({ name: "desk", model: "gpt-4o", members: { writer }, tools: [ofPlan] });
  // @ts-expect-error [ts2322] the plan takes a number
  asTool(enrich, { ...as, input: z.object({ id: z.string() }) });
  // @ts-expect-error [ts2345] a step() is no agent, team or plan
  asTool(upper, { ...as, input: z.string() });
  // @ts-expect-error [ts2345] a workflow is built first
  asTool(start().then("a", () => 1), { ...as, input: z.string() });
  // @ts-expect-error [ts2345] the model has to be told what it is for
  asTool(writer, { name: "t", input: z.string() });
}

// ---- tools that need approval: the wait is part of the types -----------------------------------------------------------

{
  const given = { description: "d", input: z.object({ path: z.string() }), run: ({ path }: { path: string }) => path.length };
  const free = tool({ name: "free", ...given });
  is<typeof free, Tool<{ path: string }, number>>(true);
  const never_ = tool({ name: "never", ...given, approval: false });
  is<typeof never_, Tool<{ path: string }, number>>(true);
  const gated = tool({ name: "gated", ...given, approval: true });
  is<typeof gated, Tool<{ path: string }, number, Suspended<"gated", Approval>>>(true);
  const maybe = tool({ name: "maybe", ...given, approval: ({ path }, { runId }) => { is<typeof path, string>(true); return path === runId; } });
  is<typeof maybe, Tool<{ path: string }, number, Suspended<"maybe", Approval>>>(true);
  // @ts-expect-error [ts2322] true, false or a function that says so
  tool({ name: "t", ...given, approval: ({ path }) => path });
  const client = {} as ToolClient;
  const reader = agent({ model: "gpt-4o", tools: [free, client, toolSource(client), toolSource(client, { only: ["x"], approval: false })] });
  is<Parameters<(typeof reader)["~input"]>[0], PromptInput>(true);
  const asks = agent({ model: "gpt-4o", tools: [free, gated, maybe, client] });
  const plan = start().then("clean", asks).build();
  const handle = plan.start("x");
  handle.answer("gated", { approved: true });
  handle.answer("maybe", { approved: false, reason: "no" }, { path: "clean/turn#1/maybe[0]/approval" });
  // @ts-expect-error [ts2345] no tool of this name waits
  handle.answer("free", { approved: true });
  // @ts-expect-error [ts2353] the approved arguments run, and no others
  handle.answer("gated", { approved: true, arguments: { path: "x" } });
  // @ts-expect-error [ts2322] approved is true or false
  handle.answer("gated", { approved: "yes" });
  plan.run("x").mapErr((failure) => { if (failure.type === "suspended") is<typeof failure.step, "gated" | "maybe">(true); });
  asks.run("x").mapErr((failure) => { if (failure.type === "suspended") is<typeof failure.step, "gated" | "maybe">(true); });
  // @ts-expect-error [ts2367] a plan without waits is never suspended
  start().then("read", reader).build().run("x").mapErr(({ type }) => type === "suspended");
  const desk = team({ name: "desk", model: "gpt-4o", members: { asks }, tools: [tool({ name: "own", ...given, approval: true })] });
  is<typeof desk, Team<string, AgentError | Suspended<"gated", Approval> | Suspended<"maybe", Approval> | Suspended<"own", Approval>>>(true);
  // What runs below a call may wait as well.
  const through = agent({ model: "gpt-4o", tools: [asTool(plan, { name: "p", description: "d", input: z.string() }), asTool(writer, { name: "w", description: "d", input: z.string() })] });
  start().then("t", through).build().start("x").answer("gated", { approved: true });
  // The tools of a source go by any name.
  const sourced = start().then("s", agent({ model: "gpt-4o", tools: [toolSource(client, { approval: ["rm"] }), toolSource(client, { approval: (name, args) => name === args["x"] })] })).waitFor("sure", z.number()).build();
  sourced.start("x").answer("rm", { approved: true });
  // @ts-expect-error [ts2353] that is no approval
  sourced.start("x").answer("rm", { yes: true });
}

// Cancels, drains, workers.
{
  const journal = sqliteJournal("runs.db");
  const plan = workflow("order").input(z.object({ id: z.string() })).state({ hits: 0 }).waitFor("sure", z.boolean()).build();
  plan.cancel("r", { journal, reason: { any: "thing" } }).match((recorded) => is<typeof recorded, CancelRecorded>(true), (refused) => is<typeof refused, CancelRefused>(true));
  plan.cancel("r", { journal }).map((recorded) => is<typeof recorded, "recorded" | "cancelled_before">(true));
  plan.cancel("r", { journal }).mapErr(({ reason }) => is<typeof reason, "over" | "run_not_found" | "journal_failed">(true));
  // @ts-expect-error [ts2345] it is in a journal
  plan.cancel("r", {});
  plan.run({ id: "x" }, { journal, drain: drainSignal() });
  // @ts-expect-error [ts2322] a drain is an AbortSignal
  plan.run({ id: "x" }, { journal, drain: true });
  journal.runs({ status: "suspended", plan: "order", ready: true }).then((runs) => runs.map((listed) => is<typeof listed, readonly ListedRun[]>(true)));
  journal.runs({ status: "suspended" }).then((runs) => runs.map(([run]) => is<NonNullable<typeof run>["waits"], readonly ListedWait[] | undefined>(true)));
  // @ts-expect-error [ts2322] not one of the statuses
  journal.runs({ status: "waiting" });
  const queued = enqueue(plan, { id: "x" }, { journal, state: { hits: 1 }, runId: "r", budget: { tokens: 5 } });
  queued.match((runId) => is<typeof runId, string>(true), (failure) => is<typeof failure, InputRefused | RunExists | JournalFailed | NotSerializable>(true));
  enqueue(writer, "a text", { journal });
  // @ts-expect-error [ts2322] the plan's own input
  enqueue(plan, { id: 1 }, { journal });
  // @ts-expect-error [ts2322] the plan's own state
  enqueue(plan, { id: "x" }, { journal, state: { hits: "one" } });
  const crew = worker([plan, writer], { journal, drain: drainSignal(), onRun: (event) => { is<typeof event, WorkerEvent>(true); if (event.type === "run.left" && event.status === "suspended") is<(typeof event.waits)[number]["step"], string>(true); }, onProblem: (problem) => { is<typeof problem, WorkerProblem>(true); if (problem.type === "left_alone") is<typeof problem.lostOwners, number>(true); }, takeovers: 3 });
  is<typeof crew, Worker>(true);
  is<typeof crew.closed, Promise<void>>(true);
  // @ts-expect-error [ts2322] a builder is no plan
  worker([workflow("w").then("a", () => 1)], { journal });
  // @ts-expect-error [ts2345] it works for a journal
  worker([plan], {});
}

// an event's kind is one of the executions' kinds, so that a switch over it completes and is checked
{
  const plan = start().then("a", () => 1).build();
  plan.run("x", {
    observe: (event) => {
      if (event.type !== "step.started" && event.type !== "step.completed" && event.type !== "step.failed" && event.type !== "step.replayed") return;
      is<typeof event.kind, ExecutionKind>(true);
      // @ts-expect-error no execution is of this kind
      if (event.kind === "steps") return;
    },
  });
}
// an answer is recorded in a journal, and in nothing else
{
  const plan = start().waitFor("ok", z.boolean()).build();
  (journal: Journal) => plan.answer("run-1", "ok", true, { journal });
  // @ts-expect-error a path is no journal
  () => plan.answer("run-1", "ok", true, { journal: "runs.db" });
  // @ts-expect-error a journal is needed
  () => plan.answer("run-1", "ok", true, {});
}
// a builder whose type is written down, as an editor shows it
{
  const shown: Workflow<string, number, { readonly a: number }, never, About<"w", { hits: number }, string>, First<1>> = start().state({ hits: 0 }).then("a", () => 1);
  const next = shown.then("b", ({ last, steps }) => last + steps.a);
  is<(typeof next)["~t"]["last"], number>(true);
  // @ts-expect-error taken
  shown.then("a", () => 1);
}
