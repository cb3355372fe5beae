// Users may compile for an older language and without the types of Node.
/// <reference lib="esnext.disposable" preserve="true" />
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answerer } from "./answerer.ts";
import type { ServedRequest } from "./request/request.ts";
import type { Handler } from "./script.ts";

export interface ModelServerOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** `127.0.0.1` unless told. */
  readonly host?: string;
  /** The largest body accepted; 16 MiB unless told. */
  readonly maxBodyBytes?: number;
  /** The ids that `/v1/models` lists; requests may name any model. */
  readonly models?: readonly string[];
  /** Whether `requests` keeps them; true unless told. */
  readonly record?: boolean;
  /** Lets the process end while the server is open. */
  readonly unref?: boolean;
}

/** A server on loopback that speaks OpenAI's chat and Responses APIs, with answers that a handler gives. */
export interface ModelServer extends AsyncDisposable {
  /** What `OPENAI_BASE_URL` wants, such as `http://127.0.0.1:40123/v1`. */
  readonly url: string;
  /** Every well-formed request to a model so far, in order of arrival. */
  readonly requests: readonly ServedRequest[];
  /** Requests being answered now, and the most there ever were at once. */
  readonly inFlight: number;
  readonly peakInFlight: number;
  /** Answers all later requests by another handler. */
  use(handler: Handler): void;
  /** Ends every open connection and stops listening. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts a server for tests, or for an offline engine.
 *
 * ```ts
 * await using server = await modelServer(script(["Hello."]));
 * const client = new OpenAI({ baseURL: server.url, apiKey: "test" });
 * ```
 */
export async function modelServer(handler: Handler, options: ModelServerOptions = {}): Promise<ModelServer> {
  const {
    port = 0,
    host = "127.0.0.1",
    maxBodyBytes = 16 * 1024 * 1024,
    models = ["gpt-4o", "gpt-4o-mini"],
    record = true,
    unref = false,
  } = options;
  const answers = answerer(handler, { maxBodyBytes, models, record });
  const server = createServer({ keepAlive: true }, answers.listener);
  if (unref) server.on("connection", (socket) => socket.unref());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  if (unref) server.unref();
  const at = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= new Promise<void>((resolve) => {
      answers.abortAll();
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closed;
  };
  return {
    url: `http://${at.family === "IPv6" ? `[${at.address}]` : at.address}:${at.port}/v1`,
    requests: answers.requests,
    get inFlight() {
      return answers.count.now;
    },
    get peakInFlight() {
      return answers.count.peak;
    },
    use: answers.use,
    close,
    [Symbol.asyncDispose]: close,
  };
}
