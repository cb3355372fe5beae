import process from "node:process";
import type { Definition } from "../../plan/node.ts";
import { CommandError } from "../process/command-error.ts";
import { agentsInNeed } from "./agents-in-need.ts";
import { type StandIn, startEngine, startSilence } from "./stand-in.ts";

const variables = ["OPENAI_API_KEY", "OPENAI_BASE_URL"] as const;
const noKey = "OPENAI_API_KEY or OPENAI_BASE_URL to be set";
const advice = "set one of the two, or give --offline for the built-in engine";

const offlineNotice = "No OPENAI_API_KEY or OPENAI_BASE_URL: using the built-in offline engine (extractive, not a language model).";

interface Wanted {
  /** Asked for by name: it answers whatever key is set. */
  readonly offline: boolean;
  /** What is answered is kept for ever. */
  readonly kept: boolean;
}

/** The models that a process asks, where no key is set or none is wanted. Made before a file is loaded, which may read the environment. */
export class Models {
  readonly #kind: "real" | "engine" | "silence";
  #standIn: StandIn | undefined;
  /** Who asked for the engine need not be told of it. */
  #quiet = false;
  #asked = false;
  #onAsked: () => void = () => {};

  private constructor(kind: "real" | "engine" | "silence") {
    this.#kind = kind;
  }

  static async provide({ offline, kept }: Wanted): Promise<Models> {
    const models = new Models(offline ? "engine" : !lacksModel(process.env) ? "real" : kept ? "silence" : "engine");
    const asked = () => {
      if (!models.#asked) models.#onAsked();
      models.#asked = true;
    };
    if (models.#kind === "engine") models.#standIn = await startEngine(asked);
    else if (models.#kind === "silence") models.#standIn = await startSilence(asked);
    models.#quiet = offline;
    return models;
  }

  /**
   * Says what comes of it that there is no model: `notice` hears that the offline engine answers, before an agent asks it or once
   * something else does. Where answers are kept, agents are refused here, and `stop` is called once something else asks.
   */
  check(plans: readonly Definition[], notice: (text: string) => void, stop: (why: CommandError) => void): void {
    if (this.#kind === "real" || this.#quiet) return;
    const [first] = plans.flatMap((plan) => agentsInNeed(plan).map((agent) => ({ plan: plan.name, agent })));
    if (this.#kind === "engine") {
      if (first !== undefined || this.#asked) notice(offlineNotice);
      else this.#onAsked = () => notice(offlineNotice);
      return;
    }
    if (first !== undefined)
      throw new CommandError(
        `Expected ${noKey} for agent ${JSON.stringify(first.agent)} of plan ${JSON.stringify(first.plan)}, whose answers are kept, got neither: ${advice}`,
      );
    this.#onAsked = () =>
      stop(
        new CommandError(`Expected ${noKey}, got neither when a step asked a model: what was under way is kept to go on later; ${advice}`),
      );
  }

  async close(): Promise<void> {
    await this.#standIn?.close();
  }
}

/** Whether no model is at hand, neither OpenAI's nor a compatible server's. */
function lacksModel(environment: NodeJS.ProcessEnv): boolean {
  return variables.every((name) => (environment[name] ?? "").trim() === "");
}
