import type { Protocol } from "../protocol.ts";
import { readResponses } from "./reply.ts";
import { responsesBody } from "./request.ts";
import { responsesReader } from "./stream.ts";

/** The Responses API, OpenAI's primary one. https://platform.openai.com/docs/api-reference/responses */
export const responses: Protocol = { body: responsesBody, read: readResponses, reader: responsesReader };
