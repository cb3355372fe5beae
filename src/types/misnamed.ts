import type { Invalid } from "./names.ts";

/*
 * What options are called elsewhere. They are declared so that the compiler names the option that is meant, where it would
 * only say that there is none of that name; an editor strikes them through. At run time a `BuildError` lists what there is.
 */

export interface MisnamedByAgents {
  /** @deprecated Here it is `instructions`. */
  readonly system?: Invalid<"write instructions: ...">;
  /** @deprecated Here it is `instructions`; what the agent is asked comes with the step or with `run`. */
  readonly prompt?: Invalid<"write instructions: ..., what it is asked comes with its step or with .run(input)">;
  /** @deprecated Here it is `output`. */
  readonly schema?: Invalid<"write output: schema">;
  /** @deprecated Here it is `settings.temperature`. */
  readonly temperature?: Invalid<"write settings: { temperature }">;
}

export interface MisnamedByLoneAgents extends MisnamedByAgents {
  /** @deprecated Here it is `maxTurns`. */
  readonly maxSteps?: Invalid<"write maxTurns: ...">;
}

export interface MisnamedByTeams extends MisnamedByAgents {
  /** @deprecated Here it is `maxIterations`. */
  readonly maxTurns?: Invalid<"write maxIterations: ...">;
  /** @deprecated Here it is `members`. */
  readonly agents?: Invalid<"write members: { name: agent }">;
}

export interface MisnamedByTools {
  /** @deprecated Here it is `input`. */
  readonly parameters?: Invalid<"write input: schema">;
  /** @deprecated Here it is `input`. */
  readonly inputSchema?: Invalid<"write input: schema">;
  /** @deprecated Here it is `run`. */
  readonly execute?: Invalid<"write run: (args) => ...">;
}
