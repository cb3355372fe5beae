export type { InputRefused, JournalFailed, NotSerializable, RunExists } from "../journal/failure.ts";
export { drainSignal } from "./drain-signal.ts";
export { type Enqueueable, type EnqueueOptions, enqueue } from "./enqueue.ts";
export type { Workable } from "./plans.ts";
export { type Worker, type WorkerEvent, type WorkerOptions, type WorkerProblem, worker } from "./worker.ts";
