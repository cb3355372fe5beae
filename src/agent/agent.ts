import { executablePlan } from "../execute/executable-plan.ts";
import { modelsOf } from "../model/models.ts";
import { BuildError, Shown } from "../plan/build-error.ts";
import { makeExecutable, type RoutineExecutable } from "../plan/executable.ts";
import { checkOptions, noLimits, readCount } from "../plan/limits.ts";
import { checkName } from "../plan/names.ts";
import type { AgentDefinition, AgentFunction } from "../types/constructors.ts";
import type { RunOptions } from "../types/options.ts";
import type { Schema } from "../types/schema.ts";
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
  const { name } = settings;
  const executable: RoutineExecutable = {
    kind: "agent",
    name,
    about: about(settings),
    begin: turns(settings) as RoutineExecutable["begin"],
  };
  const node = Object.freeze({ kind: "step", id: name, exec: executable, limits: noLimits } as const);
  const plan = executablePlan(
    Object.freeze({ name, root: Object.freeze([node]), input: undefined, output: undefined, state: undefined }),
  ) as {
    run(input: unknown, options?: RunOptions): unknown;
  };
  return makeExecutable({ name, run: (input: unknown, options?: RunOptions) => plan.run(input, options) }, executable);
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
    name,
    models,
    instructions,
    ...readTools(given.tools, name),
    answer: given.output === undefined ? undefined : readAnswer(given, name),
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

function readAnswer({ output, jsonSchema }: AgentDefinition<Schema>, name: string): AgentSettings["answer"] {
  const place = `output of agent ${JSON.stringify(name)}`;
  try {
    return { schema: output as Schema, shape: answerSchema(output as Schema, place, jsonSchema) };
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
