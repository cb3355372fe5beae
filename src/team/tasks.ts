import { ok } from "neverthrow";
import { decideLeaf } from "../agent/leaves.ts";
import { toMessages } from "../agent/prompt.ts";
import { type Callable, type Called, refusedArm, type Settled } from "../agent/tools/callable.ts";
import { checkArguments } from "../agent/tools/tool.ts";
import { refused } from "../agent/tools/trouble.ts";
import { converse } from "../agent/turns.ts";
import { Failed } from "../execute/outcome/failure.ts";
import { startedArm } from "../execute/routine/arm.ts";
import type { Host } from "../execute/routine/routine.ts";
import { type Entry, GROUP, Op } from "../execute/values/op.ts";
import type { RoutineExecutable } from "../plan/executable.ts";
import { encodeSegment } from "../plan/names.ts";
import { delegate } from "./delegate.ts";
import { Interactions } from "./interactions.ts";
import type { Member } from "./member.ts";
import { instructed, type Mode, type TeamSettings } from "./mode.ts";
import { type PlannedTask, planJsonSchema, planSchema } from "./plan-schema.ts";
import { TaskList } from "./task-list.ts";

/** The one tool by which a leader plans: it adds tasks, has them done, and gives their results. */
export const planTool = "plan_tasks";

/** The leader plans tasks that depend on each other; each begins when those before it are done, and gets their results. */
export const tasks: Mode = (team, host, prompt) => {
  const { leader, members } = team;
  const protocol = [
    "You lead a team and keep its list of tasks. The members are:",
    ...members.map(({ name, about }) => `- ${name}: ${about}`),
    `Plan with ${planTool}: one call with all the tasks that you know of. Tasks that do not depend on each other are done side by side; each begins when all that it depends on are done, and is given their results and nothing else of this conversation.`,
    "You are told what came of them. Plan further tasks as you need them. One that has failed may be planned again under its id, with another member or in other words, and what waits for it goes on.",
    "When you have what you need, give the final answer yourself, without calling a tool.",
  ].join("\n");
  const tools = new Map<string, Callable>([...leader.tools, [planTool, new Planning(team, host)]]);
  return converse({ ...leader, tools }, host, toMessages(instructed(team, protocol), prompt));
};

/** The tasks of one run of a team, and the tool that plans and does them. */
class Planning implements Callable {
  readonly spec: Callable["spec"];
  readonly #team: Host;
  readonly #members: ReadonlyMap<string, Member>;
  readonly #list: TaskList;
  readonly #interactions: Interactions;
  /** A plan was called for in this reply. */
  #underWay = false;

  constructor({ members, shareMemberInteractions }: TeamSettings, team: Host) {
    const names = members.map(({ name }) => name);
    this.spec = {
      name: planTool,
      description: "Plans tasks, has them done and tells what came of them.",
      input: planJsonSchema(names),
      strict: true,
    };
    this.#team = team;
    this.#members = new Map(members.map((member) => [member.name, member]));
    this.#list = new TaskList(names);
    this.#interactions = new Interactions(shareMemberInteractions);
  }

  arm(host: Host, called: Called): Entry {
    if (this.#underWay)
      return refusedArm(host, called, `Nothing was planned by this call: call ${planTool} once in a reply, with all the tasks.`);
    this.#underWay = true;
    const { call, key, segment } = called;
    return startedArm(host, {
      key,
      name: planTool,
      segment,
      kind: "tool",
      exec: {
        kind: "team",
        name: planTool,
        about: {},
        begin: (inner: Host, planned) => this.#work(inner, planned as readonly PlannedTask[]),
      } as RoutineExecutable,
      input: async () => {
        const planned = await checkArguments({ name: planTool, input: planSchema, wrapped: false }, call.arguments);
        return planned.isErr() ? refused(planned.error) : planned.value;
      },
    });
  }

  settled(): void {
    this.#underWay = false;
  }

  /** Plans, does what can be done, and gives the report. */
  *#work(inner: Host, planned: readonly PlannedTask[]): Generator<Op, unknown, unknown> {
    const added = this.#list.add(planned);
    if (added.isErr()) return yield decideLeaf(inner, "", () => refused(added.error));
    // Also what was planned before, and goes on now: nothing that is not done is forgotten.
    const { open } = this.#list;
    const begin = (): readonly Entry[] => {
      const begun = this.#list.begin((id) => `${inner.path}/${encodeSegment(id)}`).map((task) => this.#delegated(task));
      this.#team.note(this.#list.tasks);
      return begun;
    };
    const group = new Op(GROUP, "team", this.#team.id, "");
    group.mode = "settle";
    group.quiet = group.inPlace = true;
    group.entries = begin();
    group.grow = (id, outcome) => {
      const { member, task } = this.#list.settle(id, outcome as Settled);
      this.#interactions.add(member, task, outcome as Settled);
      return begin();
    };
    const outcomes = yield group;
    return Failed.is(outcomes) ? outcomes : this.#list.report(open);
  }

  #delegated({ id, member, task, dependsOn }: PlannedTask): Entry {
    const results = dependsOn.map((other) => `[${other}]: ${this.#list.resultOf(other)}`);
    const whole = results.length === 0 ? task : `${task}\n\nWhat was done before:\n\n${results.join("\n\n")}`;
    const prompt = this.#interactions.prompter()(whole);
    return delegate(this.#team, {
      key: id,
      segment: encodeSegment(id),
      member: this.#members.get(member) as Member,
      ask: () => ok({ prompt, task }),
    });
  }
}
