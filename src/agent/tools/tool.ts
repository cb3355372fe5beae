import { err, ok, type Result } from "neverthrow";
import { check } from "../../execute/program/validate.ts";
import type { JsonSchema, ToolSpec } from "../../model/model.ts";
import { redact } from "../../model/redact.ts";
import { knownSecrets } from "../../model/secrets.ts";
import { BuildError } from "../../plan/build-error.ts";
import { cut } from "../../plan/cut.ts";
import { issueText } from "../../plan/issue-text.ts";
import { checkOptions, readTimeout } from "../../plan/limits.ts";
import { messageOf } from "../../plan/show.ts";
import type { AsksFor, WaitsFor } from "../../types/approval.ts";
import type { MisnamedByTools } from "../../types/misnamed.ts";
import type { Issue, ParsedBy, Schema } from "../../types/schema.ts";
import { readJson } from "../json-text.ts";
import { toJson } from "../plain.ts";
import { schemaMistake, toolSchema, unwrap } from "../schema/schema.ts";
import { type Gate, readGate } from "./gate.ts";

/** What a tool's `run` is handed beside its arguments. */
export interface ToolContext {
  /** Aborts when the run is cancelled or the tool's time is up. */
  readonly signal: AbortSignal;
  /** The run's state. */
  readonly state: Readonly<Record<string, unknown>>;
  /** The same whenever this call is made again after a crash. */
  readonly idempotencyKey: string;
  /** The id of the run. */
  readonly runId: string;
  /** Where in the run, for example `research/web/search[2]`. */
  readonly path: string;
}

/** What everything has that an agent can call. */
export interface Described<out Args> {
  /** What models call it by. */
  readonly name: string;
  /** What models are told of it. */
  readonly description: string;
  /** Checks the arguments that a model writes. */
  readonly input: Schema<unknown, Args>;
  /** What the model is told. */
  readonly spec: ToolSpec;
  /** Whether the model writes the arguments under `value`, since their root must be an object. */
  readonly wrapped: boolean;
  /** Ms that one call may take; undefined for no limit of its own. */
  readonly timeout: number | undefined;
}

/** Something that an agent can call. Made by `tool()`. `Waits` is the approval that its calls may wait for. */
export interface Tool<out Args = unknown, out Output = unknown, out Waits = never> extends Described<Args> {
  /** Which calls need approval, and how long they wait for it; undefined for none. */
  readonly gate: Gate | undefined;
  /** At compile time only. */
  readonly "~waits"?: Waits;
  /** Takes arguments that `checkArguments` has passed. */
  run(args: never, context: ToolContext): Output | Promise<Output>;
}

/** What a tool is made of. */
export interface ToolOptions<S extends Schema, Output, Name extends string = string, Asking = boolean> extends MisnamedByTools {
  /** Letters, digits, `_` and `-`, at most 64. */
  readonly name: Name;
  /** Tells the model what it does and when to use it. */
  readonly description: string;
  /** What the model must write; any Standard Schema. */
  readonly input: S;
  /** The JSON Schema of `input`, where its library cannot tell it. */
  readonly jsonSchema?: JsonSchema;
  /** Ms that one call may take. */
  readonly timeout?: number;
  /**
   * Whether a call waits for a person's approval: always, or when a function of the checked arguments says so. It then waits
   * like `waitFor`, under the tool's name, for `{ approved, reason? }`; exactly the arguments that were shown run.
   */
  readonly approval?: Asking | AsksFor<ParsedBy<S>, ToolContext>;
  /** Ms to wait for approval, after which the call counts as denied; without it, as long as it takes. */
  readonly approvalTimeout?: number;
  /** Does the work, with arguments that `input` has checked. What it gives goes to the model, as text or as JSON; what it throws, as the reason why it failed. */
  readonly run: (args: ParsedBy<S>, context: ToolContext) => Output;
}

const known = ["name", "description", "input", "jsonSchema", "timeout", "approval", "approvalTimeout", "run"];

