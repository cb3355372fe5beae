import { ok } from "neverthrow";
import { toMessages } from "../agent/prompt.ts";
import type { Callable } from "../agent/tools/callable.ts";
import { converse } from "../agent/turns.ts";
import type { PromptInput } from "../types/executable.ts";
import { delegate } from "./delegate.ts";
import type { Member } from "./member.ts";
import { instructed, type Mode } from "./mode.ts";
import { textOf } from "./prompt-text.ts";

/** The leader calls one member, which gets the team's input as it is and whose answer, or failure, is the team's. */
export const route: Mode = (team, host, prompt) => {
  const { leader, members } = team;
  const protocol = [
    `You lead a team and answer nothing yourself. Its members are among your tools: ${members.map(({ name }) => name).join(", ")}.`,
    "Call the one who suits the request best, alone and once. It gets the request as it stands, and its answer is handed on.",
  ].join(" ");
  const tools = new Map([...leader.tools, ...members.map((member) => [member.name, pickable(member, prompt)] as const)]);
  const settings = { ...leader.settings, toolChoice: "required" } as const;
  return converse({ ...leader, tools, settings }, host, toMessages(instructed(team, protocol), prompt));
};

function pickable(member: Member, prompt: PromptInput): Callable {
  const { name, about } = member;
  return {
    spec: { name, description: about, input: nothing, strict: true },
    final: true,
    arm: (host, { key, segment }) =>
      delegate(host, { key, segment, member, ask: () => ok({ prompt, task: textOf(prompt) }), answered: (answer) => answer }),
  };
}

const nothing = /* @__PURE__ */ Object.freeze({ type: "object", properties: {}, required: [], additionalProperties: false });
