import { modelsOf } from "../model/models.ts";
import { BuildError, Shown } from "../plan/build-error.ts";
import type { RoutineExecutable } from "../plan/executable.ts";
import { checkOptions, readCount } from "../plan/limits.ts";
import { checkName } from "../plan/names.ts";
import type { AgentDefinition, AgentFunction } from "../types/constructors.ts";
import type { Schema } from "../types/schema.ts";
import { alone } from "./alone.ts";
import type { Guard } from "./guard.ts";
import { answerSchema, SchemaError } from "./schema.ts";
import { readTools } from "./tool-list.ts";
import { type AgentSettings, turns } from "./turns.ts";

const known = ["name", "model", "instructions", "tools", "output", "jsonSchema", "maxTurns", "reasks", "settings", "before", "after"];
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
  const { instructions, maxTurns, reasks, settings } = given;
  if (instructions !== undefined && typeof instructions !== "string")
    throw new BuildError(`the instructions of agent ${JSON.stringify(name)} to be text`, instructions);
  if (settings !== undefined)
    checkOptions(
      settings,
      ["temperature", "topP", "maxOutputTokens", "toolChoice", "extra"],
      undefined,
      `the settings of agent ${JSON.stringify(name)}`,
    );
  return Object.freeze({
    kind: "agent" as const,
    name,
    models,
    instructions,
    ...readTools(given.tools, `agent ${JSON.stringify(name)}`),
    answer: readAnswer(given, `agent ${JSON.stringify(name)}`),
    maxTurns: maxTurns === undefined ? defaultTurns : readCount(maxTurns, `"maxTurns" of agent ${JSON.stringify(name)}`, undefined, 1),
    reasks: reasks === undefined ? defaultReasks : readCount(reasks, `"reasks" of agent ${JSON.stringify(name)}`, undefined, 0),
    settings: settings === undefined ? undefined : Object.freeze({ ...settings }),
    before: readGuard(given.before, "before", name),
    after: readGuard(given.after, "after", name),
  });
}

function readGuard(guard: unknown, hook: "before" | "after", name: string): Guard | undefined {
  if (guard === undefined || typeof guard === "function") return guard as Guard | undefined;
  throw new BuildError(`${JSON.stringify(hook)} of agent ${JSON.stringify(name)} to be a function`, guard);
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
    if (!(thrown instanceof SchemaError)) throw thrown;
    throw new BuildError(`${place} to be a schema that a model can be held to`, new Shown(thrown.message));
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
