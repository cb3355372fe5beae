import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import type { AgentError, ModelReply, ModelRequest } from "../../src/model/model.ts";
import { type OpenAIOptions, openai } from "../../src/model/openai.ts";
import { type Handler, type ModelServer, modelServer } from "../../src/testing/index.ts";

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

export const apis = ["chat", "responses"] as const;
export type Api = (typeof apis)[number];

/** Every API, asked for JSON and for a stream. */
export const ways = apis.flatMap((api) => [
  { api, stream: false, way: `${api}, JSON` },
  { api, stream: true, way: `${api}, streamed` },
]);

export const hello: ModelRequest = { messages: [{ role: "user", content: "Hello?" }] };

export interface Outcome {
  readonly reply: ModelReply | undefined;
  readonly error: AgentError | undefined;
  readonly deltas: readonly string[];
}

export interface AskOptions extends OpenAIOptions {
  readonly stream?: boolean;
  readonly signal?: AbortSignal;
  readonly onDelta?: (text: string) => void;
}

/** A server that the test's end closes. */
export async function serve(handler: Handler): Promise<ModelServer> {
  const server = await modelServer(handler);
  open.push(() => server.close());
  return server;
}

/** A server that writes its bytes itself; gives its base URL. */
export async function serveRaw(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => request.resume().on("end", () => listener(request, response)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

/** One call of the real model through the real client. */
export async function ask(
  baseURL: string,
  { stream = false, signal = new AbortController().signal, onDelta, ...options }: AskOptions = {},
  request = hello,
): Promise<Outcome> {
  const deltas: string[] = [];
  const listen = (text: string) => {
    deltas.push(text);
    onDelta?.(text);
  };
  const result = await openai("gpt-4o", { baseURL, ...options }).generate(request, { signal, ...(stream && { onDelta: listen }) });
  return result.match<Outcome>(
    (reply) => ({ reply, error: undefined, deltas }),
    (error) => ({ reply: undefined, error, deltas }),
  );
}

export function sse(events: readonly (object | string)[], newline = "\n"): string {
  return events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}${newline}${newline}`).join("");
}

export function chunk(delta: object, rest: object = {}): object {
  return { id: "1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: null, ...rest }] };
}

export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 500) throw new Error("Expected the condition to become true within 5 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
