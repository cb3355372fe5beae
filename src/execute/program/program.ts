import type { Definition } from "../../plan/node.ts";
import { CALL, type Program, TAKE } from "../values/op.ts";
import type { Scope } from "./layout.ts";
import { Preparation } from "./prepare.ts";
import { validate } from "./validate.ts";

const programs = new WeakMap<Definition, Program>();

/** The program of a plan, prepared when it is first run and kept as long as the plan. */
export function programOf(definition: Definition): Program {
  const known = programs.get(definition);
  if (known !== undefined) return known;
  const preparation = new Preparation(definition);
  const { input, output } = definition;
  const start: Scope = { before: undefined, from: 0, owner: undefined };
  if (input !== undefined) preparation.boundary(TAKE, (context) => validate(input, context.last, "invalid_input"));
  preparation.chain(definition.root, start);
  if (output !== undefined) preparation.boundary(CALL, (context) => validate(output, context.last, "invalid_output"));
  const program = preparation.finish(undefined);
  programs.set(definition, program);
  return program;
}
