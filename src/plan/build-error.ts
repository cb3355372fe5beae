import { show } from "./show.ts";

/**
 * A mistake in building a plan or in the options of a run, thrown by the call that made it.
 * The message says what was expected, what came, where, and what to do.
 */
export class BuildError extends Error {
  readonly #built = true;
  override readonly name = "BuildError";
  /** The step that the mistake is in; undefined where no step is concerned. */
  declare readonly step: string | undefined;
  declare readonly expected: string;
  /** What came instead, as text. */
  declare readonly got: string;

  constructor(expected: string, got: unknown, options: { step?: string | undefined; advice?: string | undefined } = {}) {
    const came = got instanceof Shown ? got.text : show(got);
    super(`Expected ${expected}, got ${came}${options.advice === undefined ? "" : `: ${options.advice}`}`);
    this.step = options.step;
    this.expected = expected;
    this.got = came;
  }

  // Anything that was thrown may be tested for this, and a proxy may throw when its prototype is asked for.
  static override [Symbol.hasInstance](value: unknown): value is BuildError {
    return typeof value === "object" && value !== null && #built in value;
  }
}

/** Text that stands in a message as it is, where the value itself would say less. */
export class Shown {
  declare readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
