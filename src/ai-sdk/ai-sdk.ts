import { err, type Result } from "neverthrow";
import { type Deadline, type Limits, startDeadline } from "../model/deadline.ts";
import type { AgentError, Model, ModelCall, ModelReply, ModelRequest } from "../model/model.ts";
import { judge, type RawReply, withCarried } from "../model/raw-reply.ts";
import { fields, text } from "../model/read.ts";
import { keepSecret } from "../model/secrets.ts";
import { aborted, stoppedBy } from "../model/stopped.ts";
import { type Trouble, toAgentError } from "../model/trouble.ts";
import { BuildError } from "../plan/build-error.ts";
import { checkOptions, readTimeout } from "../plan/limits.ts";
import { toCallOptions } from "./call-options.ts";
import { providerTrouble } from "./errors.ts";
import { readGenerated } from "./generated.ts";
import { headersOf, requestIdOf } from "./headers.ts";
import { asCallable, type CallableModel, checkModel, identityOf, type LanguageModel } from "./language-model.ts";
import { readStreamed } from "./streamed.ts";
import { unreadUrl } from "./unread-url.ts";
import { printOnce, warningTexts } from "./warnings.ts";
import { within } from "./within.ts";

export interface AiSdkOptions {
  /** Ms for one request, all of its reply included; 600,000 unless told. */
  readonly timeout?: number;
  /** Ms between two parts of a streamed reply; 300,000 unless told, since a model that reasons may be silent for minutes. */
  readonly idleTimeout?: number;
  /** Texts that no error may show. Those of environment variables that are named like keys and tokens are known anyway. */
  readonly secrets?: readonly string[];
  /** Told what the provider did otherwise than asked, such as a setting that its model does not know. A process warning unless told. */
  readonly onWarning?: (warning: string) => void;
}

/**
 * A language model of the Vercel AI SDK, specification v4 (`ai` 7) or v3 (`ai` 6), as a model for agents.
 *
 * It makes one request, with none of the SDK's retries: the step's policy decides. `settings.extra` goes into the SDK's
 * call options as it is: `{ seed: 7, providerOptions: { openai: { reasoningEffort: "low" } } }`.
 *
 * @example
 * import { anthropic } from "@ai-sdk/anthropic";
 *
 * const writer = agent({ model: aiSdk(anthropic("claude-sonnet-4-5")), instructions: "You are a technical writer." });
 */
export function aiSdk(model: LanguageModel, options: AiSdkOptions = {}): Model {
  const { modelId: name } = checkModel(model);
  const place = `the options of aiSdk(${JSON.stringify(name)})`;
  checkOptions(options, ["timeout", "idleTimeout", "secrets", "onWarning"], undefined, place);
  const { timeout = 600_000, idleTimeout = 300_000, secrets = [], onWarning } = options;
  if (onWarning !== undefined && typeof onWarning !== "function") throw new BuildError(`${place}: onWarning to be a function`, onWarning);
  if (!Array.isArray(secrets) || secrets.some((secret) => typeof secret !== "string"))
    throw new BuildError(`${place}: secrets to be a list of texts`, "something else");
  for (const secret of secrets) keepSecret(secret);
  const settings: Settings = {
    model,
    warn: onWarning ?? printOnce(name),
    limits: {
      total: readTimeout(timeout, undefined),
      idle: readTimeout(idleTimeout, undefined),
    },
  };
  return Object.freeze({ name, generate: (request: ModelRequest, call: ModelCall) => generate(settings, request, call) });
}

interface Settings {
  readonly model: LanguageModel;
  readonly warn: (warning: string) => void;
  readonly limits: Limits;
}

/** One request on its way. */
interface Asking {
  readonly model: CallableModel;
  readonly options: object;
  readonly deadline: Deadline;
  readonly structured: boolean;
  readonly warned: (warnings: unknown) => void;
  readonly identified: (id: unknown) => void;
}

async function generate(
  { model, limits, warn }: Settings,
  request: ModelRequest,
  { signal, onDelta }: ModelCall,
): Promise<Result<ModelReply, AgentError>> {
  let requestId: string | undefined;
  const word = (trouble: Trouble) => toAgentError({ ...(requestId !== undefined && { requestId }), ...trouble }, model.modelId);
  if (signal.aborted) return err(word(aborted));
  const deadline = startDeadline(signal, limits);
  try {
    const unread = await within(deadline.signal, unreadUrl(request.messages, model));
    if (unread !== undefined) return err(word(unread));
    const asking: Asking = {
      model: asCallable(model),
      options: toCallOptions(request, model, deadline.signal),
      deadline,
      structured: request.output !== undefined,
      warned: (warnings) => warningTexts(warnings).forEach(quietly(warn)),
      identified: (id) => {
        requestId ??= text(id);
      },
    };
    const received = await (onDelta === undefined ? receive(asking) : receiveStream(asking, quietly(onDelta)));
    const stopped = stoppedBy(signal, deadline, limits, "aiSdk()");
    if (stopped !== undefined) return err(word(stopped));
    return received
      .andThen((raw) => judge(raw, request.messages).map((reply) => withCarried(reply, raw, identityOf(model))))
      .map((reply) => Object.freeze({ ...reply, ...(requestId !== undefined && { requestId }) }))
      .mapErr(word);
  } catch (thrown) {
    return err(word(stoppedBy(signal, deadline, limits, "aiSdk()") ?? providerTrouble(thrown)));
  } finally {
    deadline.close();
  }
}

async function receive({ model, options, deadline, structured, warned, identified }: Asking): Promise<Result<RawReply, Trouble>> {
  const generated = await within(deadline.signal, model.doGenerate(options));
  const response = fields(fields(generated)?.["response"]);
  identified(requestIdOf(response?.["headers"]));
  identified(response?.["id"]);
  warned(fields(generated)?.["warnings"]);
  return readGenerated(generated, structured);
}

async function receiveStream(
  { model, options, deadline, warned, identified }: Asking,
  emit: (text: string) => void,
): Promise<Result<RawReply, Trouble>> {
  deadline.heard();
  const answering = Promise.resolve(model.doStream(options));
  // What comes when nobody waits for it any more would keep its connection: nobody would ever read it.
  const drop = () => void answering.then(cancelStream).catch(() => {});
  deadline.signal.addEventListener("abort", drop, { once: true });
  const answered = fields(await within(deadline.signal, answering));
  deadline.signal.removeEventListener("abort", drop);
  identified(requestIdOf(fields(answered?.["response"])?.["headers"]));
  const stream = answered?.["stream"];
  const type = headersOf(fields(answered?.["response"])?.["headers"]).get("content-type") ?? "";
  if (!(stream instanceof ReadableStream)) return err({ type: "protocol", got: 'a result without a "stream" from the provider' });
  // Providers look for events in a web page, find none, and take it for a stream that broke off.
  if (/\bhtml\b/.test(type))
    return err({ type: "protocol", got: `a web page (${type})`, advice: "check the base URL that the provider was given" });
  return readStreamed(stream, { signal: deadline.signal, heard: () => deadline.heard(), emit, warned, identified });
}

function cancelStream(answered: unknown): Promise<void> | undefined {
  const stream = fields(answered)?.["stream"];
  return stream instanceof ReadableStream ? stream.cancel() : undefined;
}

/** A listener that throws must not cost the reply that is being paid for. */
function quietly(listener: (text: string) => void): (text: string) => void {
  return (told) => {
    try {
      listener(told);
    } catch {
      // Nothing that could be done about it here.
    }
  };
}
