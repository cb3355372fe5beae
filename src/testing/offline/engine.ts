import { toReply } from "../reply/reply.ts";
import { latestPrompt, type ServedRequest } from "../request/request.ts";
import type { Handler } from "../script.ts";
import { sources as bundled, type Source } from "../sources.ts";
import { readBrief } from "./brief.ts";
import { draft, marked } from "./draft.ts";
import { asksForOutcome, fillSchema, type Material } from "./fill.ts";
import { lead } from "./lead.ts";
import { publish } from "./publish.ts";
import { extract, findings } from "./research.ts";
import { type Role, roleOf } from "./role.ts";
import { review, reviewInWords } from "./rubric.ts";
import { type Search, searchOver } from "./search.ts";
import { sentences } from "./sentences.ts";
import { answerFrom, callBestTool, toolResults } from "./tools.ts";

export interface OfflineEngineOptions {
  /** The texts to quote from, instead of the bundled ones. */
  readonly sources?: readonly Source[];
}

const longestQuery = 2000;
const longestTitle = 120;
/** A sentence that begins so says nothing without the one before it. */
const leansOnOthers = /^(?:they|it|its|this|that|these|those|he|she|both|such|however|therefore)\b/i;

function titleOf(prompt: string): string {
  const first = prompt.trim().split("\n", 1)[0] ?? "";
  return first.length <= longestTitle ? first : `${first.slice(0, longestTitle).replace(/\s+\S*$/, "")} …`;
}

function respond(request: ServedRequest, search: Search): unknown {
  const { instructions, outputSchema } = request;
  const prompt = latestPrompt(request);
  const query = prompt.slice(0, longestQuery);
  const brief = readBrief(prompt);
  const fallback: Role = outputSchema !== undefined && asksForOutcome(outputSchema.schema) ? "critic" : "researcher";
  const role = roleOf(instructions, fallback);
  const results = toolResults(request.messages);
  const extracts = extract(search, query, instructions);
  const title = brief.title ?? titleOf(brief.text === "" ? prompt : brief.text);

  const answerAs = (as: Role): string => {
    if (as === "writer") return draft(results.length > 0 ? { ...brief, text: answerFrom(results, query), whole: false } : brief, search);
    if (as === "publisher") return publish(brief.text);
    if (as === "critic") return reviewInWords(instructions, review(brief.text));
    return results.length > 0 ? answerFrom(results, query) : findings(title, extracts);
  };
  const material = (): Material => ({
    title,
    query,
    text: answerAs(role === "critic" ? "researcher" : role),
    extracts: results.length > 0 ? sentences(answerFrom(results, query)) : extracts.map(({ text }) => text),
    sources: marked(brief.text).length > 0 ? marked(brief.text) : [...new Set(extracts.map((one) => one.title))],
    instructions,
    review: () => review(brief.text),
  });

  const led = lead(request, prompt);
  if (led !== undefined && (typeof led !== "string" || outputSchema === undefined)) return led;
  if (results.length === 0 && request.tools.length > 0) {
    const call = callBestTool(request, { ...material(), text: query, extracts: [query] });
    if (call !== undefined) return call;
  }
  return outputSchema === undefined ? answerAs(role) : fillSchema(outputSchema.schema, material());
}

/**
 * An extractive engine, NOT a language model: it ranks the sentences of a few bundled texts by BM25, and drafts,
 * reviews and formats by fixed rules. It serves to try programs and tests without a key or a network. The role comes
 * from the instructions (research, write, review, publish); the same request always gets the same answer. As a team's
 * leader it asks members by fixed rules, too: who finds comes before who writes, judges and publishes.
 */
export function offlineEngine({ sources = bundled }: OfflineEngineOptions = {}): Handler {
  const search = searchOver(
    sources.flatMap(({ title, text }) =>
      sentences(text)
        .filter((sentence) => !leansOnOthers.test(sentence))
        .map((sentence) => ({ title, text: sentence })),
    ),
  );
  return (request) => toReply(respond(request, search));
}
