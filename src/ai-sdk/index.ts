export { type AiSdkOptions, aiSdk } from "./ai-sdk.ts";
export type { LanguageModel } from "./language-model.ts";
