import { ok } from "neverthrow";
import { toMessages } from "../agent/prompt.ts";
import { reasonOf, type Settled } from "../agent/tools/callable.ts";
import { converse } from "../agent/turns.ts";
import { Failed, withSuppressed } from "../execute/outcome/failure.ts";
import { GROUP, Op } from "../execute/values/op.ts";
import { encodeSegment } from "../plan/names.ts";
import { delegate } from "./delegate.ts";
import { instructed, type Mode } from "./mode.ts";
import { textOf } from "./prompt-text.ts";

const protocol =
  "You lead a team. Its members have worked on the same request, side by side; what each of them says is labelled with its name. Give the final answer, made of what they say.";

/** All members work on the team's input at once; the leader answers from what they say. */
export const collaborate: Mode = function* (team, host, prompt) {
  const { leader, members } = team;
  const group = new Op(GROUP, "team", host.id, "");
  group.mode = "settle";
  group.quiet = group.inPlace = true;
  group.entries = members.map((member) =>
    delegate(host, { key: member.name, segment: encodeSegment(member.name), member, ask: () => ok({ prompt, task: textOf(prompt) }) }),
  );
  const outcomes = yield group;
  if (Failed.is(outcomes)) return outcomes;
  const settled = members.map(({ name }) => ({ name, outcome: (outcomes as Readonly<Record<string, Settled>>)[name] as Settled }));
  const [first, ...others] = settled.flatMap(({ outcome }) => (outcome.ok ? [] : [outcome.error]));
  if (first !== undefined && others.length === members.length - 1) return new Failed(withSuppressed(first, others));
  const sections = settled
    .map(({ name, outcome }) => `[${name}]: ${outcome.ok ? outcome.value : `(no answer: ${reasonOf(outcome.error)})`}`)
    .join("\n\n");
  return yield* converse(leader, host, [...toMessages(instructed(team, protocol), prompt), { role: "user", content: sections }]);
};
