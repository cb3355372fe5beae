import { type Fields, fields, text } from "./read.ts";
import type { Trouble } from "./trouble.ts";

/** The error's `code` in Node and undici says what the message ("fetch failed", "terminated") does not. */
const timeouts = /^(?:ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT)$/;
const network = /^(?:E(?:CONN|NET|HOST|PIPE|ADDR|PROTO|AI_)|ENOTFOUND|ENETUNREACH|UND_ERR_|HPE_|ERR_SSL|ERR_HTTP2|ERR_STREAM)/;
/** Of these, the ones that come before a connection is there to send anything over. */
const unconnected = /^(?:ECONNREFUSED|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;
const certificate = /CERT|SELF_SIGNED|ERR_TLS/;

/** A request that got no whole answer, told from its chain of causes; nothing for any other error. */
export function connectionTrouble(error: Fields): Trouble | undefined {
  const chain = causes(error);
  const code = chain.map((link) => text(link["code"])).findLast((found) => found !== undefined);
  const message = chain.map((link) => text(link["message"])).findLast((found) => found !== undefined) ?? "no reason";
  if (code === "ERR_INVALID_URL") return { type: "bad_request", got: message, advice: "check OPENAI_BASE_URL or baseURL", unsent: true };
  if (code !== undefined && certificate.test(code))
    return { type: "connection", got: `an untrusted certificate (${code}: ${message})`, retryable: false, unsent: true };
  const unsent = code !== undefined && unconnected.test(code) && ({ unsent: true } as const);
  if (code !== undefined && timeouts.test(code)) return { type: "timeout", got: `no answer in time (${code})`, ...unsent };
  if (code !== undefined && network.test(code)) return { type: "connection", got: `a failed connection (${code}: ${message})`, ...unsent };
  const own = text(error["message"]) ?? "";
  if (/timed out/i.test(own)) return { type: "timeout", got: "no answer in time" };
  if (/^(?:terminated|fetch failed|connection error\.?|socket hang up|other side closed)$/i.test(own))
    return { type: "connection", got: `a failed connection (${message})` };
  return undefined;
}

/** The error and what caused it, outermost first. Bounded, since a chain of causes may be a ring. */
function causes(error: Fields): readonly Fields[] {
  const chain: Fields[] = [];
  for (let link: Fields | undefined = error; link !== undefined && chain.length < 8; link = fields(link["cause"])) chain.push(link);
  return chain;
}
