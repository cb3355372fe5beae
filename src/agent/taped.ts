import { err, ok, type Result } from "neverthrow";
import type { Context } from "../execute/port/context.ts";
import { tapeOf } from "../execute/routine/routine.ts";
import type { Traffic } from "../types/tape.ts";

/** An exchange with a model or a tool, which the run's tape, if it has one, may answer in their place. */
export async function taped<T, E>(
  context: Context,
  traffic: Omit<Traffic, "path">,
  live: () => Promise<Result<T, E>>,
): Promise<Result<T, E>> {
  const tape = tapeOf(context);
  if (tape === undefined) return live();
  const outcome = await tape.play({ ...traffic, path: context.path }, async () =>
    (await live()).match(
      (value) => ({ ok: true, value }),
      (error) => ({ ok: false, error }),
    ),
  );
  return outcome.ok ? ok(outcome.value as T) : err(outcome.error as E);
}
