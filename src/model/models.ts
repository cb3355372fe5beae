import { BuildError } from "../plan/build-error.ts";
import type { Model } from "./model.ts";
import { openai } from "./openai.ts";
import { fields } from "./read.ts";

/** What an agent takes as its model: a name, a model, or several of them, of which the next is tried on a retryable error. */
export type ModelChoice = string | Model | readonly (string | Model)[];

/** The models that a choice means, at least one. A name is a model of the `openai` package. */
export function modelsOf(choice: ModelChoice, place = "the model"): readonly Model[] {
  const given: readonly unknown[] = Array.isArray(choice) ? choice : [choice];
  if (given.length === 0) throw new BuildError(`${place} to be a name, a Model, or a list of them`, choice);
  return Object.freeze(given.map((one) => toModel(one, place)));
}

function toModel(given: unknown, place: string): Model {
  if (typeof given === "string" && given.trim() !== "") return openai(given);
  const model = fields(given);
  if (typeof model?.["generate"] === "function" && typeof model["name"] === "string") return given as Model;
  throw new BuildError(`${place} to be a name, a Model, or a list of them`, given, { advice: 'for example "gpt-4o" or openai("gpt-4o")' });
}
