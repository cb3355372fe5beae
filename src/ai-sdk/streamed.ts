import { err, type Result } from "neverthrow";
import type { RawReply } from "../model/raw-reply.ts";
import { fields, text } from "../model/read.ts";
import type { RawCall } from "../model/tool-calls.ts";
import type { Trouble } from "../model/trouble.ts";
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
  let said = "";
  let failure: Trouble | undefined;
  let end: { readonly finish: unknown; readonly usage: unknown } = { finish: undefined, usage: undefined };
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      on.heard();
      const part = fields(next.value) ?? {};
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
  return conclude({ text: said, calls, ...end, streamed: true });
}
