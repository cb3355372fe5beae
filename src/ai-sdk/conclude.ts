import { err, ok, type Result } from "neverthrow";

import type { RawReply } from "../model/raw-reply.ts";
import { type Fields, fields, text } from "../model/read.ts";
import type { RawCall } from "../model/tool-calls.ts";
import { type Trouble, truncated } from "../model/trouble.ts";
import { type ReportedUsage, readUsage } from "../model/usage.ts";

/** What a reply of either version came to, whole or streamed. */
export interface Said {
  readonly text: string;
  readonly calls: readonly RawCall[];
  readonly finish: unknown;
  readonly usage: unknown;
  readonly streamed: boolean;
  /** See `carriedFrom`. */
  readonly carried?: readonly Fields[];
}

/** Tells replies that can be judged from those that ended in an error, or before their end. */
export function conclude({ text: said, calls, finish, usage, streamed, carried }: Said): Result<RawReply, Trouble> {
  const reason = fields(finish);
  const unified = text(reason?.["unified"]);
  const raw = text(reason?.["raw"]);
  const reported = reportedUsage(usage);
  if (unified === "error")
    return err({
      type: "protocol",
      got: `a reply that ended in an error${raw === undefined ? "" : ` (${raw})`}`,
      retryable: true,
      ...spent(reported),
    });
  // Providers of v3 have no word for a stream that broke off, and end it with "other" and no reason behind that.
  if (unified === "interrupted" || (streamed && (unified === undefined || (unified === "other" && raw === undefined))))
    return err({ ...truncated, ...spent(reported) });
  const refused = unified === "content-filter" && isRefusal(raw, said);
  return ok({
    text: said,
    refusal: refused ? said || "one that says nothing" : "",
    calls,
    ended: unified === "length" ? "length" : unified === "content-filter" && !refused ? "content_filter" : "whole",
    empty: false,
    usage: reported,
    ...(carried !== undefined && { carried }),
  });
}

/** The SDK calls both a content filter. A filter names itself; a model that declined stopped as ever, and said why. */
function isRefusal(raw: string | undefined, said: string): boolean {
  return raw === "refusal" || (said !== "" && (raw === undefined || raw === "stop"));
}

/** What a reply cost that cannot be used, where the provider said so. */
export function spent(reported: ReportedUsage | undefined): Pick<Trouble, "usage"> {
  const { usage, missing } = readUsage(reported);
  return missing ? {} : { usage };
}

export function reportedUsage(given: unknown): ReportedUsage | undefined {
  const usage = fields(given);
  if (usage === undefined) return undefined;
  const input = fields(usage["inputTokens"]);
  const output = fields(usage["outputTokens"]);
  return { input: input?.["total"], cached: input?.["cacheRead"], output: output?.["total"], reasoning: output?.["reasoning"] };
}
