import { err } from "neverthrow";
import { Failed } from "../execute/outcome/failure.ts";
import type { Host, Routine } from "../execute/routine/routine.ts";
import type { Op } from "../execute/values/op.ts";
import type { AgentError, Message, Model, ModelReply, ModelSettings } from "../model/model.ts";
import type { Schema } from "../types/schema.ts";
import { type Guards, guarded } from "./guard.ts";
import { answerLeaf, type Checked, decideLeaf, modelLeaf } from "./leaves.ts";
import { toMessages } from "./prompt.ts";
import type { ModelSchema } from "./schema/schema.ts";
import { type Callables, callGroup, isRefusal, resultMessage, type Settled } from "./tools/callable.ts";
import type { ToolSource } from "./tools/source.ts";
import { withSources } from "./tools/sources.ts";

/** What an agent is made of, checked and with every default filled in. */
export interface AgentSettings extends Asking, Guards {}

/** What an agent needs for its turns. */
export interface Asking {
  /** A team's leader is an agent that goes by its team's name. */
  readonly kind: "agent" | "team";
  readonly name: string;
  /** At least one; the next is asked when one fails in a way that may pass. */
  readonly models: readonly Model[];
  readonly instructions: string | undefined;
  readonly tools: Callables;
  /** What is asked for more tools when the agent begins. */
  readonly sources: readonly ToolSource[];
  readonly answer: { readonly schema: Schema; readonly shape: ModelSchema } | undefined;
  readonly maxTurns: number;
  /** How often an answer that does not fit its schema is asked for again. */
  readonly reasks: number;
  readonly settings: ModelSettings | undefined;
}

/**
 * An agent's turns: ask the model, run the tools that it calls, tell it what they gave, until it answers. Every request
 * and every tool call is an operation of its own, so that the executor gives each its permit, retries, signal and record.
 */
export function turns(agent: AgentSettings): Routine {
  return guarded(agent, (host, prompt) => converse(agent, host, toMessages(agent.instructions, prompt)));
}

/** The turns themselves, from a conversation's first messages to the answer. */
export function* converse(agent: Asking, host: Host, start: readonly Message[]): Generator<Op, unknown, unknown> {
  const messages = [...start];
  const tools = yield* withSources(host, agent.tools, agent.sources);
  if (Failed.is(tools)) return tools;
  const finals = [...tools].flatMap(([name, { final }]) => (final ? [name] : []));
  let asked = 0;
  let { settings } = agent;
  for (let turn = 1; turn <= agent.maxTurns; turn++) {
    const reply = yield* ask(agent, host, { messages, tools, settings }, turn);
    if (Failed.is(reply)) return reply;
    const { text, toolCalls, carried } = reply as ModelReply;
    const said: Message = { role: "assistant", content: text, toolCalls, ...(carried !== undefined && { carried }) };
    if (toolCalls.length > 0) {
      const results = yield callGroup(host, tools, toolCalls, turn);
      if (Failed.is(results)) return results;
      const settled = toolCalls.map((_, index) => (results as Readonly<Record<string, Settled>>)[index] as Settled);
      const last = toolCalls.length === 1 && finals.includes(toolCalls[0]?.name ?? "") ? settled[0] : undefined;
      if (last?.ok) return last.value;
      if (last !== undefined && !isRefusal(last.error)) return new Failed(last.error);
      for (const [index, call] of toolCalls.entries()) tools.get(call.name)?.settled?.(call, settled[index] as Settled);
      messages.push(said, ...toolCalls.map((call, index) => resultMessage(call, settled[index])));
      // It has called what it had to: held to that any longer, it could never answer.
      if (finals.length === 0) settings = unforced(settings);
      continue;
    }
    if (finals.length > 0) {
      messages.push(said, { role: "user", content: `That is no answer: call one of ${finals.join(", ")}, and nothing else.` });
      continue;
    }
    if (agent.answer === undefined) return text;
    const last = asked === agent.reasks || turn === agent.maxTurns;
    const checked = yield answerLeaf(host, text, agent.answer, last);
    if (Failed.is(checked)) return checked;
    const { issues, value } = checked as Checked;
    if (issues === undefined) return value;
    asked++;
    messages.push(said, {
      role: "user",
      content: `That answer does not fit the schema. Correct this, and answer again with nothing but the JSON:\n${issues}`,
    });
  }
  return yield decideLeaf(host, "", () => err(tooManyTurns(agent)));
}

interface Conversation {
  readonly messages: readonly Message[];
  readonly tools: Callables;
  readonly settings: ModelSettings | undefined;
}

function unforced(settings: ModelSettings | undefined): ModelSettings | undefined {
  const { toolChoice, ...rest } = settings ?? {};
  return toolChoice === "required" || typeof toolChoice === "object" ? rest : settings;
}

/** One turn's reply: from the first model, or from the next where one failed in a way that may pass. */
function* ask(agent: Asking, host: Host, { messages, tools, settings }: Conversation, turn: number): Generator<Op, unknown, unknown> {
  const request = {
    messages: [...messages],
    ...(tools.size === 0 ? {} : { tools: [...tools.values()].map(({ spec }) => spec) }),
    ...(agent.answer === undefined ? {} : { output: { name: agent.name, schema: agent.answer.shape.schema } }),
    ...(settings === undefined ? {} : { settings }),
  };
  let reply: unknown;
  for (const [index, model] of agent.models.entries()) {
    reply = yield modelLeaf(host, model, request, turn, index);
    if (!Failed.is(reply) || !mayPass(reply)) return reply;
  }
  return reply;
}

function mayPass({ failure }: Failed): boolean {
  if (failure.type === "step_timed_out") return true;
  return failure.type === "step_failed" && !failure.threw && (failure.cause as AgentError).retryable;
}

function tooManyTurns({ kind, name, maxTurns }: Asking): AgentError {
  const who = `${kind} ${JSON.stringify(name)}`;
  return kind === "agent"
    ? {
        type: "max_turns",
        message: `Expected ${who} to answer within ${maxTurns} turns, got tool calls to the last: raise maxTurns, or tell the agent when to stop`,
        retryable: false,
      }
    : {
        type: "max_iterations",
        message: `Expected ${who} to answer within ${maxTurns} turns of its leader, got none: raise maxIterations, or tell the leader when to stop`,
        retryable: false,
      };
}
