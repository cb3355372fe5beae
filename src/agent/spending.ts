import { Spending, type Spent } from "../execute/budget/spending.ts";
import type { AgentError, Model, ModelReply, ModelRequest } from "../model/model.ts";
import { isBelievable } from "../model/usage.ts";

/** What providers let a reply have, more or less, where nobody says otherwise. */
const longestReply = 4_096;
const bytesPerToken = 4;

/** What one request takes: at most what it sends and the longest reply, then what the reply reports. */
export function spendingOf(model: Model, request: ModelRequest): Spending {
  return new Spending(
    model.name,
    () => ({
      inputTokens: Math.ceil(bytesOf(request) / bytesPerToken),
      outputTokens: request.settings?.maxOutputTokens ?? longestReply,
    }),
    spent,
  );
}

/**
 * Bytes and not characters: they are the same in English, and of a Chinese text, whose characters are about a token each,
 * a quarter of the characters would be far too little.
 */
function bytesOf({ messages, tools, output }: ModelRequest): number {
  try {
    return new TextEncoder().encode(JSON.stringify([messages, tools, output])).length;
  } catch {
    // What is no JSON cannot be sent either.
    return 0;
  }
}

/** Read with care: any `Model` may have made it, and the scheduler cannot go on from what throws. */
function spent(outcome: unknown): Spent {
  try {
    return read((outcome ?? {}) as Partial<ModelReply & AgentError>);
  } catch {
    return { usage: undefined, unknown: true };
  }
}

function read({ usage, usageMissing, status, unsent }: Partial<ModelReply & AgentError>): Spent {
  if (typeof usage === "object" && usage !== null) {
    const copied = { ...usage };
    return { usage: copied, unknown: usageMissing === true || !isBelievable(copied) };
  }
  // Refused before a model saw it. Anything else, such as a connection that broke, may have come after the reply was made.
  const refused = unsent === true || (status !== undefined && status >= 400 && status < 500);
  return { usage: undefined, unknown: !refused };
}
