/** What a run leaves: outputs and records by name, and a trace of everything that was executed. */
import { agent, workflow } from "heddle";

const web = agent({ model: "gpt-4o", instructions: "Research the web." });
const papers = agent({ model: "gpt-4o", instructions: "Read the papers." });
const writer = agent({ model: "gpt-4o", instructions: "You are a technical writer." });

const report = workflow("results").parallel("research", { web, papers }).then("report", writer).build();

export default report;

/** By name: the compiler knows every step, and what it gave. */
export const byName = (topic: string) =>
  report.run(topic).map((run) => ({
    report: run.output,
    sources: [run.steps.web, run.steps.research.papers],
    tokens: run.record("report")?.usage?.totalTokens,
  }));

/** By iterating the trace: one record for each execution, in the order in which they started, model requests included. */
export const timeline = (topic: string) =>
  report.run(topic).map((run) => {
    const lines = [];
    for (const { path, kind, status, attempts, durationMs } of run.trace) {
      lines.push(`${path} (${kind}) ${status} after ${attempts} attempt(s) and ${Math.round(durationMs)} ms`);
    }
    return lines;
  });

/** A run that failed leaves the same: what was done until then, and why it went no further. */
export const post = (topic: string) =>
  report.run(topic).mapErr((failure) => ({
    why: failure.message,
    saved: failure.steps.research,
    done: failure.trace.filter(({ status }) => status === "completed").map(({ path }) => path),
  }));
