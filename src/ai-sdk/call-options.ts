import type {
  JSONSchema7,
  LanguageModelV3CallOptions,
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4ToolChoice,
} from "@ai-sdk/provider";
import type { ModelRequest, ModelSettings, ToolSpec } from "../model/model.ts";
import { schemaName } from "../model/schema-name.ts";
import { identityOf, type LanguageModel } from "./language-model.ts";
import { toPrompt, toPromptV3 } from "./prompt.ts";

/** A request as `doGenerate` and `doStream` of either version take it. */
export function toCallOptions(
  request: ModelRequest,
  model: LanguageModel,
  abortSignal: AbortSignal,
): LanguageModelV4CallOptions | LanguageModelV3CallOptions {
  const options = { ...request.settings?.extra, ...commonOptions(request), abortSignal };
  return model.specificationVersion === "v4"
    ? { ...options, prompt: toPrompt(request.messages, identityOf(model)) }
    : { ...options, prompt: toPromptV3(request.messages, identityOf(model)) };
}

/** What is spelt the same in both versions. */
function commonOptions({ tools = [], output, settings = {} }: ModelRequest): Omit<LanguageModelV3CallOptions, "prompt"> {
  const { temperature, topP, maxOutputTokens, toolChoice } = settings;
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(tools.length > 0 && {
      tools: tools.map(toTool),
      ...(toolChoice !== undefined && { toolChoice: toChoice(toolChoice) }),
    }),
    ...(output !== undefined && {
      responseFormat: { type: "json" as const, name: schemaName(output.name), schema: output.schema as JSONSchema7 },
    }),
  };
}

function toTool({ name, description, input, strict }: ToolSpec): LanguageModelV4FunctionTool {
  return { type: "function", name, description, inputSchema: input as JSONSchema7, ...(strict !== undefined && { strict }) };
}

function toChoice(choice: NonNullable<ModelSettings["toolChoice"]>): LanguageModelV4ToolChoice {
  return typeof choice === "string" ? { type: choice } : { type: "tool", toolName: choice.tool };
}
