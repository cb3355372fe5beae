import { check } from "../../execute/program/validate.ts";
import { startedArm } from "../../execute/routine/arm.ts";
import type { JsonSchema, ToolCall } from "../../model/model.ts";
import { BuildError } from "../../plan/build-error.ts";
import { type Executable as AnyExecutable, executableOf } from "../../plan/executable.ts";
import { checkOptions, readTimeout } from "../../plan/limits.ts";
import type { Executable } from "../../types/executable.ts";
import type { WaitsIn } from "../../types/failure.ts";
import type { Invalid } from "../../types/names.ts";
import type { ErrorOf } from "../../types/outputs.ts";
import type { ParsedBy, Schema } from "../../types/schema.ts";
import { render } from "../prompt.ts";
import type { Callable } from "./callable.ts";
import { checkArguments, type Described, describedTool, invalidArguments, outputText } from "./tool.ts";
import { refused } from "./trouble.ts";

/** An agent, a team or a plan that agents can call. Made by `asTool()`. `Waits` are those that it may bring about. */
export interface ExecutableTool<out Args = unknown, out Waits = never> extends Described<Args> {
  /** At compile time only. */
  readonly "~waits"?: Waits;
}

/** What an agent, a team or a plan is to models as a tool. */
export interface AsToolOptions<S extends Schema> {
  /** Letters, digits, `_` and `-`, at most 64. */
  readonly name: string;
  /** Tells the model what it does and when to use it. */
  readonly description: string;
  /** What the model must write, which is what a plan takes; an agent or a team gets text as it is, anything else as JSON. */
  readonly input: S;
  /** The JSON Schema of `input`, where its library cannot tell it. */
  readonly jsonSchema?: JsonSchema;
  /** Ms that one call may take, with all that happens inside of it, waits included; no limit of its own unless told. */
  readonly timeout?: number;
}

/** An agent, a team or a plan, by what it takes and gives. */
export interface NamedExecutable<in In, out R> extends Executable<In, R, never> {
  readonly name: string;
}

interface Made extends ExecutableTool {
  readonly exec: AnyExecutable;
}

/**
 * An agent, a team or a plan as a tool of agents and team leaders. What it does runs below the call, under the run's permits,
 * signal and trace; the model is told its output as text, or why it failed.
 *
 * @example
 * const lookUp = asTool(customerPlan, {
 *   name: "customer",
 *   description: "All that is known of a customer.",
 *   input: z.object({ id: z.number() }),
 * });
 * const clerk = agent({ model: "gpt-4o", tools: [lookUp] });
 */
export function asTool<In, R, const S extends Schema<unknown, In>>(
  executable: NamedExecutable<In, R> | Invalid<"call .build() on a workflow first">,
  options: AsToolOptions<S>,
): ExecutableTool<ParsedBy<S>, WaitsIn<ErrorOf<R>>> {
  const exec = executableOf(executable);
  if (exec === undefined || exec.kind === "function" || exec.kind === "step")
    throw new BuildError("asTool() to be given an agent, a team or a plan", executable, {
      advice:
        typeof (executable as { build?: unknown } | undefined)?.build === "function"
          ? "call .build() on this workflow first"
          : "make a tool of a function with tool()",
    });
  if (options === undefined) throw new BuildError("the options of asTool() to be an object", options);
  checkOptions(options, ["name", "description", "input", "jsonSchema", "timeout"], undefined, "the options of asTool()");
  const { timeout } = options;
  const made: Made = { ...describedTool(options), timeout: readTimeout(timeout, undefined), exec };
  // The one loose place: `describedTool` keeps the schema, whose type says what it hands on.
  return Object.freeze(made) as unknown as ExecutableTool<ParsedBy<S>, WaitsIn<ErrorOf<R>>>;
}

export function isExecutableTool(given: unknown): given is Made {
  const { exec, spec, name } = (given ?? {}) as Partial<Made>;
  return exec !== undefined && spec !== undefined && typeof name === "string";
}

/** The same as a model calls it: an arm of its own for each call. */
export function callableExecutable(tool: Made): Callable {
  return {
    spec: tool.spec,
    arm: (host, { call, key, segment }) =>
      startedArm(host, {
        key,
        name: tool.name,
        segment,
        exec: tool.exec,
        kind: "tool",
        timeout: tool.timeout,
        input: () => inputOf(tool, call),
        output: ({ last }) => outputText(last),
      }),
  };
}

async function inputOf(tool: Made, call: ToolCall): Promise<unknown> {
  const read = await checkArguments(tool, call.arguments);
  if (read.isErr()) return refused(read.error);
  const { exec } = tool;
  if (exec.kind !== "plan") return render(read.value, { sections: false });
  const schema = exec.definition.input;
  if (schema === undefined) return read.value;
  // What the plan itself refuses would be the end of the run: here, the model can mend it.
  const { issues } = await check(schema, read.value);
  return issues === undefined ? read.value : refused(invalidArguments(tool.name, issues));
}
