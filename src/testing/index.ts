export { memoryJournal } from "../journal/memory.ts";
export type { ApiErrorOptions } from "./api-error.ts";
export { ApiError } from "./api-error.ts";
export type { Cassette, CassetteOptions } from "./cassette/cassette.ts";
export { cassette } from "./cassette/cassette.ts";
export type { StatusOptions } from "./fault.ts";
export { fault } from "./fault.ts";
export type { OfflineEngineOptions } from "./offline/engine.ts";
export { offlineEngine } from "./offline/engine.ts";
export type {
  Answer,
  Content,
  Delivery,
  ErrorContent,
  PageContent,
  ReplyOptions,
  ScriptedAnswer,
  ScriptedCall,
  ServedReply,
  ServedUsage,
} from "./reply/reply.ts";
export { callTools, contentFilter, empty, lengthLimit, nullContent, refusal, reply } from "./reply/reply.ts";
export type { ParsedRequest, ServedMessage, ServedPart, ServedRequest, ServedTool } from "./request/request.ts";
export { latestPrompt } from "./request/request.ts";
export type { Handler, ScriptEntry } from "./script.ts";
export { byInstructions, script } from "./script.ts";
export type { ModelServer, ModelServerOptions } from "./server.ts";
export { modelServer } from "./server.ts";
export type { Source } from "./sources.ts";
export { startOffline } from "./start-offline.ts";
