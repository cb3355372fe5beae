import type { StandardSchemaV1 } from "@standard-schema/spec";

/** Any validator that implements Standard Schema v1 (https://standardschema.dev): zod, valibot, arktype and others. */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>;
/** What a schema says about one place of a value: `message`, and `path`. */
export type Issue = StandardSchemaV1.Issue;
/** What a schema takes. */
export type InputOf<S extends Schema> = StandardSchemaV1.InferInput<S>;
/** What a schema gives. */
export type ParsedBy<S extends Schema> = StandardSchemaV1.InferOutput<S>;
