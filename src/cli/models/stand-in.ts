import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";

/** A server of this process that stands in for a model. It does not keep the process alive. */
export interface StandIn {
  close(): Promise<void>;
}

/** Starts the offline engine and points this process at it. `asked` is called with each request. */
export async function startEngine(asked: () => void): Promise<StandIn> {
  const [{ modelServer }, { offlineEngine }] = await Promise.all([
    import("../../testing/server.ts"),
    import("../../testing/offline/engine.ts"),
  ]);
  const answer = offlineEngine();
  const { url, close } = await modelServer(
    (request) => {
      asked();
      return answer(request);
    },
    { unref: true, record: false, models: ["offline-extractive-engine"] },
  );
  pointAt(url, "offline");
  return { close };
}

/** A server that never answers: whoever asks it is told to stop, and what asked can ask again another time. */
export async function startSilence(asked: () => void): Promise<StandIn> {
  const server = createServer((request) => {
    request.resume();
    asked();
  });
  server.on("connection", (socket) => socket.unref());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  pointAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, "not-set");
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { close };
}

function pointAt(url: string, key: string): void {
  process.env["OPENAI_BASE_URL"] = url;
  process.env["OPENAI_API_KEY"] = key;
}
