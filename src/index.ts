export { agent } from "./agent/agent.ts";
export { reject } from "./agent/reject.ts";
export { type AsToolOptions, asTool, type ExecutableTool } from "./agent/tools/as-tool.ts";
export type { SourceApproval, ToolClient, ToolClientOptions, ToolSource, ToolSourceOptions } from "./agent/tools/source.ts";
export { toolSource } from "./agent/tools/source.ts";
export type { Tool, ToolContext, ToolOptions } from "./agent/tools/tool.ts";
export { tool } from "./agent/tools/tool.ts";
export type { Choices } from "./builder/choices.ts";
export type { Groups } from "./builder/groups.ts";
export { NotAPromiseError } from "./builder/not-a-promise.ts";
export type { Recovery } from "./builder/recovery.ts";
export type { Repetition } from "./builder/repetition.ts";
export type { Sequence } from "./builder/sequence.ts";
export { workflow } from "./builder/start.ts";
export { step } from "./builder/step.ts";
export type { Waits } from "./builder/waits.ts";
export type { Finished, Workflow } from "./builder/workflow.ts";
export type { Journal } from "./journal/journal.ts";
export type {
  AgentError,
  Message,
  Model,
  ModelCall,
  ModelReply,
  ModelRequest,
  ModelSettings,
  Part,
  ToolCall,
  ToolSpec,
} from "./model/model.ts";
export { type OpenAIOptions, openai } from "./model/openai.ts";
export { BuildError } from "./plan/build-error.ts";
export type { PlanDescription, StepDescription } from "./plan/describe.ts";
export type { Node } from "./plan/node.ts";
export type { AnyPlan, Plan, StepsOf } from "./plan/plan.ts";
export { team } from "./team/team.ts";
export type { Approval, ApprovalRequest } from "./types/approval.ts";
export type { Body } from "./types/arms.ts";
export type { AgentDefinition } from "./types/constructors.ts";
export type { CatchContext, Context, Place, StepTools, Turn } from "./types/context.ts";
export type { Listener, RunEvent } from "./types/event.ts";
export type { Agent, Executable, PromptInput, Step } from "./types/executable.ts";
export type {
  AnswerRefused,
  CancelRecorded,
  CancelRefused,
  LoopLimit,
  OpenWait,
  RunFailure,
  Settled,
  StepFailure,
  Suspended,
} from "./types/failure.ts";
export type { GuardContext, Guarded, Rejection } from "./types/guard.ts";
export type { Mocks } from "./types/mock.ts";
export type {
  Budget,
  CallOptions,
  CatchOptions,
  Clock,
  GroupOptions,
  LoopOptions,
  Merges,
  Price,
  RetryPolicy,
  RunOptions,
  StepOptions,
  WaitOptions,
} from "./types/options.ts";
export type { Gives, GivesSteps } from "./types/outputs.ts";
export type { Blank, First, Pages, Unwritten } from "./types/pages.ts";
export type { Run, RunHandle } from "./types/run.ts";
export type { ParsedBy, Schema } from "./types/schema.ts";
export type { About, Nested } from "./types/scope.ts";
export type { InputNeeded, InputOption, UseOptions } from "./types/step-options.ts";
export type { Tape, Traffic, TrafficOutcome } from "./types/tape.ts";
export type { Team, TeamCandidates, TeamDefinition, TeamFailure, TeamMembers, TeamMode, TeamOutput } from "./types/team.ts";
export type { ExecutionKind, ExecutionStatus, FailedAttempt, TeamTask, TraceRecord } from "./types/trace.ts";
export type { Usage } from "./types/usage.ts";
export type { StepValue } from "./types/verdicts.ts";
