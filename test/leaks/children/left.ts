// Every ending once, under one signal that lives on: what holds the process and who listens, before and after.
import { getEventListeners } from "node:events";
import { atRest } from "./alive.ts";
import { endings } from "./endings.ts";

const { signal } = new AbortController();
// Made when somebody first looks at them, and then there to stay.
void [process.stdout, process.stderr];
const holding = () => process.getActiveResourcesInfo().sort();

for (const [name, [, run]] of Object.entries(endings)) {
  const before = holding();
  const result = await run(signal);
  // A timer of a step's own, such as a pause of 2 ms that ignores its signal, is not ours.
  await atRest();
  const ended = result.isOk() ? "ok" : result.error?.type;
  console.log(JSON.stringify({ name, ended, before, after: holding(), listeners: getEventListeners(signal, "abort").length }));
}
