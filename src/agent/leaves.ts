import type { Result } from "neverthrow";
import { Fault } from "../execute/outcome/failure.ts";
import { emitterOf, type Host } from "../execute/routine/routine.ts";
import { CALL, Op } from "../execute/values/op.ts";
import type { AgentError, Model, ModelCall, ModelReply, ModelRequest } from "../model/model.ts";
import { issueText } from "../plan/issue-text.ts";
import type { Retry } from "../plan/limits.ts";
import type { StepFailure } from "../types/failure.ts";
import { readAnswer } from "./answer.ts";
import { spendingOf } from "./spending.ts";
import { taped } from "./taped.ts";
import type { AgentSettings } from "./turns.ts";

/** As the `openai` package retries, but seen in the trace and under the step's own policy. */
const modelRetries: Retry = /* @__PURE__ */ Object.freeze({ max: 2, initial: 500, factor: 2, cap: 8_000, jitter: "full", when: undefined });

/** One request to one model, tried again as the step's options say. */
export function modelLeaf(host: Host, model: Model, request: ModelRequest, turn: number, fallback: number): Op {
  const leaf = new Op(CALL, "model", host.id, `turn#${turn}${fallback === 0 ? "" : `[${fallback}]`}`, {
    timeout: host.limits.timeout,
    retry: policy(host.limits.retry ?? modelRetries),
  });
  leaf.spends = spendingOf(model, request);
  leaf.run = (context) => {
    const { signal } = context;
    const traffic = { kind: "model", name: model.name, request } as const;
    const emit = emitterOf(context);
    // What only answers an abort is known by its identity, as in any step.
    const live = async (call: ModelCall): Promise<Result<ModelReply, AgentError>> => {
      const replied = await model.generate(request, call);
      if (signal.aborted && replied.isErr() && replied.error.type === "aborted") throw signal.reason;
      return replied;
    };
    if (emit === undefined) return taped(context, traffic, () => live({ signal }));
    const { attempt, path: call } = context;
    let said = false;
    const onDelta = (delta: string) => {
      said = true;
      emit({ type: "agent.delta", path: host.path, step: host.id, delta, call, attempt });
    };
    return taped(context, traffic, () => live({ signal, onDelta })).then((replied) =>
      // A tape's answer, and that of a model which does not stream, comes in one piece.
      replied.map((reply) => {
        if (!said && reply.text !== "" && !signal.aborted) onDelta(reply.text);
        return reply;
      }),
    );
  };
  return leaf;
}

/** A provider says itself what may pass and when; the user's `when` may only refuse more. */
function policy(retry: Retry): Retry {
  const { when } = retry;
  return {
    ...retry,
    when: (failure) => isRetryable(failure) && (when === undefined || when(failure)),
    after: (failure) => errorOf(failure)?.retryAfterMs,
  };
}

function isRetryable(failure: StepFailure<unknown>): boolean {
  return failure.type === "step_timed_out" || (errorOf(failure)?.retryable ?? false);
}

function errorOf(failure: StepFailure<unknown>): AgentError | undefined {
  return failure.type === "step_failed" && !failure.threw ? (failure.cause as AgentError) : undefined;
}

export type Checked = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: string; readonly value?: undefined };

/** Checks an answer against its schema. One that does not fit is a failure only when it is the last that is asked for. */
export function answerLeaf(host: Host, text: string, { schema, shape }: NonNullable<AgentSettings["answer"]>, last: boolean): Op {
  return decideLeaf(host, "the answer", async (): Promise<Checked> => {
    const read = await readAnswer(text, schema, shape);
    if (read.isOk()) return { value: read.value };
    const { issues, raw } = read.error;
    if (!last) return { issues: issueText(issues) };
    throw new Fault(
      "invalid_output",
      `Expected an answer that fits the agent's output schema: ${issueText(issues.slice(0, 3))}. The model wrote: ${raw}`,
      issues,
      raw,
    );
  });
}

/** Work of the agent's own that is part of its step: no record, no retries. */
export function decideLeaf(host: Host, role: string, run: () => unknown): Op {
  const leaf = new Op(CALL, "agent", host.id, "");
  leaf.run = run;
  leaf.role = role;
  leaf.quiet = leaf.inPlace = true;
  return leaf;
}
