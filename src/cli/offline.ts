import process from "node:process";

const variables = ["OPENAI_API_KEY", "OPENAI_BASE_URL"] as const;

export const offlineNotice = "No OPENAI_API_KEY or OPENAI_BASE_URL: using the built-in offline engine (extractive, not a language model).";

/** Whether no model is at hand, neither OpenAI's nor a compatible server's. */
export function lacksModel(environment: NodeJS.ProcessEnv): boolean {
  return variables.every((name) => (environment[name] ?? "").trim() === "");
}

/** Starts the offline engine and points this process at it; what is returned closes it. */
export async function startEngine(): Promise<{ close(): Promise<void> }> {
  const { startOffline } = await import("../testing/start-offline.ts");
  const { url, close } = await startOffline();
  process.env["OPENAI_BASE_URL"] = url;
  process.env["OPENAI_API_KEY"] = "offline";
  return { close };
}
