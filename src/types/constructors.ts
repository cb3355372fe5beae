import type { ExecutableTool } from "../agent/tools/as-tool.ts";
import type { ToolClient, ToolSource } from "../agent/tools/source.ts";
import type { Tool } from "../agent/tools/tool.ts";
import type { Workflow } from "../builder/workflow.ts";
import type { AgentError, JsonSchema, Model, ModelSettings } from "../model/model.ts";
import type { WaitsOf } from "./approval.ts";
import type { StepTools } from "./context.ts";
import type { Agent, PromptInput, Step } from "./executable.ts";
import type { GuardContext, Guarded } from "./guard.ts";
import type { MisnamedByLoneAgents } from "./misnamed.ts";
import type { StepOptions } from "./options.ts";
import type { ErrorOf, OutputOf } from "./outputs.ts";
import type { Unwritten } from "./pages.ts";
import type { ParsedBy, Schema } from "./schema.ts";
import type { About } from "./scope.ts";
import type { Fits, Team, TeamCandidates, TeamDefinition, TeamFailure, TeamMode, TeamOutput } from "./team.ts";

export interface WorkflowFunction {
  /**
   * Starts a workflow. Its input is a string unless said otherwise, here or with `.input()`.
   *
   * ```ts
   * workflow("article").then("draft", writer).build();
   * ```
   */
  <Input = string, const Name extends string = string>(
    name: Name,
    // biome-ignore lint/complexity/noBannedTypes: a workflow without a state.
  ): Workflow<Input, Input, {}, never, About<Name, {}, Input>, Unwritten<"input" | "state">>;
}

export interface StepFunction {
  /**
   * A reusable step: a function of its input alone, so that any workflow whose last output fits can use it.
   *
   * ```ts
   * const length = step("length", (text: string) => text.length);
   * workflow("count").then("n", length);
   * ```
   */
  <const Id extends string, In, R>(
    id: Id,
    run: (input: In, tools: StepTools) => R,
    options?: StepOptions,
  ): Step<Id, In, OutputOf<R>, ErrorOf<R>>;
}

/** What an agent is made of. */
export interface AgentDefinition<
  Output extends Schema,
  Before extends Guarded<PromptInput> = Guarded<PromptInput>,
  After extends Guarded<ParsedBy<Output>> = Guarded<ParsedBy<Output>>,
  Listed = Tool<unknown, unknown, unknown> | ExecutableTool<unknown, unknown> | ToolSource<unknown> | ToolClient,
> extends MisnamedByLoneAgents {
  /** For traces and drawings; the model's name unless told. */
  readonly name?: string;
  /** A name ("gpt-4o"), a `Model`, or several, of which the next is tried when one fails in a way that may pass. */
  readonly model: string | Model | readonly (string | Model)[];
  /** What the model is told before any prompt, as its system message. */
  readonly instructions?: string;
  /** The shape of the answer; it types the step. Text unless told. */
  readonly output?: Output;
  /** The JSON Schema of `output`, where its library cannot tell it. */
  readonly jsonSchema?: JsonSchema;
  /** What the model may call: made with `tool()` or `asTool()`, and all that MCP clients list when the agent begins (see `toolSource()`). */
  readonly tools?: readonly Listed[];
  /** How many model calls one run may take: a whole number from 1 up, 10 unless told. */
  readonly maxTurns?: number;
  /** How often an answer that does not fit `output` is asked for again, with the issues: a whole number from 0 up, 1 unless told. */
  readonly reasks?: number;
  /** For all its requests: temperature, length and the like; the provider's defaults unless told. */
  readonly settings?: ModelSettings;
  /**
   * Looks at the prompt before a model does: gives it back, another one, or `reject(reason)`. Text, unless the step's `input`
   * built parts or messages.
   */
  readonly before?: (prompt: PromptInput, context: GuardContext) => Before;
  /** Looks at the answer, after its schema if there is one: gives it back, another one, or `reject(reason)`. Tokens were streamed by then. */
  readonly after?: (output: ParsedBy<Output>, context: GuardContext) => After;
}

export interface AgentFunction {
  /**
   * A model with instructions and, if wanted, a typed answer. Any Standard Schema types it: zod, valibot, arktype.
   *
   * ```ts
   * const critic = agent({ model: "gpt-4o", output: z.object({ verdict: z.enum(["pass", "revise"]) }) });
   * ```
   */
  <
    Output extends Schema = Schema<string>,
    Before extends Guarded<PromptInput> = never,
    After extends Guarded<ParsedBy<Output>> = never,
    Listed extends Tool<unknown, unknown, unknown> | ExecutableTool<unknown, unknown> | ToolSource<unknown> | ToolClient = never,
  >(
    definition: AgentDefinition<Output, Before, After, Listed>,
  ): Agent<ParsedBy<Output>, AgentError | ErrorOf<Before> | ErrorOf<After> | WaitsOf<Listed>>;
}

export interface TeamFunction {
  /**
   * Agents that work together under a leader, as one step. Members may be teams.
   *
   * ```ts
   * const desk = team({
   *   name: "desk",
   *   model: "gpt-4o",
   *   members: { researcher, writer },
   *   instructions: "Have the facts found before anything is written.",
   * });
   * ```
   */
  <
    const Members extends TeamCandidates,
    Mode extends TeamMode = "coordinate",
    Output extends Schema = Schema<string>,
    Listed extends Tool<unknown, unknown, unknown> | ExecutableTool<unknown, unknown> | ToolSource<unknown> | ToolClient = never,
    Before extends Guarded<PromptInput> = never,
    After extends Guarded<TeamOutput<Members, Mode, Output>> = never,
  >(
    definition: TeamDefinition<Members, Mode, Output, Listed, Before, After> & Fits<Mode, Output>,
  ): Team<TeamOutput<Members, Mode, Output>, TeamFailure<Members, Mode> | WaitsOf<Listed> | ErrorOf<Before> | ErrorOf<After>>;
}
