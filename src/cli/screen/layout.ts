import { displayWidth } from "../text/display-width.ts";

/** Columns of the lines of progress. */
export interface Layout {
  /** Columns for paths. */
  readonly path: number;
  /** Whether longer paths are cut to them; where nobody looks, in a file or a pipe, they never are. */
  readonly cut: boolean;
}

const narrowest = 12;
const widest = 48;
/** What stands beside the path: the mark, the kind and the time. */
const beside = 24;

/** Columns that fit the paths of a plan, as far as the terminal has room for them; undefined is no terminal. */
export function layoutFor(paths: Iterable<string>, columns: number | undefined): Layout {
  const room = Math.max(narrowest, Math.min(widest, (columns ?? Number.POSITIVE_INFINITY) - beside));
  let path = narrowest;
  for (const one of paths) path = Math.max(path, displayWidth(one));
  return { path: Math.min(path, room), cut: columns !== undefined };
}
