/** Watching a run: its steps as they begin and end, and the agents' text as it is written. */
import { agent, workflow } from "heddle";

const researcher = agent({ model: "gpt-4o", instructions: "Research the topic." });
const writer = agent({ model: "gpt-4o", instructions: "You are a technical writer." });

const report = workflow("events").then("facts", researcher).then("report", writer).build();

export default report;

/** Tells `print` what happens while it happens, and gives the result. With somebody watching, agents stream. */
export async function watch(topic: string, print: (text: string) => void) {
  const handle = report.start(topic);
  // `break` is fine at any time: the run goes on. `handle.cancel(reason)` ends it.
  for await (const event of handle.events) {
    switch (event.type) {
      case "step.started":
        print(`\n${event.path} begins\n`);
        break;
      case "agent.delta":
        print(event.delta);
        break;
      case "step.retrying":
        print(`\n${event.path} again in ${event.delayMs} ms: ${event.message}\n`);
        break;
      case "step.completed":
        print(`\n${event.path} took ${Math.round(event.durationMs)} ms\n`);
        break;
    }
  }
  return handle.result;
}
