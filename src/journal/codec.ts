import { err, ok, type Result } from "neverthrow";
import { show } from "../plan/show.ts";
import { Decoder } from "./codec/decode.ts";
import { Encoder, Refused, type StandIn } from "./codec/encode.ts";
import { type JournalFailed, journalFailed, type NotSerializable, notSerializable } from "./failure.ts";

/**
 * A value as text, from which `decode` makes an equal one: JSON in well-formed Unicode, the same for the same value.
 *
 * Kept are strings (lone surrogates too), numbers, bigints, booleans, null and undefined, plain objects with any own keys,
 * arrays, Date, Map, Set, RegExp, URL, URLSearchParams, ArrayBuffer, its views, Buffer, the errors of the language with
 * their fields, `BuildError`, DOMException and `Result`, however deep, shared or in cycles. All else is refused, but for what
 * `standIn` has data for.
 */
export function encode(value: unknown, standIn?: StandIn): Result<string, NotSerializable> {
  const encoder = new Encoder({ lenient: false, standIn });
  try {
    return ok(encoder.encode(value));
  } catch (thrown) {
    if (thrown instanceof Refused) return err(notSerializable(thrown.path, thrown.got, thrown.advice));
    if (thrown instanceof RangeError && /string length/i.test(thrown.message))
      return err(notSerializable("$", "more text than one string can hold", "return a reference to it, such as a file's name"));
    return err(notSerializable(encoder.path, "something that throws when it is read", "return plain data"));
  }
}

/**
 * Anything that was thrown, as text: what `encode` refuses is replaced by a short text that says what it was, and an error
 * of a class of the user's by an error of the language with the same name, message and fields; of an instance of another class
 * its fields are kept, where it is the thrown value itself: `value`, unless that is put around what was `thrown`.
 */
export function encodeThrown(value: unknown, standIn?: StandIn, thrown = value): string {
  try {
    return new Encoder({ lenient: true, standIn, thrown }).encode(value);
  } catch {
    return new Encoder({ lenient: true }).encode(show(thrown));
  }
}

/** The value that a text of `encode` stands for; always a fresh copy. */
export function decode(text: string): Result<unknown, JournalFailed> {
  try {
    return ok(new Decoder(JSON.parse(text)).decode());
  } catch (thrown) {
    return err(journalFailed("a value that this version of heddle wrote", thrown));
  }
}
