// A map over 1,000,000 items from an asynchronous generator, with the run option `trace` at its default.
import { workflow } from "../../../src/index.ts";
import { alive, atRest } from "./alive.ts";

const total = 1_000_000;
let before = 0;
let peak = 0;
let beforeRss = 0;
let rss = 0;
let ahead = 0;
let made = 0;

/** Items too large to be kept: a million of them are 200 MB and more. */
async function* items() {
  for (let index = 0; index < total; index++) {
    made++;
    yield { index, text: `${index}`.padEnd(200, "x") };
  }
}

function look(index: number): void {
  ahead = Math.max(ahead, made - index);
  if (index % 50_000 !== 49_999) return;
  rss = Math.max(rss, process.memoryUsage().rss - beforeRss);
  peak = Math.max(peak, alive() - before);
}

const bodies = {
  // What most bodies are: one call, of a promise.
  call: workflow("items").map("each", items, async ({ last, index }) => {
    look(index);
    return last.text.length + last.index;
  }),
  // An item as a chain: outputs of its own, a signal that somebody listens to, a time limit, another attempt, a failure caught.
  flow: workflow("items").map(
    "each",
    items,
    {
      flow: (b) =>
        b
          .then("copy", async ({ last, signal }) => {
            signal.addEventListener("abort", () => {});
            return { ...last, copy: last.text.toUpperCase() };
          })
          .then("check", ({ last, index }) => {
            look(index);
            if (index % 100 === 0) throw new Error(last.copy);
            return last;
          })
          .catch("mended", ({ steps }) => steps.copy ?? { index: 0, text: "", copy: "" })
          .then("sum", ({ last }) => last.text.length + last.index),
    },
    { timeout: 3_600_000, retries: 1 },
  ),
};

const plan = bodies[process.argv[2] as keyof typeof bodies].build();
await atRest();
before = alive();
beforeRss = process.memoryUsage().rss;
const result = await plan.run("", { signal: new AbortController().signal });
const { output, trace } = result._unsafeUnwrap();
const right = output.length === total && output.every((sum, index) => sum === 200 + index);
await atRest();
// The array of outputs is the answer, and counts in: 8 bytes a number.
console.log(JSON.stringify({ right, peak, after: alive() - before, rss, ahead, records: trace.length }));