/**
 * A tool for agents, with `run` typed by its schema.
 *
 * @example
 * const weather = tool({
 *   name: "weather",
 *   description: "The weather in a city, now.",
 *   input: z.object({ city: z.string() }),
 *   run: ({ city }, { signal }) => fetchWeather(city, signal),
 * });
 */
export function tool<
  const S extends Schema,
  Output,
  const Name extends string = string,
  const Asking extends boolean | AsksFor<ParsedBy<S>, ToolContext> = false,
>(options: ToolOptions<S, Output, Name, Asking>): Tool<ParsedBy<S>, Awaited<Output>, WaitsFor<Name, Asking>> {
  if (options === undefined) throw new BuildError("the options of tool() to be an object", options);
  checkOptions(options, known, undefined, "the options of tool()");
  const { name, timeout, run } = options;
  const described = describedTool(options);
  if (typeof run !== "function") throw new BuildError(`run of tool ${JSON.stringify(name)} to be a function`, run);
  const made = {
    ...described,
    timeout: readTimeout(timeout, undefined),
    gate: readGate(options, `tool ${JSON.stringify(name)}`),
    run,
  };
  // The one loose place: outside, only checked arguments reach `run`, which `never` keeps true for every caller.
  return Object.freeze(made) as unknown as Tool<ParsedBy<S>, Awaited<Output>, WaitsFor<Name, Asking>>;
}

type Description = Pick<ToolOptions<Schema, unknown>, "name" | "description" | "input" | "jsonSchema">;

/** What every tool has, whatever runs when it is called; checked. */
export function describedTool({
  name,
  description,
  input,
  jsonSchema,
}: Description): Pick<Tool, "name" | "description" | "input" | "spec" | "wrapped"> {
  if (typeof name !== "string" || !/^[\w-]{1,64}$/.test(name))
    throw new BuildError("the name of a tool to be 1 to 64 letters, digits, _ and -", name, { advice: "models can call no other names" });
  const place = `tool ${JSON.stringify(name)}`;
  if (typeof description !== "string" || description.trim() === "")
    throw new BuildError(`the description of ${place} to be text`, description, { advice: "it tells the model when to use the tool" });
  const { schema, wrapped, strict } = specOf(input, place, jsonSchema);
  return { name, description, input, spec: Object.freeze({ name, description, input: schema, strict }), wrapped };
}

function specOf(input: Schema, place: string, jsonSchema: JsonSchema | undefined) {
  try {
    return toolSchema(input, `input of ${place}`, jsonSchema);
  } catch (thrown) {
    throw schemaMistake(thrown);
  }
}

/** The arguments of a call as `run` takes them, or what to tell the model. `raw` is the JSON text that the model wrote. */
export async function checkArguments(of: Pick<Tool, "name" | "input" | "wrapped">, raw: string): Promise<Result<unknown, string>> {
  const read = readJson(raw.trim() === "" ? "{}" : raw);
  if (read.isErr()) return err(`${notRun(of.name)} ${read.error}. Call it again with JSON that matches its schema.`);
  const { value, issues } = await check(of.input, unwrap(read.value, of));
  return issues === undefined ? ok(value) : err(invalidArguments(of.name, issues));
}

/** What a model is told of arguments that do not fit. */
export function invalidArguments(name: string, issues: readonly Issue[]): string {
  return `${notRun(name)} Correct these and call it again:\n${redact(issueText(issues), knownSecrets())}`;
}

function notRun(name: string): string {
  return `Invalid arguments for tool ${JSON.stringify(name)}, which has not run.`;
}

/** What a model is shown of a tool's output: text as it is, anything else as JSON, at most `most` characters with a mark where it was cut. */
export function outputText(output: unknown, most = 16_000): string {
  const text = typeof output === "string" ? output : output === undefined ? "(no output)" : toJson(output, 0);
  return cut(text.toWellFormed(), most, `\n[cut: the output has ${text.length} characters, and ${most} are shown]`);
}

/** What a model is told of an error: its message, without its stack, its cause or anything that looks like a secret. */
export function errorText(thrown: unknown, secrets: readonly string[] = []): string {
  return cut(redact(messageOf(thrown), secrets), 1_000);
}
