import type { Protocol } from "../protocol.ts";
import { readChat } from "./reply.ts";
import { chatBody } from "./request.ts";
import { chatReader } from "./stream.ts";

/** Chat Completions, which every compatible server speaks. https://platform.openai.com/docs/api-reference/chat */
export const chat: Protocol = { body: chatBody, read: readChat, reader: chatReader };
