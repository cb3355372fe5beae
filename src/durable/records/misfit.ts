import type { Entry } from "./record.ts";

/** Says that a plan of the right shape does not do what a run's record says that it did. */
export function misfit(plan: string, runId: string, entry: Entry): string {
  return `Expected plan ${JSON.stringify(plan)} to go as run ${JSON.stringify(runId)} went, got one that does not come to ${placeOf(entry)} where the run did: an option of a step that it had begun is another one (such as concurrency, retries, a timeout or a schema); resume it with that as it was, or begin a new run`;
}

/** Says that a plan does not end a run as it ended. */
export function overText(plan: string, runId: string, how: string): string {
  return `Expected plan ${JSON.stringify(plan)} to end run ${JSON.stringify(runId)} as that has ended (${how}), got one that goes on: an option of a step is another one (such as retries or max); what is over is not taken up again: plan.rerun(runId, { from, journal }) does a part of it anew`;
}

/** What an entry is about, in words. */
function placeOf(entry: Entry): string {
  if (entry.type === "fired") {
    const [, path = "", purpose = ""] = /^(.*?)\|(\w+)(?:\|\d+)?$/s.exec(entry.timer) ?? [];
    return `${purposes[purpose] ?? "the end of a timer"} of ${path === "" ? "the run" : JSON.stringify(path)}`;
  }
  if (entry.type !== "started" && entry.type !== "settled") return "what was said to it";
  const [, path = "", role = "", attempt = ""] = /^(.*)\|(.*)\|(\d+)\+*$/s.exec(entry.key) ?? [];
  const where = path === "" ? "the schema" : JSON.stringify(path);
  return `${attempt === "1" ? "" : `attempt ${attempt} of `}${role === "" ? "" : `${role} of `}${where}`;
}

const purposes: Readonly<Record<string, string>> = {
  run: "the end of the time",
  attempt: "the end of the time",
  grace: "the end of the grace",
  pause: "the pause before another attempt",
  group: "the end of the time",
  abort: "the end of the grace",
  sleep: "the end",
  wait: "the end of the time",
};
