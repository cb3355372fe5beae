import type { Trouble } from "./trouble.ts";

const advice = "check that the base URL is an OpenAI-compatible API; it usually ends in /v1";

/** A 200 whose body is not what the API answers: a sign-in page, another API, nothing at all. */
export function notAReply(body: unknown, missing: string): Trouble {
  if (typeof body === "string") {
    if (body.trim() === "") return { type: "protocol", got: "an empty body", advice };
    const page = /^\s*<(?:!doctype|html|\?xml|head|body)/i.test(body);
    return {
      type: "protocol",
      got: page ? `a web page: ${body.slice(0, 200)}` : `malformed JSON: ${body.slice(0, 200)}`,
      advice,
      retryable: !page,
    };
  }
  return { type: "protocol", got: `JSON without ${JSON.stringify(missing)}`, advice };
}
