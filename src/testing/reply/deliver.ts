import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Rendered, StreamEvent } from "./rendered.ts";
import type { Delivery } from "./reply.ts";

/** Node fires a longer timer at once. */
const longestTimer = 2 ** 31 - 1;

/** Waits; rejects when the client left or the server closes. Keeps no process alive. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === Number.POSITIVE_INFINITY) {
    for (;;) await sleep(longestTimer, undefined, { signal, ref: false });
  }
  await sleep(ms, undefined, { signal, ref: false });
}

function spell({ event, data }: StreamEvent, { crlf = false, comments = false }: Delivery): string {
  const end = crlf ? "\r\n" : "\n";
  const lines = [...(comments ? [": comment"] : []), ...(event === undefined ? [] : [`event: ${event}`]), `data: ${JSON.stringify(data)}`];
  return lines.join(end) + end + end;
}

/** The writes an answer is made of, as text: the whole body, or an event each. */
function writes(rendered: Rendered, delivery: Delivery): readonly string[] {
  if (rendered.kind === "body") return [rendered.body];
  const events = rendered.events.map((event) => spell(event, delivery));
  return rendered.done && delivery.withoutDone !== true ? [...events, "data: [DONE]\n\n"] : events;
}

/** Cuts as the delivery says: whole writes where it is by events, bytes where it is by bytes or chunks. */
function* chunks(list: readonly string[], { cutAfterEvents, cutAfterBytes, chunkBytes }: Delivery): Generator<Uint8Array> {
  let left = cutAfterBytes ?? Number.POSITIVE_INFINITY;
  for (const text of list.slice(0, cutAfterEvents)) {
    const bytes = Buffer.from(text).subarray(0, Math.min(left, Number.MAX_SAFE_INTEGER));
    left -= bytes.length;
    const size = chunkBytes ?? (bytes.length || 1);
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    if (left <= 0) return;
  }
}

/** Hands bytes to the system before going on, so that a cut comes after them. */
async function write(response: ServerResponse, bytes: Uint8Array | string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    response.write(bytes, (failure) => (failure ? reject(failure) : resolve()));
  });
}

async function finish(response: ServerResponse, delivery: Delivery, signal: AbortSignal): Promise<void> {
  switch (delivery.atCut ?? "end") {
    case "end":
      response.end();
      return;
    case "hang-up":
      response.socket?.destroy();
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "stall":
      await pause(Number.POSITIVE_INFINITY, signal);
  }
}

/** Sends an answer, or nothing and a closed socket for `undefined`. Rejects when the client leaves first. */
export async function deliver(
  response: ServerResponse,
  rendered: Rendered | undefined,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  if (delivery.delayMs !== undefined) await pause(delivery.delayMs, signal);
  if (rendered === undefined) {
    response.socket?.destroy();
    return;
  }
  const streams = rendered.kind === "events";
  const type = streams ? "text/event-stream; charset=utf-8" : rendered.contentType;
  response.writeHead(streams ? 200 : rendered.status, {
    "content-type": type,
    "cache-control": "no-cache",
    ...(streams ? {} : rendered.headers),
  });
  while (delivery.padForever === true) {
    await write(response, streams ? ":\n" : " ");
    await pause(delivery.everyMs ?? 5, signal);
  }
  for (const chunk of chunks(writes(rendered, delivery), delivery)) {
    signal.throwIfAborted();
    await write(response, chunk);
    if (delivery.everyMs !== undefined) await pause(delivery.everyMs, signal);
  }
  await finish(response, delivery, signal);
}
