import { modelsOf } from "../model/models.ts";
import { needsEnvironment } from "../model/openai.ts";
import { BuildError } from "../plan/build-error.ts";
import type { RoutineExecutable } from "../plan/executable.ts";
import { checkOptions, readCount } from "../plan/limits.ts";
import { checkName } from "../plan/names.ts";
import type { AgentDefinition, AgentFunction } from "../types/constructors.ts";
import type { Schema } from "../types/schema.ts";
import { alone } from "./alone.ts";
import { readGuards } from "./guard.ts";
import { answerSchema, schemaMistake } from "./schema/schema.ts";
import { readTools } from "./tools/list.ts";
import { type AgentSettings, turns } from "./turns.ts";

const known = ["name", "model", "instructions", "tools", "output", "jsonSchema", "maxTurns", "reasks", "settings", "before", "after"];
const knownSettings = ["temperature", "topP", "maxOutputTokens", "toolChoice", "extra"];
const defaultTurns = 10;
const defaultReasks = 1;

// Loose for the same reason as `workflow`: the precise signature is `AgentFunction`.
export const agent = ((definition: unknown) => {
  const settings = readAgent(definition);
  return alone({
    kind: "agent",
    name: settings.name,
    about: about(settings),
    instructions: settings.instructions,
    needsEnvironment: needsEnvironment(settings.models[0]),
    begin: turns(settings) as RoutineExecutable["begin"],
  });
}) as unknown as AgentFunction;

function readAgent(definition: unknown): AgentSettings {
  if (definition === undefined)
    throw new BuildError("agent() to be given what it is made of", definition, {
      advice: 'for example agent({ model: "gpt-4o", instructions: "…" })',
    });
  const given = checkOptions(definition, known, undefined, "the options of agent()") as unknown as AgentDefinition<Schema>;
  const models = modelsOf(given.model, "the model of agent()");
  const name = checkName(given.name ?? models[0]?.name, "an agent's name");
  const owner = `agent ${JSON.stringify(name)}`;
  const { instructions, maxTurns } = given;
  if (instructions !== undefined && typeof instructions !== "string")
    throw new BuildError(`the instructions of ${owner} to be text`, instructions);
  return Object.freeze({
    kind: "agent" as const,
    name,
    models,
    instructions,
    ...readTools(given.tools, owner),
    answer: readAnswer(given, owner),
    maxTurns: maxTurns === undefined ? defaultTurns : readCount(maxTurns, `"maxTurns" of ${owner}`, undefined, 1),
    ...readRequests(given, owner),
    ...readGuards(given, owner),
  });
}

/** What an agent and a team's leader have in common: how requests are made, and how often an answer is asked for again. */
export function readRequests(
  { settings, reasks }: Pick<AgentDefinition<Schema>, "settings" | "reasks">,
  owner: string,
): Pick<AgentSettings, "settings" | "reasks"> {
  if (settings !== undefined) checkOptions(settings, knownSettings, undefined, `the settings of ${owner}`);
  return {
    settings: settings === undefined ? undefined : Object.freeze({ ...settings }),
    reasks: reasks === undefined ? defaultReasks : readCount(reasks, `"reasks" of ${owner}`, undefined, 0),
  };
}

/** The shape of an agent's or a team's (`owner`, for messages) answer, if it has one. */
export function readAnswer(
  { output, jsonSchema }: Pick<AgentDefinition<Schema>, "output" | "jsonSchema">,
  owner: string,
): AgentSettings["answer"] {
  if (output === undefined) return undefined;
  const place = `output of ${owner}`;
  try {
    return { schema: output, shape: answerSchema(output, place, jsonSchema) };
  } catch (thrown) {
    throw schemaMistake(thrown);
  }
}

function about({ models, tools, sources, answer }: AgentSettings): RoutineExecutable["about"] {
  return {
    model: models.map(({ name }) => name),
    ...(tools.size === 0 ? {} : { tools: [...tools.keys()] }),
    ...(sources.length === 0 ? {} : { toolSources: sources.length }),
    ...(answer === undefined ? {} : { answers: "structured" }),
  };
}
