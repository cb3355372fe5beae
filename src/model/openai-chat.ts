import type { Protocol } from "./protocol.ts";
import { chatBody } from "./openai-chat-request.ts";
import { chatReader } from "./openai-chat-stream.ts";
import { readChat } from "./openai-chat-reply.ts";

/** Chat Completions, which every compatible server speaks. https://platform.openai.com/docs/api-reference/chat */
export const chat: Protocol = { body: chatBody, read: readChat, reader: chatReader };
