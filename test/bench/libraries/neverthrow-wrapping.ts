import type * as Neverthrow from "neverthrow";
import { increment, peer } from "../library.ts";
import { loopOf } from "./neverthrow.ts";

const { ok } = (await peer("neverthrow")) as typeof Neverthrow;

/** The same loop around the function that every other library is given, as around a client's method: awaited, and put into an `ok`. */
export const library = loopOf(async (value) => ok(await increment(value)));
