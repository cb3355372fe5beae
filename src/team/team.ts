import { readAnswer, readRequests } from "../agent/agent.ts";
import { alone } from "../agent/alone.ts";
import { guarded, readGuards } from "../agent/guard.ts";
import { readTools } from "../agent/tools/list.ts";
import { modelsOf } from "../model/models.ts";
import { needsEnvironment } from "../model/openai.ts";
import { BuildError, Shown } from "../plan/build-error.ts";
import type { RoutineExecutable } from "../plan/executable.ts";
import { checkOptions, readChoice, readCount } from "../plan/limits.ts";
import { checkName } from "../plan/names.ts";
import type { TeamFunction } from "../types/constructors.ts";
import type { Schema } from "../types/schema.ts";
import type { TeamDefinition, TeamMembers, TeamMode } from "../types/team.ts";
import { collaborate } from "./collaborate.ts";
import { coordinate } from "./coordinate.ts";
import { readMembers } from "./member.ts";
import type { Mode, TeamSettings } from "./mode.ts";
import { route } from "./route.ts";
import { planTool, tasks } from "./tasks.ts";

const modes: Readonly<Record<TeamMode, Mode>> = { coordinate, route, collaborate, tasks };
const known = [
  "name",
  "model",
  "members",
  "mode",
  "instructions",
  "output",
  "jsonSchema",
  "maxIterations",
  "shareMemberInteractions",
  "tools",
  "reasks",
  "settings",
  "before",
  "after",
];
const defaultIterations = 10;

// Loose for the same reason as `workflow`: the precise signature is `TeamFunction`.
export const team = ((definition: unknown) => {
  if (definition === undefined)
    throw new BuildError("team() to be given what it is made of", definition, {
      advice: 'for example team({ name: "desk", model: "gpt-4o", members: { researcher, writer } })',
    });
  const given = checkOptions(definition, known, undefined, "the options of team()") as unknown as Definition;
  const settings = readTeam(given);
  const { leader, members } = settings;
  const mode = readMode(given.mode, leader.name);
  return alone({
    kind: "team",
    name: leader.name,
    about: {
      mode,
      model: leader.models.map(({ name }) => name),
      members: members.map(({ name }) => name),
      ...(leader.tools.size === 0 ? {} : { tools: [...leader.tools.keys()] }),
      ...(leader.sources.length === 0 ? {} : { toolSources: leader.sources.length }),
      ...(leader.answer === undefined ? {} : { answers: "structured" }),
    },
    instructions: leader.instructions,
    needsEnvironment: needsEnvironment(leader.models[0]) || members.some(({ exec }) => exec.needsEnvironment === true),
    begin: guarded(settings, (host, prompt) => modes[mode](settings, host, prompt)) as RoutineExecutable["begin"],
  });
}) as unknown as TeamFunction;

type Definition = TeamDefinition<TeamMembers, TeamMode, Schema>;

function readTeam(given: Definition): TeamSettings {
  const name = checkName(given.name, "a team's name");
  const owner = `team ${JSON.stringify(name)}`;
  const { instructions, maxIterations, mode, shareMemberInteractions = false } = given;
  if (instructions !== undefined && typeof instructions !== "string")
    throw new BuildError(`the instructions of ${owner} to be text`, instructions);
  if (typeof shareMemberInteractions !== "boolean")
    throw new BuildError(`"shareMemberInteractions" of ${owner} to be true or false`, shareMemberInteractions);
  if (mode === "route" && given.output !== undefined)
    throw new BuildError(`${owner} to have no output of its own in route mode`, given.output, {
      advice: "the answer is a member's: give the members an output",
    });
  const members = readMembers(given.members, owner);
  const { tools, sources } = readTools(given.tools, owner);
  const clash = members.find((member) => tools.has(member.name));
  if (clash !== undefined)
    throw new BuildError(
      `the tools and the members of ${owner} to have different names`,
      new Shown(`two called ${JSON.stringify(clash.name)}`),
    );
  if (mode === "tasks" && tools.has(planTool))
    throw new BuildError(
      `the tools of ${owner} to leave the name ${JSON.stringify(planTool)} to the one that its leader plans with`,
      new Shown("one called so"),
    );
  const leader = Object.freeze({
    kind: "team" as const,
    name,
    models: modelsOf(given.model, `the model of ${owner}`),
    instructions,
    tools,
    sources,
    answer: readAnswer(given, owner),
    maxTurns: maxIterations === undefined ? defaultIterations : readCount(maxIterations, `"maxIterations" of ${owner}`, undefined, 1),
    ...readRequests(given, owner),
  });
  return Object.freeze({ leader, members, shareMemberInteractions, ...readGuards(given, owner) });
}

function readMode(mode: unknown, name: string): TeamMode {
  return mode === undefined
    ? "coordinate"
    : readChoice(mode, `"mode" of team ${JSON.stringify(name)}`, undefined, Object.keys(modes) as TeamMode[]);
}
