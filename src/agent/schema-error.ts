/** A schema that a model cannot be given. The message says what is in the way, where, and what to do. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}
