import { agent, openai, team, tool } from "../../src/index.ts";
import { callTools, type Handler } from "../../src/testing/index.ts";
import type { Ledger } from "./leaves.ts";

/** Who asks: said in the instructions, so that the server knows which of all runs and of its steps a request belongs to. */
interface Asker {
  readonly seed: number;
  readonly path: string;
  readonly part: "worker" | "leader" | "alone";
}

/** A schema without a library, which would take longer to load than a life lasts. */
export const number = {
  "~standard": {
    version: 1 as const,
    vendor: "chaos",
    validate: (value: unknown) => (typeof value === "number" ? { value } : { issues: [{ message: "Expected a number" }] }),
  },
};
const anything = { "~standard": { version: 1 as const, vendor: "chaos", validate: (value: unknown) => ({ value }) } };

/** Agents and teams that talk to a model in another process, which outlives theirs. */
export class Staff {
  readonly #seed: number;
  readonly #model: ReturnType<typeof openai>;
  readonly #ledger: Ledger;

  constructor(seed: number, url: string, ledger: Ledger) {
    this.#seed = seed;
    this.#model = openai("chaos", { baseURL: url, apiKey: "none" });
    this.#ledger = ledger;
  }

  /** Calls its tool in each of its first two turns. */
  worker(name: string, path: string) {
    const count = tool({
      name: "count",
      description: "Counts.",
      input: anything as never,
      jsonSchema: { type: "object", properties: { turn: { type: "number" } }, required: ["turn"], additionalProperties: false },
      run: (_: unknown, { idempotencyKey }) => {
        this.#ledger.note("begin", idempotencyKey, 0);
        this.#ledger.note("did", idempotencyKey, 0);
        return 1;
      },
    });
    return agent({ name, model: this.#model, instructions: this.#says(path, "worker"), tools: [count] });
  }

  team(name: string, path: string, mode: "coordinate" | "collaborate") {
    const member = (key: string, index: number) => {
      const at = mode === "coordinate" ? `${path}/turn#1/${key}[${index}]` : `${path}/${key}`;
      return agent({ name: key, model: this.#model, instructions: this.#says(at, "alone") });
    };
    const members = { reader: member("reader", 0), writer: member("writer", 1) };
    return team({ name, model: this.#model, mode, members, instructions: this.#says(path, mode === "coordinate" ? "leader" : "alone") });
  }

  #says(path: string, part: Asker["part"]): string {
    return `<${JSON.stringify({ seed: this.#seed, path, part } satisfies Asker)}>`;
  }
}

/** A model that depends on nothing but the conversation; `asked` hears of each request, by the run and the path of its turn. */
export function answering(asked: (seed: number, path: string) => void): Handler {
  return ({ instructions, messages, tools }) => {
    const { seed, path, part } = JSON.parse(/<(\{.*\})>/.exec(instructions)?.[1] ?? "null") as Asker;
    const turn = messages.filter(({ role }) => role === "assistant").length + 1;
    asked(seed, `${path}/turn#${turn}`);
    if (part === "worker" && turn < 3) return callTools([{ name: "count", args: { turn } }]);
    if (part === "leader" && turn === 1) return callTools(tools.map(({ name }) => ({ name, args: { task: `what ${name} can` } })));
    return `${path} has said ${turn}`;
  };
}
