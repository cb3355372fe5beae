import { readResponses } from "./openai-responses-reply.ts";
import { responsesBody } from "./openai-responses-request.ts";
import { responsesReader } from "./openai-responses-stream.ts";
import type { Protocol } from "./protocol.ts";

/** The Responses API, OpenAI's primary one. https://platform.openai.com/docs/api-reference/responses */
export const responses: Protocol = { body: responsesBody, read: readResponses, reader: responsesReader };
