import { err, ok, type Result } from "neverthrow";
import { bodyTrouble } from "../../errors.ts";
import type { RawReply } from "../../raw-reply.ts";
import { type Fields, fields, list, text, whole } from "../../read.ts";
import { type Trouble, truncated } from "../../trouble.ts";
import type { EventReader } from "../protocol.ts";
import { failedTrouble, readResponse } from "./reply.ts";

/** Puts a streamed response together. Its last event carries all of it; from servers that leave the output out there, the items before it count. */
export function responsesReader(): EventReader {
  const items = new Map<number, unknown>();
  let said = "";
  let refused = "";
  let last: Fields | undefined;
  let failure: Trouble | undefined;

  function push(event: unknown): string {
    const { type, ...rest } = fields(event) ?? {};
    switch (type) {
      case "response.output_text.delta": {
        const piece = text(rest["delta"]) ?? "";
        said += piece;
        return piece;
      }
      case "response.refusal.delta":
        refused += text(rest["delta"]) ?? "";
        return "";
      case "response.output_item.done":
        items.set(whole(rest["output_index"]) ?? items.size, rest["item"]);
        return "";
      case "error":
        failure ??= bodyTrouble(fields(rest["error"]) ?? rest);
        return "";
      case "response.failed":
        failure ??= failedTrouble(fields(rest["response"]) ?? {});
        return "";
      case "response.completed":
      case "response.incomplete":
        last = fields(rest["response"]) ?? {};
        return unsaid();
      default:
        return "";
    }
  }

  /** Text that only the last event has, from servers that stream nothing on the way. */
  function unsaid(): string {
    const whole = final()
      .map((reply) => reply.text)
      .unwrapOr("");
    if (!whole.startsWith(said)) return "";
    const piece = whole.slice(said.length);
    said = whole;
    return piece;
  }

  function final(): Result<RawReply, Trouble> {
    const given = list(last?.["output"]);
    const collected = [...items].sort(([a], [b]) => a - b).map(([, item]) => item);
    return readResponse(last ?? {}, given.length > 0 ? given : collected);
  }

  function result(): Result<RawReply, Trouble> {
    if (failure !== undefined) return err(failure);
    if (last === undefined) return err(truncated);
    return final().andThen((reply) => {
      if (refused !== "" && reply.refusal === "") return ok({ ...reply, refusal: refused });
      if (reply.text === said) return ok(reply);
      // The output may be left out everywhere but in the deltas. Any other difference would show listeners a text that is not the reply's.
      if (reply.text === "" && reply.refusal === "" && reply.calls.length === 0) return ok({ ...reply, text: said, empty: false });
      return err<never, Trouble>({ type: "protocol", got: "a stream whose pieces do not join to its text", retryable: true });
    });
  }

  return { push, finish: result };
}
