import { type Fields, fields, text, whole } from "../../read.ts";
import { type RawCall, rawArguments } from "../../tool-calls.ts";

/** A tool call of which some pieces have come. */
export interface PartialCall extends RawCall {
  readonly index: number | undefined;
  id: string | undefined;
  name: string;
  arguments: string;
}

/** A piece belongs to the call of its index; from servers that send none, to the call of its id, or to the last one. */
export function extend(calls: PartialCall[], part: Fields): void {
  const index = whole(part["index"]);
  const id = text(part["id"]);
  const named = fields(part["function"]) ?? {};
  const piece = { index, id, name: text(named["name"]) ?? "", arguments: rawArguments(named["arguments"]) };
  const known =
    index === undefined
      ? id === undefined
        ? calls.at(-1)
        : calls.find((one) => one.id === id)
      : calls.findLast((one) => one.index === index);
  if (known === undefined || isAnother(piece, known)) {
    calls.push(piece);
    return;
  }
  known.id ??= id;
  // The name comes once and whole; servers that repeat it in every piece must not double it.
  if (known.name === "") known.name = piece.name;
  known.arguments += piece.arguments;
}

/**
 * Gemini's compatible API sends calls that stand side by side whole, each with an id of its own and all of them under index
 * 0; small servers send whole calls without either. Others give every piece of one call another id: only what comes after
 * whole arguments, or names another tool, is a call of its own.
 */
function isAnother(piece: PartialCall, known: PartialCall): boolean {
  const unmarked = piece.index === undefined && piece.id === undefined;
  const otherId = piece.id !== undefined && known.id !== undefined && piece.id !== known.id;
  if (piece.name === "" || known.name === "" || !(unmarked || otherId)) return false;
  return piece.name !== known.name || (piece.arguments.trim() !== "" && isWhole(known.arguments));
}

function isWhole(raw: string): boolean {
  try {
    return fields(JSON.parse(raw)) !== undefined;
  } catch {
    return false;
  }
}
