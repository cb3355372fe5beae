import type { IncomingMessage } from "node:http";
import { ApiError, badRequest } from "../api-error.ts";
import { isObject, type JsonObject } from "./fields.ts";

function unreadable(): ApiError {
  return badRequest(
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
  );
}

/** Reads a JSON object from a request, at most `cap` bytes of it. */
export async function readBody(message: IncomingMessage, cap: number): Promise<JsonObject> {
  const type = message.headers["content-type"] ?? "";
  if (!/^application\/json\b/i.test(type)) {
    throw new ApiError(415, {
      message: `Unsupported content type: '${type}'. This API only accepts 'application/json' requests.`,
      code: "unsupported_content_type",
    });
  }
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must keep the socket, or the client never sees why it was refused.
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > cap)
      throw new ApiError(413, {
        message: `Expected a body of at most ${cap} bytes, got more; send less.`,
        code: "request_too_large",
        headers: { connection: "close" },
      });
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw unreadable();
  }
  if (!isObject(value)) throw unreadable();
  return value;
}
