import type { StandardSchemaV1 } from "@standard-schema/spec";

/** Any validator that implements Standard Schema v1 (https://standardschema.dev): zod, valibot, arktype and others. */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>;
export type Issue = StandardSchemaV1.Issue;
export type InputOf<S extends Schema> = StandardSchemaV1.InferInput<S>;
export type ParsedBy<S extends Schema> = StandardSchemaV1.InferOutput<S>;
