import { err, type Result } from "neverthrow";
import type { RawReply } from "../model/raw-reply.ts";
import { type Fields, fields, text } from "../model/read.ts";
import type { RawCall } from "../model/tool-calls.ts";
import type { Trouble } from "../model/trouble.ts";
import { carriedFrom } from "./carried.ts";
import { conclude, reportedUsage, spent } from "./conclude.ts";
import { providerTrouble } from "./errors.ts";
import { isOurCall, toCall } from "./generated.ts";

/** What is told of a stream while it is read. */
export interface Listening {
  readonly signal: AbortSignal;
  /** Something came, whatever it was. */
  readonly heard: () => void;
  readonly emit: (text: string) => void;
  readonly warned: (warnings: unknown) => void;
  readonly identified: (id: unknown) => void;
}

/** Reads the parts of a stream up to the one that ends it. */
export async function readStreamed(stream: ReadableStream<unknown>, on: Listening): Promise<Result<RawReply, Trouble>> {
  const reader = stream.getReader();
  // A provider that does not watch its signal must not keep us waiting: cancelling settles the read that is under way.
  const cancel = () => void reader.cancel(on.signal.reason).catch(() => {});
  if (on.signal.aborted) cancel();
  on.signal.addEventListener("abort", cancel, { once: true });
  const calls: RawCall[] = [];
  const parts = partsOf();
  let said = "";
  let failure: Trouble | undefined;
  let end: { readonly finish: unknown; readonly usage: unknown } = { finish: undefined, usage: undefined };
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      on.heard();
      const part = fields(next.value) ?? {};
      parts.add(part);
      if (part["type"] === "text-delta") {
        const delta = text(part["delta"]) ?? "";
        said += delta;
        if (delta !== "") on.emit(delta);
      } else if (isOurCall(part)) calls.push(toCall(part));
      else if (part["type"] === "stream-start") on.warned(part["warnings"]);
      else if (part["type"] === "response-metadata") on.identified(part["id"]);
      else if (part["type"] === "error") failure ??= providerTrouble(part["error"]);
      else if (part["type"] === "finish") {
        end = { finish: part["finishReason"], usage: part["usage"] };
        break;
      }
    }
  } finally {
    on.signal.removeEventListener("abort", cancel);
    cancel();
  }
  if (failure !== undefined) return err({ ...failure, ...spent(reportedUsage(end.usage)) });
  return conclude({ text: said, calls, ...end, streamed: true, ...carriedFrom(parts.list) });
}

/** Puts the parts of a stream together that `doGenerate` would have given at once, with what the provider pinned to them. */
function partsOf(): { readonly list: readonly Fields[]; add(event: Fields): void } {
  const list: Fields[] = [];
  const places = new Map<string, number>();
  return {
    list,
    add(event) {
      if (isOurCall(event)) list.push(event);
      const [, type] = /^(text|reasoning)-(?:start|delta|end)$/.exec(String(event["type"])) ?? [];
      if (type === undefined) return;
      const key = `${type} ${String(event["id"])}`;
      const place = places.get(key) ?? list.length;
      places.set(key, place);
      const known = list[place] ?? { type, text: "" };
      // The last word on it counts: a signature comes with the end, or with a piece of no text.
      const providerMetadata = fields(event["providerMetadata"]) ?? known["providerMetadata"];
      // Of texts, the reply itself has the words.
      const said = type === "text" ? "" : `${text(known["text"]) ?? ""}${text(event["delta"]) ?? ""}`;
      list[place] = { type, text: said, ...(providerMetadata !== undefined && { providerMetadata }) };
    },
  };
}
