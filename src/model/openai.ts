import { err, type Result } from "neverthrow";
import { BuildError } from "../plan/build-error.ts";
import { checkOptions, readChoice, readTimeout } from "../plan/limits.ts";
import { type Deadline, startDeadline } from "./deadline.ts";
import { thrownTrouble } from "./errors.ts";
import type { AgentError, Model, ModelCall, ModelReply, ModelRequest } from "./model.ts";
import { chat } from "./openai/chat/chat.ts";
import { endpoint, keepSecretsOf, type OpenAIClient } from "./openai/client.ts";
import { type Exchange, receive, receiveStream } from "./openai/exchange.ts";
import { responses } from "./openai/responses/responses.ts";
import { judge, type RawReply, withCarried } from "./raw-reply.ts";
import { keepSecret } from "./secrets.ts";
import { aborted, stoppedBy } from "./stopped.ts";
import { type Trouble, toAgentError } from "./trouble.ts";

export type { OpenAIClient } from "./openai/client.ts";

/** How a model is reached. */
export interface OpenAIOptions {
  /** A client of your own, `new OpenAI(…)` or `new AzureOpenAI(…)`. Its retries are switched off: the step's policy decides. */
  readonly client?: OpenAIClient;
  /**
   * "responses" where the server is OpenAI's own, else "chat", which every compatible server speaks (Ollama, vLLM,
   * LM Studio, llama.cpp).
   */
  readonly api?: "responses" | "chat";
  /** OPENAI_API_KEY unless told, read at each call. */
  readonly apiKey?: string;
  /** OPENAI_BASE_URL unless told, read at each call. With a base URL, no key is needed. */
  readonly baseURL?: string;
  /** Ms for one request, all of its reply included; 600,000 unless told. */
  readonly timeout?: number;
  /** Ms between two events of a streamed reply; 300,000 unless told, since a model that reasons may be silent for minutes. */
  readonly idleTimeout?: number;
}

const known = ["client", "api", "apiKey", "baseURL", "timeout", "idleTimeout"];

/**
 * A model behind one of OpenAI's two APIs, through the `openai` package, which loads at the first call.
 *
 * @example
 * const writer = agent({ model: openai("gpt-4o"), instructions: "You are a technical writer." });
 * const local = openai("llama3.2", { baseURL: "http://localhost:11434/v1" });
 */
export function openai(name: string, options: OpenAIOptions = {}): Model {
  if (typeof name !== "string" || name.trim() === "")
    throw new BuildError("the name of a model to be text", name, { advice: 'for example openai("gpt-4o")' });
  const place = `the options of openai(${JSON.stringify(name)})`;
  checkOptions(options, known, undefined, place);
  const { client, api, apiKey, baseURL } = options;
  if (api !== undefined) readChoice(api, `${place}: api`, undefined, ["responses", "chat"]);
  for (const [key, value] of Object.entries({ apiKey, baseURL })) {
    if (value !== undefined && typeof value !== "string") throw new BuildError(`${place}: ${key} to be text`, value);
    if (value !== undefined && client !== undefined)
      throw new BuildError(`${place} to have a client or ${key}, not both`, value === apiKey ? "an apiKey" : value, {
        advice: `set ${key} on the client`,
      });
  }
  if (client !== undefined && (typeof client !== "object" || client === null))
    throw new BuildError(`${place}: client to be an OpenAI client`, client);
  const { timeout = 600_000, idleTimeout = 300_000 } = options;
  const total = readTimeout(timeout, undefined);
  const idle = readTimeout(idleTimeout, undefined);
  if (apiKey !== undefined) keepSecret(apiKey);
  if (client !== undefined) keepSecretsOf(client);
  const settings: Settings = { name, options: { ...options }, total, idle };
  const model: Model = Object.freeze({ name, generate: (request: ModelRequest, call: ModelCall) => generate(settings, request, call) });
  if (client === undefined && apiKey === undefined && baseURL === undefined) bare.add(model);
  return model;
}

const bare = new WeakSet<Model>();

/** Whether a model has all that it needs from the environment: without OPENAI_API_KEY and OPENAI_BASE_URL it answers nothing. */
export function needsEnvironment(model: Model | undefined): boolean {
  return model !== undefined && bare.has(model);
}

interface Settings {
  readonly name: string;
  readonly options: OpenAIOptions;
  readonly total: number;
  readonly idle: number;
}

async function generate(
  { name, options, ...limits }: Settings,
  request: ModelRequest,
  call: ModelCall,
): Promise<Result<ModelReply, AgentError>> {
  let requestId: string | undefined;
  const word = (trouble: Trouble) => toAgentError({ ...(requestId !== undefined && { requestId }), ...trouble }, name);
  let deadline: Deadline | undefined;
  try {
    const found = await endpoint(options);
    if (found.isErr()) return err(word(found.error));
    if (call.signal.aborted) return err(word(aborted));
    const api = options.api ?? (found.value.own ? "responses" : "chat");
    const protocol = api === "chat" ? chat : responses;
    const body = protocol.body({ model: name, request, own: found.value.own, stream: call.onDelta !== undefined });
    // Only now: loading the package must not count as the server's time.
    deadline = startDeadline(call.signal, limits);
    const received = await ask(
      { api, protocol, endpoint: found.value, body, deadline, timeout: limits.total, identified: (id) => (requestId = id) },
      call,
    );
    const stopped = stoppedBy(call.signal, deadline, limits, "openai()");
    if (stopped !== undefined) return err(word(stopped));
    return received
      .andThen((raw) => judge(raw, request.messages).map((reply) => withCarried(reply, raw, name)))
      .map((reply) => Object.freeze({ ...reply, ...(requestId !== undefined && { requestId }) }))
      .mapErr(word);
  } catch (thrown) {
    return err(word(stoppedBy(call.signal, deadline, limits, "openai()") ?? thrownTrouble(thrown)));
  } finally {
    deadline?.close();
  }
}

function ask(exchange: Exchange, { onDelta }: ModelCall): Promise<Result<RawReply, Trouble>> {
  if (onDelta === undefined) return receive(exchange);
  return receiveStream(exchange, (text) => {
    try {
      onDelta(text);
    } catch {
      // A listener that throws must not cost the reply that is being paid for.
    }
  });
}
