import { fields, text } from "../model/read.ts";
import { BuildError } from "../plan/build-error.ts";

/**
 * What is used of an AI SDK model of specification v4 (`ai` 7) or v3 (`ai` 6), so that neither version of
 * `@ai-sdk/provider` is part of heddle's types: a project has one of them, and its types know at most that one.
 */
export interface LanguageModel {
  readonly specificationVersion: "v4" | "v3";
  readonly provider: string;
  readonly modelId: string;
  /** By media type, the URLs that the provider reads itself. */
  readonly supportedUrls: PromiseLike<Readonly<Record<string, RegExp[]>>> | Readonly<Record<string, RegExp[]>>;
  // Each version declares options of its own: `never` takes them all, and only `asCallable` calls.
  doGenerate(options: never): PromiseLike<unknown>;
  doStream(options: never): PromiseLike<unknown>;
}

/** The same, as it is called: the options are built for its version. */
export interface CallableModel extends Pick<LanguageModel, "specificationVersion" | "supportedUrls"> {
  doGenerate(options: object): PromiseLike<unknown>;
  doStream(options: object): PromiseLike<unknown>;
}

/** Refuses at once what could only fail at the first request. */
export function checkModel(given: unknown): LanguageModel {
  const expected = "the model of aiSdk() to be a language model of the AI SDK";
  const advice = 'for example aiSdk(openai("gpt-4o")) with openai from @ai-sdk/openai';
  if (typeof given === "string") throw new BuildError(`${expected}, not the name of one`, given, { advice });
  const model = fields(given);
  if (typeof model?.["doGenerate"] !== "function" || typeof model["doStream"] !== "function")
    throw new BuildError(expected, given, { advice });
  const version = model["specificationVersion"];
  if (version !== "v4" && version !== "v3")
    throw new BuildError("the specification version of the model of aiSdk() to be v4 or v3", version, {
      advice: "install a version of its provider that is made for ai 7 or ai 6",
    });
  if (text(model["modelId"]) === undefined)
    throw new BuildError("the model of aiSdk() to have a modelId", model["modelId"], { advice: "give the model a name" });
  return given as LanguageModel;
}

export function asCallable(model: LanguageModel): CallableModel {
  return model as unknown as CallableModel;
}

/** Tells models apart that have one name with two providers. */
export function identityOf({ provider, modelId }: LanguageModel): string {
  return `${provider}:${modelId}`;
}
