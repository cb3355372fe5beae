import { BuildError } from "../../plan/build-error.ts";
import { checkOptions, readTimeout } from "../../plan/limits.ts";
import type { WaitsFor } from "../../types/approval.ts";
import { readGate } from "./gate.ts";
import type { ToolContext } from "./tool.ts";

/**
 * What lists tools and calls them: the `Client` of `@modelcontextprotocol/sdk`, or anything of its shape. Where it is
 * connected to, and for how long, is its owner's business.
 */
export interface ToolClient {
  /** The tools that there are, by pages: `{ tools, nextCursor? }`. */
  listTools(params?: { cursor?: string }, options?: ToolClientOptions): PromiseLike<unknown>;
  /** Calls one: `{ content, structuredContent?, isError? }`. */
  callTool(
    params: { name: string; arguments?: { [key: string]: unknown } },
    resultSchema?: undefined,
    options?: ToolClientOptions,
  ): PromiseLike<unknown>;
}

/** What a request of a client goes with. */
export interface ToolClientOptions {
  /** Aborts the request. */
  readonly signal?: AbortSignal;
  /** Ms that it may take. */
  readonly timeout?: number;
}

/** Which tools of a source an agent gets, and how they are called. */
export interface ToolSourceOptions<Asking = boolean> {
  /** Put before every name, so that two sources with a `search` each can serve one agent: letters, digits, `_` and `-`. */
  readonly prefix?: string;
  /** The tools that the agent may use, by the names that the source has for them; all unless told. */
  readonly only?: readonly string[];
  /** Ms that one call may take; 60,000 unless told. */
  readonly timeout?: number;
  /** Ms that listing the tools may take, all pages together; 30,000 unless told. */
  readonly listTimeout?: number;
  /**
   * Which calls wait for a person's approval, as for `tool()`: all, those of the named tools, or those that a function of name
   * and arguments says. The names are the source's own.
   */
  readonly approval?: Asking | readonly string[] | SourceAsksFor;
  /** Ms to wait for approval, after which the call counts as denied; without it, as long as it takes. */
  readonly approvalTimeout?: number;
}

/** `true` for every tool, names for some, or a function of the name and the arguments of each call. */
export type SourceApproval = boolean | readonly string[] | SourceAsksFor;
type SourceAsksFor = (name: string, args: { readonly [key: string]: unknown }, context: ToolContext) => boolean | PromiseLike<boolean>;

/** A client as a source of tools, made by `toolSource()`. `Waits` is the approval that their calls may wait for. */
export interface ToolSource<out Waits = never> {
  /** What lists the tools and calls them. */
  readonly client: ToolClient;
  /** Put before every name. */
  readonly prefix: string;
  /** The tools that the agent may use, by the source's names; undefined for all. */
  readonly only: readonly string[] | undefined;
  /** Ms that one call may take. */
  readonly timeout: number;
  /** Ms that listing the tools may take. */
  readonly listTimeout: number;
  /** Which calls wait for a person's approval. */
  readonly approval: SourceApproval;
  /** Ms to wait for approval; undefined for as long as it takes. */
  readonly approvalTimeout: number | undefined;
  /** At compile time only. */
  readonly "~waits"?: Waits;
}

/**
 * The tools of an MCP server for an agent, with limits of one's own. A bare client does in `tools`, too.
 *
 * The tools are listed once in each agent step, before its first request, and what was listed then is all that the step
 * can call. A listing that fails is the step's failure; a call that fails is told to the model.
 *
 * @example
 * const files = new Client({ name: "reader", version: "1.0.0" });
 * await files.connect(new StdioClientTransport({ command: "mcp-server-filesystem", args: ["."] }));
 * const reader = agent({ model: "gpt-4o", tools: [toolSource(files, { only: ["read_file"] })] });
 */
export function toolSource<const Asking extends SourceApproval = false>(
  client: ToolClient,
  options: ToolSourceOptions<Asking> = {},
): ToolSource<WaitsFor<string, Asking>> {
  if (!isToolClient(client))
    throw new BuildError("the client of toolSource() to have listTools and callTool", client, { advice: "give a connected MCP client" });
  const place = "the options of toolSource()";
  checkOptions(options, ["prefix", "only", "timeout", "listTimeout", "approval", "approvalTimeout"], undefined, place);
  const { prefix = "", only, timeout = 60_000, listTimeout = 30_000 } = options;
  if (typeof prefix !== "string" || !/^[\w-]{0,32}$/.test(prefix))
    throw new BuildError(`${place}: prefix to be up to 32 letters, digits, _ and -`, prefix, { advice: "models can call no other names" });
  if (only !== undefined && (!Array.isArray(only) || only.some((name) => typeof name !== "string")))
    throw new BuildError(`${place}: only to be a list of names`, only);
  const { approval = false } = options;
  const names: unknown = approval;
  if (Array.isArray(names) && names.some((name) => typeof name !== "string"))
    throw new BuildError(`${place}: approval to be true, names or a function`, names);
  const gate = readGate({ ...options, ...(Array.isArray(names) && { approval: true }) }, place);
  return Object.freeze({
    client,
    prefix,
    only: only === undefined ? undefined : Object.freeze([...only]),
    timeout: readTimeout(timeout, undefined),
    listTimeout: readTimeout(listTimeout, undefined),
    approval: Array.isArray(approval) ? Object.freeze([...approval]) : approval,
    approvalTimeout: gate?.timeout,
  });
}

function isToolClient(given: unknown): given is ToolClient {
  const client = given as Partial<ToolClient> | null | undefined;
  return typeof client?.listTools === "function" && typeof client.callTool === "function";
}

/** The source that an entry of `tools` is, if it is one. */
export function toolSourceOf(given: unknown): ToolSource | undefined {
  if (isToolClient(given)) return toolSource(given);
  return isToolClient((given as Partial<ToolSource> | null | undefined)?.client) ? (given as ToolSource) : undefined;
}
