// The model that the desk's agents speak to. What it says follows from the request alone, but for the number of the reply,
// which it tells as usage: a reply that was recorded can be told from one that was asked for again.
import { callTools, fault, reply, type ServedRequest } from "heddle/testing";

type Says = string | object | readonly { readonly name: string; readonly args?: object }[];
const calls = (...all: readonly (readonly [name: string, args?: object])[]) => all.map(([name, args = {}]) => ({ name, args }));
const task = (id: string, member: string, depends_on: readonly string[] = []) => ({ id, member, task: `Do ${id}.`, depends_on });

/** What each model says, turn by turn; those that are not here say their name. */
const said: { readonly [model: string]: readonly Says[] } = {
  researcher: [
    calls(["search", { query: "looms" }], ["broken"], ["search", { query: "threads" }]),
    calls(["helper", { question: "why?" }], ["sums", { n: 21 }], ["pair", { question: "which?" }]),
    "Looms have heddles.",
  ],
  pair: [calls(["right"])],
  extractor: [{ n: "none" }, { n: 4 }],
  reader: [calls(["search", { query: "paper" }]), "It says so."],
  board: [
    calls(["reader", { task: "Read." }], ["panel", { task: "Weigh." }], ["search", { query: "board" }]),
    calls(["reader", { task: "Read on." }]),
    "Decided.",
  ],
  crew: [
    calls(["plan_tasks", { tasks: [task("web", "digger"), task("papers", "digger"), task("text", "scribe", ["web", "papers"])] }]),
    "Done.",
  ],
};

/** What was asked, and under which numbers it was answered. */
export type Asked = ReadonlyMap<string, readonly number[]>;

export function deskModel() {
  let number = 0;
  const asked = new Map<string, number[]>();
  return {
    asked: asked as Asked,
    async handler(request: ServedRequest) {
      const mine = ++number;
      const body = JSON.stringify(request.body);
      asked.set(body, [...(asked.get(body) ?? []), mine]);
      // Longer than a life lasts beyond a record, so that many are in flight at a kill.
      await new Promise((resolve) => setTimeout(resolve, 3 + (mine % 5)));
      if (request.model === "flaky") return fault.status(503, { message: `busy at number ${mine}.` });
      const turn = request.messages.filter(({ role }) => role === "assistant").length;
      const says = said[request.model]?.[turn] ?? `${request.model} has spoken.`;
      const usage = { inputTokens: mine, outputTokens: 1 };
      // Ids of its own would tell a conversation that was begun again from one that goes on.
      const named = Array.isArray(says) ? says.map((call, index) => ({ ...call, id: `${request.model}_${turn}_${index}` })) : undefined;
      return named === undefined ? reply(says, { usage }) : callTools(named, { usage });
    },
  };
}
