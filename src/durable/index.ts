/** All of durable runs, behind one door that is opened with the first of them. */
export { answerElsewhere } from "./answer.ts";
export { cancelElsewhere } from "./cancel.ts";
export { DurableRun } from "./run.ts";
