import { toMessages } from "../agent/prompt.ts";
import type { Callable } from "../agent/tools/callable.ts";
import { converse } from "../agent/turns.ts";
import { delegate } from "./delegate.ts";
import { Interactions } from "./interactions.ts";
import type { Member } from "./member.ts";
import { instructed, type Mode } from "./mode.ts";
import { readTask, taskJsonSchema, taskOf } from "./task-schema.ts";

/** The leader calls members with tasks, as often as it likes, and answers itself. */
export const coordinate: Mode = (team, host, prompt) => {
  const { leader, members, shareMemberInteractions } = team;
  const interactions = new Interactions(shareMemberInteractions);
  const protocol = [
    `You lead a team. Its members are among your tools: ${members.map(({ name }) => name).join(", ")}.`,
    `Call those whom you need, each with a task. Members called in the same reply work side by side.`,
    shareMemberInteractions
      ? "They see what members before them were asked and answered, but nothing else of this conversation."
      : "They see their task alone and nothing of this conversation, so say in it all that they need.",
    "When you have what you need, give the final answer yourself, made of what they found.",
  ].join(" ");
  const tools = new Map([...leader.tools, ...members.map((member) => [member.name, askable(member, interactions)] as const)]);
  return converse({ ...leader, tools }, host, toMessages(instructed(team, protocol), prompt));
};

function askable(member: Member, interactions: Interactions): Callable {
  const { name, about } = member;
  return {
    spec: { name, description: about, input: taskJsonSchema, strict: true },
    arm(host, { call, key, segment }) {
      const promptFor = interactions.prompter();
      return delegate(host, {
        key,
        segment,
        member,
        ask: async () => (await readTask(name, call)).map((task) => ({ prompt: promptFor(task), task })),
      });
    },
    settled: (call, outcome) => interactions.add(name, taskOf(call), outcome),
  };
}
