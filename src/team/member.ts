import { BuildError } from "../plan/build-error.ts";
import { cut } from "../plan/cut.ts";
import { executableOf, type RoutineExecutable } from "../plan/executable.ts";
import { checkName } from "../plan/names.ts";

/** Who can be asked: an agent or a team, by the name that the leader has for it. */
export interface Member {
  readonly name: string;
  readonly exec: RoutineExecutable;
  /** What the leader is told of it. */
  readonly about: string;
}

const mostInstructions = 1_000;

/** A team's members, checked, in the order in which they were given. */
export function readMembers(given: unknown, owner: string): readonly Member[] {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new BuildError(`the members of ${owner} to be an object of agents and teams by name`, given, {
      advice: "for example { researcher, writer }",
    });
  const members = Object.entries(given).map(([name, value]) => readMember(name, value, owner));
  if (members.length === 0) throw new BuildError(`${owner} to have at least one member`, given);
  return Object.freeze(members);
}

function readMember(name: string, value: unknown, owner: string): Member {
  checkName(name, `a member's name in ${owner}`);
  if (!/^[\w-]{1,64}$/.test(name))
    throw new BuildError(`a member's name in ${owner} to be 1 to 64 letters, digits, _ and -`, name, {
      advice: "models can call no other names",
    });
  const exec = executableOf(value);
  if (exec?.kind !== "agent" && exec?.kind !== "team")
    throw new BuildError(`member ${JSON.stringify(name)} of ${owner} to be made with agent() or team()`, value, {
      advice: exec?.kind === "plan" ? "a plan goes to the leader's tools, with asTool()" : undefined,
    });
  return Object.freeze({ name, exec, about: aboutOf(exec) });
}

function aboutOf({ kind, instructions, about }: RoutineExecutable): string {
  const { tools, members } = about;
  return [
    kind === "team" ? `A team${named(" of ", members)}.` : "An agent.",
    ...(instructions === undefined ? [] : [cut(instructions, mostInstructions)]),
    ...(tools === undefined ? [] : [`It has tools of its own: ${named("", tools)}.`]),
  ].join(" ");
}

function named(before: string, names: string | number | readonly string[] | undefined): string {
  return Array.isArray(names) ? `${before}${names.join(", ")}` : "";
}
