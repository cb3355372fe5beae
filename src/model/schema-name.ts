/** A name as OpenAI takes it for an output schema: letters, digits, `_` and `-`, at most 64. */
export function schemaName(name: string): string {
  return name.replace(/[^\w-]+/g, "_").slice(0, 64) || "answer";
}
