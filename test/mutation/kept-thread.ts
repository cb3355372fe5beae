import { type PoolOptions, type PoolWorker, ThreadsPoolWorker, type WorkerRequest } from "vitest/node";

/** After so many runs a new thread, so that what mutants leave behind does not gather. */
const most = 100;

type Told = (message: unknown) => void;

/**
 * A thread that outlives the runs of vitest. A new one for each mutant costs most of its time: half a second for loading
 * sources that are the same, with another number in a global. What has changed between two runs is the configuration
 * (which tests, which mutant); vitest tells it to a thread that starts, so a kept one gets it with its next run.
 */
export class KeptThread implements PoolWorker {
  readonly name = "kept";
  readonly #make: () => ThreadsPoolWorker;
  readonly #told = new Set<Told>();
  #thread: ThreadsPoolWorker | undefined;
  #config: unknown;
  #runs = 0;
  #stopping = false;

  constructor(options: PoolOptions) {
    this.#make = () => new ThreadsPoolWorker(options);
  }

  on(event: string, callback: Told): void {
    if (event === "message") this.#told.add(callback);
    this.#thread?.on(event, callback);
  }

  off(event: string, callback: Told): void {
    if (event === "message") this.#told.delete(callback);
    this.#thread?.off(event, callback);
  }

  send(message: WorkerRequest): void {
    if (!("__vitest_worker_request__" in message)) this.#thread?.send(message);
    else if (message.type === "start") {
      this.#config = message.context.config;
      if (this.#runs === 0) this.#thread?.send(message);
      else this.#answer("started");
    } else if (message.type === "run") {
      this.#runs++;
      this.#thread?.send({ ...message, context: { ...message.context, config: this.#config } as typeof message.context });
    } else if (message.type === "stop" && this.#runs < most) this.#answer("stopped");
    else {
      this.#stopping = true;
      this.#thread?.send(message);
    }
  }

  async start(): Promise<void> {
    if (this.#thread !== undefined) return;
    this.#thread = this.#make();
    this.#runs = 0;
    await this.#thread.start();
  }

  async stop(): Promise<void> {
    for (const callback of this.#told) this.#thread?.off("message", callback);
    this.#told.clear();
    if (this.#stopping) await this.end();
  }

  async end(): Promise<void> {
    this.#stopping = false;
    await this.#thread?.stop();
    this.#thread = undefined;
  }

  deserialize(data: unknown): unknown {
    return data;
  }

  #answer(type: "started" | "stopped"): void {
    setImmediate(() => {
      for (const told of [...this.#told]) told({ type, __vitest_worker_response__: true });
    });
  }
}
