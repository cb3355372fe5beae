import { usageError } from "../process/command-error.ts";
import { chooseAll } from "./choose.ts";
import { loadInTime } from "./load.ts";
import { locate } from "./locate.ts";

/** The plans of some files, by the names that a journal knows them by. */
export async function workPlans(files: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
  const paths = await Promise.all(files.map(locate));
  const found = new Map<string, { readonly value: unknown; readonly path: string }>();
  for (const path of new Set(paths))
    for (const { name, value } of chooseAll(await loadInTime(path), path)) {
      const before = found.get(name);
      if (before !== undefined && before.value !== value)
        throw usageError(
          `Expected plans of different names, got two called ${JSON.stringify(name)}, in ${before.path} and in ${path}: a journal knows them by name alone, so rename one`,
        );
      found.set(name, { value, path });
    }
  return new Map([...found].map(([name, { value }]) => [name, value]));
}
