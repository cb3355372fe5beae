import { outputText } from "../agent/tool.ts";
import { startedArm } from "../execute/arm.ts";
import type { Context } from "../execute/context.ts";
import type { Entry } from "../execute/op.ts";
import { emitterOf, type Host } from "../execute/routine.ts";
import type { PromptInput } from "../types/executable.ts";
import type { Member } from "./member.ts";
import { textOf } from "./prompt-text.ts";

/** A member at work: where, on what, and what is made of its answer. */
export interface Delegation {
  readonly key: string;
  /** Below the team's path, for example `turn#2/researcher[0]`. */
  readonly segment: string;
  readonly member: Member;
  /** Its prompt and, for listeners, the task by itself; anything else is handed on as the outcome of its arm, as an `Err` is. */
  readonly ask: (context: Context) => unknown;
  /** What the arm gives, from the answer as the member gave it; the answer as text for a model unless told. */
  readonly answered?: (answer: unknown) => unknown;
}

/** What `ask` gives. */
export class Asked {
  readonly prompt: PromptInput;
  readonly task: string;

  constructor(prompt: PromptInput, task: string = textOf(prompt)) {
    this.prompt = prompt;
    this.task = task;
  }
}

/** The arm in which a member works. Listeners are told as it begins. */
export function delegate(host: Host, { key, segment, member, ask, answered = (answer) => outputText(answer) }: Delegation): Entry {
  const { name, exec } = member;
  return startedArm(host, {
    key,
    name,
    segment,
    exec,
    input: async (context) => {
      const asked = await ask(context);
      if (!(asked instanceof Asked)) return asked;
      emitterOf(context)?.({ type: "team.delegated", path: context.path, step: host.id, member: name, task: asked.task });
      return asked.prompt;
    },
    output: ({ last }) => answered(last),
  });
}
