import { err, type Result } from "neverthrow";
import type { Deadline } from "../deadline.ts";
import { notAReply } from "../not-a-reply.ts";
import type { RawReply } from "../raw-reply.ts";
import { text } from "../read.ts";
import type { Trouble } from "../trouble.ts";
import type { Endpoint, OpenAIClient } from "./client.ts";
import { eventsIn } from "./event-text.ts";
import type { Protocol } from "./protocol.ts";

/** One request on its way. */
export interface Exchange {
  readonly api: "chat" | "responses";
  readonly protocol: Protocol;
  readonly endpoint: Endpoint;
  readonly body: { readonly [key: string]: unknown };
  readonly deadline: Deadline;
  /** Ms; the client's own limit, which must not come before ours. */
  readonly timeout: number;
  /** Told as soon as it is known, since a reply that breaks off later has one too. */
  readonly identified: (requestId: string | undefined) => void;
}

/** What the `openai` package adds to its promises; a client of one's own may answer with a plain one. */
interface Pending extends PromiseLike<unknown> {
  asResponse?(): Promise<Response>;
  withResponse?(): Promise<{ readonly data: unknown; readonly response: Response }>;
}

/** Asks for a whole JSON reply. */
export async function receive(exchange: Exchange): Promise<Result<RawReply, Trouble>> {
  const pending = send(exchange);
  // The package parses by content type, and fails in ways of its own on a body that is not JSON.
  if (pending.asResponse === undefined) return exchange.protocol.read(await pending);
  const response = await pending.asResponse();
  exchange.identified(requestId(response));
  return readBody(exchange.protocol, await response.text());
}

/** Asks for a stream, and hands on the text of each event. */
export async function receiveStream(exchange: Exchange, emit: (text: string) => void): Promise<Result<RawReply, Trouble>> {
  const { protocol, deadline } = exchange;
  deadline.heard();
  const pending = send(exchange);
  const { data, response } =
    pending.withResponse === undefined ? { data: await pending, response: undefined } : await pending.withResponse();
  exchange.identified(requestId(response));
  const type = response?.headers.get("content-type")?.toLowerCase() ?? "text/event-stream";
  if (response !== undefined && !type.includes("text/event-stream") && response.body?.locked === false) {
    return whole(protocol, await response.text(), emit);
  }
  if (!isIterable(data)) return err(notAReply(data, "events"));
  const reader = protocol.reader();
  for await (const event of data) {
    deadline.heard();
    const piece = reader.push(event);
    if (piece !== "") emit(piece);
  }
  return reader.finish();
}

/** A server that knows no streams answers with all at once. */
function whole(protocol: Protocol, body: string, emit: (text: string) => void): Result<RawReply, Trouble> {
  return readBody(protocol, body).map((reply) => {
    if (reply.text !== "") emit(reply.text);
    return reply;
  });
}

function readBody(protocol: Protocol, body: string): Result<RawReply, Trouble> {
  const events = eventsIn(body);
  if (events === undefined) return protocol.read(json(body));
  const reader = protocol.reader();
  for (const event of events) {
    if (typeof event === "string")
      return err({ type: "protocol", got: `malformed JSON in an event: ${event.slice(0, 200)}`, retryable: true });
    reader.push(event);
  }
  return reader.finish();
}

function send({ api, endpoint, body, deadline, timeout }: Exchange): Pending {
  // Node's timers, which the client uses too, fire at once beyond this; and the client refuses parts of a ms.
  const options = { signal: deadline.signal, maxRetries: 0, timeout: Math.min(Math.ceil(timeout), 2 ** 31 - 1) };
  return create(endpoint.client, api).call(undefined, body, options);
}

function create(client: OpenAIClient, api: Exchange["api"]) {
  const found = api === "chat" ? client.chat?.completions : client.responses;
  if (found === undefined) throw new Error(`the client given has no ${api === "chat" ? "chat.completions" : "responses"}.create`);
  return found.create.bind(found);
}

/** JSON, or the text itself where it is none. */
function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function requestId(response: Response | undefined): string | undefined {
  return text(response?.headers.get("x-request-id"));
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
