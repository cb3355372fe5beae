import { err, ok, type Result } from "neverthrow";
import { fields } from "../read.ts";
import { keepSecret } from "../secrets.ts";
import type { Trouble } from "../trouble.ts";

interface Completions {
  create(body: object, options?: { signal?: AbortSignal; maxRetries?: number; timeout?: number }): PromiseLike<unknown>;
}

/**
 * What is used of an `OpenAI` or `AzureOpenAI` client, so that no version of the package is part of heddle's types:
 * `chat.completions.create` or `responses.create`, whichever API is asked for.
 */
export interface OpenAIClient {
  readonly chat?: { readonly completions: Completions };
  readonly responses?: Completions;
  readonly baseURL?: string;
}

/** Where requests go. */
export interface Endpoint {
  readonly client: OpenAIClient;
  /** The server is OpenAI's own (Azure's included). */
  readonly own: boolean;
}

export interface ClientOptions {
  readonly client?: OpenAIClient | undefined;
  readonly apiKey?: string | undefined;
  readonly baseURL?: string | undefined;
}

/** The client for one call: given, or made from options and environment as they are at this moment, and kept. */
export async function endpoint(options: ClientOptions): Promise<Result<Endpoint, Trouble>> {
  if (options.client !== undefined) {
    // Anew, since a client may be given another key at any time.
    keepSecretsOf(options.client);
    return ok({ client: options.client, own: isOwn(options.client.baseURL) });
  }
  const baseURL = options.baseURL ?? setting("OPENAI_BASE_URL");
  const apiKey = options.apiKey ?? setting("OPENAI_API_KEY");
  if (baseURL === undefined && apiKey === undefined) return err(noKey);
  if (baseURL !== undefined && !/^https?:\/\/./.test(baseURL)) {
    return err({
      type: "bad_request",
      expected: "the base URL to start with http:// or https://",
      got: JSON.stringify(baseURL),
      advice: "check OPENAI_BASE_URL or baseURL",
    });
  }
  // The package refuses to start without a key; a local server wants none and ignores this one.
  const client = await keptClient(apiKey ?? "no-key", baseURL);
  if (apiKey !== undefined) keepSecret(apiKey);
  return ok({ client, own: isOwn(baseURL) });
}

const noKey: Trouble = {
  type: "auth",
  expected: "OPENAI_API_KEY to be set",
  got: "nothing",
  advice: "set it, or set OPENAI_BASE_URL for a compatible server, or give openai(name, { apiKey, baseURL, client }) what it needs",
};

function setting(name: string): string | undefined {
  return process.env[name]?.trim() || undefined;
}

function isOwn(baseURL: string | undefined): boolean {
  if (baseURL === undefined) return true;
  const host = URL.parse(baseURL)?.hostname ?? "";
  return /(?:^|\.)(?:openai\.com|openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com)$/.test(host);
}

/** Keys that a client of one's own holds: as its key, or in the headers that it sends with every request. */
export function keepSecretsOf(client: OpenAIClient): void {
  const { apiKey, _options } = client as { readonly apiKey?: unknown; readonly _options?: unknown };
  const headers = fields(fields(_options)?.["defaultHeaders"]) ?? {};
  const telling = Object.entries(headers).flatMap(([name, value]) =>
    /auth|key|token|secret|cookie|credential/i.test(name) ? [value] : [],
  );
  for (const secret of [apiKey, ...telling]) if (typeof secret === "string") keepSecret(secret.replace(/^(?:bearer|basic)\s+/i, ""));
}

const kept = new Map<string, OpenAIClient>();
/** Keys that change all the time, as short-lived tokens do, must not pile up. */
const mostKept = 16;

async function keptClient(apiKey: string, baseURL: string | undefined): Promise<OpenAIClient> {
  const key = JSON.stringify([apiKey, baseURL]);
  // Importing the package takes 115 to 310 ms: only a program that calls a model pays for it.
  const { OpenAI } = await import("openai");
  const found = kept.get(key);
  if (found !== undefined) return found;
  const oldest = kept.keys().next();
  if (kept.size >= mostKept && oldest.done !== true) kept.delete(oldest.value);
  const client = new OpenAI({
    apiKey,
    ...(baseURL !== undefined && { baseURL }),
    maxRetries: 0,
    // A broken stream is told as an error of the call; the client would also print it.
    ...(setting("OPENAI_LOG") === undefined && { logLevel: "off" as const }),
  });
  kept.set(key, client);
  return client;
}
