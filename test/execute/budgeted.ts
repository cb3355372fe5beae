// Runs whose agents ask a model that a test answers for, request by request.
import { agent, type Model, type ModelReply, type Usage } from "heddle";
import { ok } from "neverthrow";
import { ScriptedRun } from "./scripted-port.ts";

export const model: Model = {
  name: "paper",
  generate: () => {
    throw new Error("Expected no model to be called");
  },
};

/** An agent whose request has one user message, "in", and so always the same size. */
export const asks = (maxOutputTokens: number) => agent({ model, settings: { maxOutputTokens } });
export const requestTokens = Math.ceil(JSON.stringify([[{ role: "user", content: "in" }], null, null]).length / 4);

export function usage(inputTokens: number, outputTokens: number): Usage {
  const totalTokens = inputTokens + outputTokens;
  return { inputTokens, cachedInputTokens: 0, outputTokens, reasoningTokens: 0, totalTokens, modelCalls: 1 };
}

export const replied = (tokens: number) => ok<ModelReply>({ text: "said", toolCalls: [], usage: usage(tokens, 0) });

/** Answers what agents do besides asking models, so that only requests are left. */
export function start(plan: unknown, options: ConstructorParameters<typeof ScriptedRun>[1]): ScriptedRun {
  const run = new ScriptedRun(plan, options).start();
  prompts(run);
  return run;
}

export function prompts(run: ScriptedRun): void {
  for (let key = others(run); key !== undefined; key = others(run)) run.returns(key, "in");
}

function others(run: ScriptedRun): string | undefined {
  return [...run.calls.keys()].find((key) => !key.includes("turn#") && !key.includes("held"));
}

export const requests = (run: ScriptedRun) => [...run.calls.keys()].sort();
