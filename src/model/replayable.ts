/**
 * Raw arguments as they can be sent back. The history repeats what the model wrote, and servers such as vLLM fail on
 * arguments that are not a JSON object: malformed ones are sent inside of one, so that the model still sees its mistake.
 */
export function replayable(raw: string): string {
  if (raw.trim() === "") return "{}";
  try {
    const value: unknown = JSON.parse(raw);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return raw;
  } catch {
    // Falls through to the wrapping below.
  }
  return JSON.stringify({ malformed_arguments: raw });
}
