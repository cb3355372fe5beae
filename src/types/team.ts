import type { ResultAsync } from "neverthrow";
import type { ExecutableTool } from "../agent/tools/as-tool.ts";
import type { ToolClient, ToolSource } from "../agent/tools/source.ts";
import type { Tool } from "../agent/tools/tool.ts";
import type { AgentError, JsonSchema, Model, ModelSettings } from "../model/model.ts";
import type { Agent, Executable, PromptInput } from "./executable.ts";
import type { RunFailure, WaitsIn } from "./failure.ts";
import type { GuardContext, Guarded } from "./guard.ts";
import type { MisnamedByTeams } from "./misnamed.ts";
import type { Invalid } from "./names.ts";
import type { RunOptions } from "./options.ts";
import type { ErrorOf, OutputOf, Packed } from "./outputs.ts";
import type { Run } from "./run.ts";
import type { ParsedBy, Schema } from "./schema.ts";
import type { Given } from "./verdicts.ts";

/**
 * How a team works. `coordinate`: the leader gives members tasks and answers from what they found. `route`: the leader
 * picks one member, whose answer is the answer. `collaborate`: all members work on the same input, and the leader answers
 * from what they say. `tasks`: the leader plans tasks that depend on each other, and answers from what came of them.
 */
export type TeamMode = "coordinate" | "route" | "collaborate" | "tasks";

/** Agents and teams by the names that the leader calls them by: letters, digits, `_` and `-`, at most 64. */
export interface TeamMembers {
  readonly [name: string]: Agent<unknown, unknown>;
}
/** The same with what is neither, such as a workflow, which the compiler then says. */
export interface TeamCandidates {
  readonly [name: string]: Agent<unknown, unknown> | Invalid<"a member is an agent or a team; a plan goes to tools: [asTool(plan)]">;
}

/** What a team is made of. */
export interface TeamDefinition<
  Members extends TeamCandidates,
  Mode extends TeamMode,
  Output extends Schema,
  Listed = Tool<unknown, unknown, unknown> | ExecutableTool<unknown, unknown> | ToolSource<unknown> | ToolClient,
  Before extends Guarded<PromptInput> = Guarded<PromptInput>,
  After extends Guarded<TeamOutput<Members, Mode, Output>> = Guarded<TeamOutput<Members, Mode, Output>>,
> extends MisnamedByTeams {
  /** For traces and drawings. */
  readonly name: string;
  /** The leader's: a name ("gpt-4o"), a `Model`, or several, of which the next is tried when one fails in a way that may pass. */
  readonly model: string | Model | readonly (string | Model)[];
  /** Agents and teams, by name. The leader is told their instructions and tools. */
  readonly members: Members;
  /** "coordinate" unless told. */
  readonly mode?: Mode;
  /** For the leader; what its mode asks of it is added. */
  readonly instructions?: string;
  /** The shape of the leader's answer; it types the step. Text unless told. In `route` mode the member's answer is the answer. */
  readonly output?: Output;
  /** The JSON Schema of `output`, where its library cannot tell it. */
  readonly jsonSchema?: JsonSchema;
  /** How many turns the leader may take: a whole number from 1 up, 10 unless told. Then the team fails with `max_iterations`. */
  readonly maxIterations?: number;
  /** Whether members see what members before them were asked and answered; they see their own task alone unless told. */
  readonly shareMemberInteractions?: boolean;
  /** The leader's own tools, beside its members. */
  readonly tools?: readonly Listed[];
  /** How often a leader's answer that does not fit `output` is asked for again, with the issues: a whole number from 0 up, 1 unless told. */
  readonly reasks?: number;
  /** For the leader's requests; members have their own. In `route` mode its `toolChoice` is "required", whatever is told. */
  readonly settings?: ModelSettings;
  /**
   * Looks at the team's prompt before its leader and its members do: gives it back, another one, or `reject(reason)`. Text,
   * unless the step's `input` built parts or messages.
   */
  readonly before?: (prompt: PromptInput, context: GuardContext) => Before;
  /** Looks at the team's answer, in `route` mode at the member's: gives it back, another one, or `reject(reason)`. Tokens were streamed by then. */
  readonly after?: (output: TeamOutput<Members, Mode, Output>, context: GuardContext) => After;
}

/** Agents with a leader, made with `team({...})`. It takes whatever came last. `Failure` is why it may not answer. */
export interface Team<out Output, out Failure = AgentError>
  extends Executable<unknown, Packed<Output, Failure, unknown, "leaf">, PromptInput> {
  /** For traces and drawings. */
  readonly name: string;
  /** Runs the team alone, as a plan of one step. Text goes to the leader as it is, anything else as JSON. Never throws. */
  // biome-ignore lint/complexity/noBannedTypes: a team has no steps.
  run(input: unknown, options?: RunOptions): ResultAsync<Run<Output, {}>, RunFailure<Failure, {}>>;
}

/** What a team gives: the leader's answer, or in `route` mode that of any member. */
export type TeamOutput<Members extends TeamCandidates, Mode extends TeamMode, Output extends Schema> = Mode extends "route"
  ? OutputOf<Given<Members[keyof Members]>>
  : ParsedBy<Output>;

/** Why it may not: its leader's failures, its members' where nobody answers in their place, and approvals that any of them may wait for. */
export type TeamFailure<Members extends TeamCandidates, Mode extends TeamMode> =
  | AgentError
  | (Mode extends "route" | "collaborate" ? ErrorOf<Given<Members[keyof Members]>> : WaitsIn<ErrorOf<Given<Members[keyof Members]>>>);

/** Only a leader that answers itself has an answer to give a shape to. */
export type Fits<Mode, Output> = [Mode] extends ["route"]
  ? [Schema<string>] extends [Output]
    ? unknown
    : { readonly output?: Invalid<"in route mode the answer is a member's: give the members an output"> }
  : unknown;
