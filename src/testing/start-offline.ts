import { offlineEngine } from "./offline/engine.ts";
import { type ModelServer, modelServer } from "./server.ts";

/**
 * Starts the offline engine on a free loopback port, for programs that have no key: point `OPENAI_BASE_URL` at `url`.
 * An extractive engine, not a language model. It does not keep the process alive.
 */
export async function startOffline(): Promise<Pick<ModelServer, "url" | "close">> {
  const { url, close } = await modelServer(offlineEngine(), {
    unref: true,
    record: false,
    models: ["offline-extractive-engine"],
  });
  return { url, close };
}
