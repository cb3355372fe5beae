import type { Result } from "neverthrow";
import { outputText } from "../agent/tools/tool.ts";
import type { ToolTrouble } from "../agent/tools/trouble.ts";
import { startedArm } from "../execute/routine/arm.ts";
import { emitterOf, type Host } from "../execute/routine/routine.ts";
import type { Entry } from "../execute/values/op.ts";
import type { PromptInput } from "../types/executable.ts";
import type { Member } from "./member.ts";

/** A member at work: where, on what, and what is made of its answer. */
export interface Delegation {
  readonly key: string;
  /** Below the team's path, for example `turn#2/researcher[0]`. */
  readonly segment: string;
  readonly member: Member;
  /** What it is to do; an error where that came to nothing. */
  readonly ask: () => Result<Asked, ToolTrouble> | Promise<Result<Asked, ToolTrouble>>;
  /** What the arm gives, from the answer as the member gave it; the answer as text for a model unless told. */
  readonly answered?: (answer: unknown) => unknown;
}

/** A member's prompt and, for listeners, the task by itself. */
export interface Asked {
  readonly prompt: PromptInput;
  readonly task: string;
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
      const asked = await ask();
      return asked.map(({ prompt, task }) => {
        emitterOf(context)?.({ type: "team.delegated", path: context.path, step: host.id, member: name, task });
        return prompt;
      });
    },
    output: ({ last }) => answered(last),
  });
}
