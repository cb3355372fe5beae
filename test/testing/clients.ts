import OpenAI from "openai";
import { afterEach } from "vitest";
import { type Handler, type ModelServer, type ModelServerOptions, modelServer } from "../../src/testing/index.ts";

const open: ModelServer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

export interface Served {
  readonly server: ModelServer;
  readonly client: OpenAI;
}

/** A server that the test's end closes, and the real client of it. */
export async function serve(handler: Handler, options?: ModelServerOptions): Promise<Served> {
  const server = await modelServer(handler, options);
  open.push(server);
  return { server, client: new OpenAI({ baseURL: server.url, apiKey: "test-key", maxRetries: 0 }) };
}

/** Waits for a rejection and hands it over. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<Record<string, unknown>> {
  try {
    await promise;
  } catch (thrown) {
    return thrown as Record<string, unknown>;
  }
  throw new Error("Expected a rejection, got a value");
}

export const chatAsk = { model: "gpt-4o", messages: [{ role: "user" as const, content: "Hello?" }] };
export const responsesAsk = { model: "gpt-4o", input: "Hello?" };
