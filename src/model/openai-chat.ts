import { readChat } from "./openai-chat-reply.ts";
import { chatBody } from "./openai-chat-request.ts";
import { chatReader } from "./openai-chat-stream.ts";
import type { Protocol } from "./protocol.ts";

/** Chat Completions, which every compatible server speaks. https://platform.openai.com/docs/api-reference/chat */
export const chat: Protocol = { body: chatBody, read: readChat, reader: chatReader };
