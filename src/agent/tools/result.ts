import { type Fields, fields, list, text } from "../../model/read.ts";
import { toJson } from "../plain.ts";
import { sameJson } from "../same-json.ts";

/** What a call of an MCP tool came to, as a model can read it. What is no text is named, with its type and size. */
export function resultText(given: unknown): string {
  const result = fields(given);
  if (result === undefined || !Array.isArray(result["content"])) return toJson(result?.["toolResult"] ?? given, 0);
  const parts = list(result["content"]).map((part) => fields(part) ?? {});
  const shown = parts.map(partText);
  const structured = result["structuredContent"];
  // Servers repeat it as text for clients that know nothing else.
  if (structured !== undefined && !parts.some((part) => isSame(part["text"], structured))) shown.push(toJson(structured, 0));
  return shown.join("\n") || "(no output)";
}

function partText(part: Fields): string {
  switch (part["type"]) {
    case "text":
      return text(part["text"]) ?? "";
    case "image":
    case "audio":
      return `[${part["type"]}: ${text(part["mimeType"]) ?? "of unknown type"}, ${bytes(part["data"])}]`;
    case "resource":
      return resourceText(fields(part["resource"]) ?? {});
    case "resource_link":
      return `[link to ${text(part["uri"]) ?? "nowhere"}: ${text(part["description"]) ?? text(part["title"]) ?? text(part["name"]) ?? "not described"}]`;
    default:
      return toJson(part, 0);
  }
}

function resourceText(resource: Fields): string {
  const uri = text(resource["uri"]) ?? "a resource";
  const content = text(resource["text"]);
  return content === undefined
    ? `[${uri}: ${text(resource["mimeType"]) ?? "of unknown type"}, ${bytes(resource["blob"])}]`
    : `[${uri}]\n${content}`;
}

function bytes(base64: unknown): string {
  return typeof base64 === "string" ? `${Math.floor((base64.replace(/=+$/, "").length * 3) / 4)} bytes` : "no data";
}

function isSame(json: unknown, value: unknown): boolean {
  try {
    return typeof json === "string" && sameJson(JSON.parse(json), value);
  } catch {
    return false;
  }
}
