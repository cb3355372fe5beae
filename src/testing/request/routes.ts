import type { IncomingMessage } from "node:http";
import { ApiError } from "../api-error.ts";
import { readChatRequest } from "./chat-request.ts";
import type { JsonObject } from "./fields.ts";
import type { ParsedRequest } from "./request.ts";
import { readResponsesRequest } from "./responses-request.ts";

export type Route =
  | { readonly kind: "models"; readonly model?: string }
  | { readonly kind: "ask"; readonly api: "chat" | "responses"; readonly read: (body: JsonObject) => ParsedRequest };

const asks: { readonly [path: string]: Route } = {
  "/v1/chat/completions": { kind: "ask", api: "chat", read: readChatRequest },
  "/v1/responses": { kind: "ask", api: "responses", read: readResponsesRequest },
};

function find(path: string): { readonly method: string; readonly route: Route } | undefined {
  const ask = Object.hasOwn(asks, path) ? asks[path] : undefined;
  if (ask !== undefined) return { method: "POST", route: ask };
  if (path === "/v1/models") return { method: "GET", route: { kind: "models" } };
  const model = /^\/v1\/models\/([^/]+)$/.exec(path)?.[1];
  return model === undefined ? undefined : { method: "GET", route: { kind: "models", model } };
}

/** Finds the route and checks method and key, in the order of a real server: 404, 405, 401. */
export function route(message: IncomingMessage): Route {
  const path = (message.url ?? "").split("?", 1)[0] ?? "";
  const method = message.method ?? "";
  const found = find(path);
  if (found === undefined) throw new ApiError(404, { message: `Invalid URL (${method} ${path})`, code: "unknown_url" });
  if (found.method !== method) {
    throw new ApiError(405, {
      message: `Not allowed to ${method} on ${path}. (HINT: Perhaps you meant to use a different HTTP method?)`,
      code: "method_not_supported",
      headers: { allow: found.method },
    });
  }
  if (!/^Bearer \S/.test(message.headers.authorization ?? "")) {
    throw new ApiError(401, {
      message:
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    });
  }
  return found.route;
}
