import { fstatSync } from "node:fs";
import type { Readable } from "node:stream";
import { show } from "../../plan/show.ts";
import type { Schema } from "../../types/schema.ts";
import { usageError } from "../process/command-error.ts";
import type { Runnable } from "../project/runnable.ts";
import { describe } from "../text/thrown.ts";

export interface InputOptions extends TextOptions {
  /** Read the input as JSON even if the plan declares no schema. */
  readonly json: boolean;
}

export interface TextOptions {
  /** Where `-` and a missing input are read from. */
  readonly stdin: Readable;
  /** Whether something is piped into it. */
  readonly piped: boolean;
  /** Called when nothing has arrived for a while: whoever started the command may not know that it reads. */
  readonly onWait: () => void;
}

const patience = 1_000;

/** The input of a run: as typed after the file, or from standard input; as text, or as JSON where a schema wants it. */
export async function readInput(given: string | undefined, runnable: Runnable, options: InputOptions): Promise<unknown> {
  const { schema } = runnable;
  const { json } = options;
  const text = await readGiven(given, options);
  if (text !== undefined && !(text === "" && given === undefined)) return json || schema !== undefined ? parse(text, runnable, json) : text;
  if (schema !== undefined && (await accepts(schema, undefined))) return undefined;
  const came = text === undefined ? "none" : "an empty standard input";
  throw usageError(
    `Expected an input for ${runnable.kind} ${JSON.stringify(runnable.name)}, got ${came}: give ${schema === undefined && !json ? "text" : "JSON"} after the file, or pipe it in`,
  );
}

/** What was typed as an argument, or what comes from standard input in its place; undefined where there is neither. */
export async function readGiven(given: string | undefined, options: TextOptions): Promise<string | undefined> {
  return given === "-" || (given === undefined && options.piped) ? readText(options) : given;
}

/** Whether standard input is a pipe or a file, and not a terminal or nothing. */
export function isPiped(): boolean {
  try {
    const stdin = fstatSync(0);
    return stdin.isFIFO() || stdin.isFile() || stdin.isSocket();
  } catch {
    return false;
  }
}

/** All of a stream as text. The line break that `echo` and editors put at the end is no part of the input. */
async function readText({ stdin, onWait }: TextOptions): Promise<string> {
  const chunks: Buffer[] = [];
  const waiting = setTimeout(onWait, patience);
  for await (const chunk of stdin) {
    clearTimeout(waiting);
    chunks.push(Buffer.from(chunk as Uint8Array));
  }
  clearTimeout(waiting);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)).replace(/\r?\n$/, "");
  } catch {
    throw usageError("Expected the standard input to be text in UTF-8, got other bytes");
  }
}

async function parse(text: string, { kind, name, schema }: Runnable, json: boolean): Promise<unknown> {
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    // Where a schema takes text as it is, nobody should have to quote it.
    if (!json && schema !== undefined && (await accepts(schema, text))) return text;
    const why = json ? "--json" : `the input schema of ${kind} ${JSON.stringify(name)}`;
    throw usageError(`Expected the input to be JSON, as ${why} asks, got ${show(text)} (${describe(thrown)})`);
  }
}

async function accepts(schema: Schema, value: unknown): Promise<boolean> {
  try {
    return (await schema["~standard"].validate(value)).issues === undefined;
  } catch {
    return false;
  }
}
