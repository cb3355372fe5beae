import { setTimeout as pause } from "node:timers/promises";
import { workflow } from "../../src/index.ts";

/** What is done is told before it is. */
type Note = (what: string) => void;

/** `die` does not come back, unless whatever kills the process was mended. */
export const deadlyPlan = (note: Note, die: () => void) =>
  workflow("deadly")
    .then("before", ({ runId }) => note(`before ${runId}`))
    .then("kills", ({ runId, attempt }) => {
      note(`kills ${runId} ${attempt}`);
      die();
      return attempt;
    })
    .build();

export const patientPlan = (note: Note) =>
  workflow("patient")
    .then("takes long", async ({ runId, attempt }) => {
      note(`begun ${runId} ${attempt}`);
      await pause(300);
      note(`done ${runId}`);
      return attempt;
    })
    .build();
