/** All of durable runs, behind one door that is opened with the first of them. */
export { answerElsewhere } from "./messages/answer.ts";
export { cancelElsewhere } from "./messages/cancel.ts";
export { DurableRun } from "./run.ts";
