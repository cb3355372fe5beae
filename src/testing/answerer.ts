import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError } from "./api-error.ts";
import { deliver } from "./reply/deliver.ts";
import { json, render } from "./reply/render.ts";
import type { Rendered } from "./reply/rendered.ts";
import { toReply } from "./reply/reply.ts";
import { readBody } from "./request/read-body.ts";
import type { ServedRequest } from "./request/request.ts";
import { type Route, route } from "./request/routes.ts";
import type { Handler } from "./script.ts";

interface AnswererOptions {
  readonly maxBodyBytes: number;
  readonly models: readonly string[];
  readonly record: boolean;
}

function listModels(models: readonly string[], one: string | undefined): Rendered {
  const spell = (id: string): object => ({ id, object: "model", created: 1_700_000_000, owned_by: "heddle" });
  if (one === undefined) return json(200, { object: "list", data: models.map(spell) });
  const id = models.find((model) => model === one);
  if (id !== undefined) return json(200, spell(id));
  throw new ApiError(404, { message: `The model '${one}' does not exist`, code: "model_not_found" });
}

function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError(500, {
    message: `the handler threw: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    code: "handler_threw",
  });
}

/** Flattens Node's headers: repeated ones become one line, as HTTP reads them. */
function headersOf(message: IncomingMessage): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}

/** The part of the server that answers: routes, reads, asks the handler, sends. */
export function answerer(first: Handler, { maxBodyBytes, models, record }: AnswererOptions) {
  let handler = first;
  let arrivals = 0;
  let asked = 0;
  const requests: ServedRequest[] = [];
  const count = { now: 0, peak: 0 };
  // Not AbortSignal.any over one closing signal: that keeps memory for every request of a long-lived server.
  const open = new Set<AbortController>();

  async function ask(
    found: Route & { kind: "ask" },
    message: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const body = await readBody(message, maxBodyBytes);
    const parsed = found.read(body);
    asked += 1;
    const request: ServedRequest = {
      ...parsed,
      index: asked,
      api: found.api,
      headers: headersOf(message),
      body,
      signal,
    };
    if (record) requests.push(request);
    const { content, delivery } = toReply(await handler(request));
    await deliver(response, render(content, request), delivery, signal);
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new AbortController();
    const { signal } = left;
    open.add(left);
    response.once("close", () => {
      open.delete(left);
      if (!response.writableFinished) left.abort();
    });
    arrivals += 1;
    response.setHeader("x-request-id", `req_${String(arrivals).padStart(6, "0")}`);
    response.setHeader("openai-version", "2020-10-01");
    try {
      const found = route(message);
      if (found.kind === "models") await deliver(response, listModels(models, found.model), {}, signal);
      else await ask(found, message, response, signal);
    } catch (thrown) {
      // Nobody is left to tell, or the answer has begun and cannot become an error any more.
      if (signal.aborted || response.headersSent) {
        response.destroy();
        return;
      }
      const error = asApiError(thrown);
      await deliver(response, json(error.status, error.body, error.headers), {}, signal);
    }
  }

  return {
    requests,
    count,
    use(next: Handler): void {
      handler = next;
    },
    /** Ends every wait of every request. */
    abortAll(): void {
      for (const controller of open) controller.abort();
    },
    listener(message: IncomingMessage, response: ServerResponse): void {
      count.now += 1;
      count.peak = Math.max(count.peak, count.now);
      // Serving fails only when the connection is gone.
      void serve(message, response)
        .catch(() => response.destroy())
        .finally(() => {
          count.now -= 1;
        });
    },
  };
}
