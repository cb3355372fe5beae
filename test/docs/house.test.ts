import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (file: string) => readFileSync(join(root, file), "utf8");
const sources = globSync("src/**/*.ts", { cwd: root });
const documents = ["README.md", "CHANGELOG.md", ...globSync("{docs,examples}/**/*.md", { cwd: root })];

interface Imports {
  /** Loaded with the file. */
  readonly atOnce: readonly string[];
  readonly onDemand: readonly string[];
}

/** The files of ours that a source loads. What it imports for its types alone is loaded by nobody. */
function importsOf(file: string): Imports {
  const text = read(file);
  const resolved = (found: Iterable<RegExpExecArray>) =>
    [...found].map(({ groups }) => relative(root, join(root, dirname(file), groups?.["from"] ?? "")));
  const values = /^(?:import|export) (?!type )(?!\{(?: *type [^,}]+,?)+ *\} from)(?:[^;"]*? from )?"(?<from>\.[^"]+)"/gm;
  return { atOnce: resolved(text.matchAll(values)), onDemand: resolved(text.matchAll(/\bimport\("(?<from>\.[^"]+)"\)(?!\.)/g)) };
}

const imports = new Map(sources.map((file) => [file, importsOf(file)]));

/** Which of the folders within `folder` load files of which others. */
function between(folder: string, which: keyof Imports): ReadonlyMap<string, ReadonlySet<string>> {
  const child = (file: string) => {
    const [first = "", ...rest] = relative(folder, file).split(sep);
    return first === ".." || rest.length === 0 ? undefined : first;
  };
  const found = new Map<string, Set<string>>();
  for (const [file, loads] of imports) {
    const from = child(file);
    if (from === undefined) continue;
    const targets = found.get(from) ?? new Set();
    found.set(from, targets);
    for (const to of loads[which].map(child)) if (to !== undefined && to !== from) targets.add(to);
  }
  return found;
}

const names = (text: string) => [...text.matchAll(/`([\w-]+)`/g)].map(([, name = ""]) => name).sort();

test("the table of folders says what each loads, at once and on demand", () => {
  const rows = [...read("docs/design.md").matchAll(/^\| `src\/([\w-]+)` \|.*\|([^|]*)\|$/gm)];
  const told = rows.map(([, folder, uses = ""]) => {
    const [atOnce = "", onDemand = ""] = uses.split("(");
    return [folder, names(atOnce), names(onDemand)];
  });
  const [atOnce, onDemand] = [between("src", "atOnce"), between("src", "onDemand")];
  const found = [...atOnce].map(([folder, uses]) => {
    const later = [...(onDemand.get(folder) ?? [])].filter((name) => !uses.has(name));
    return [folder, [...uses].sort(), later.sort()];
  });
  expect(Object.fromEntries(told.map(([folder, ...uses]) => [folder, uses]))).toEqual(
    Object.fromEntries(found.map(([folder, ...uses]) => [folder, uses])),
  );
});

const withFolders = globSync("{src,src/**/}", { cwd: root }).filter((folder) => between(folder, "atOnce").size > 1);

test.each(withFolders)("folders in %s depend on each other in one direction", (folder) => {
  const uses = between(folder, "atOnce");
  const settled = new Set<string>();
  for (let left = [...uses.keys()]; left.length > 0; left = left.filter((name) => !settled.has(name))) {
    const free = left.filter((name) => [...(uses.get(name) ?? [])].every((other) => settled.has(other)));
    expect({ circle: free.length === 0 ? left : [] }).toEqual({ circle: [] });
    for (const name of free) settled.add(name);
  }
});

describe("what the docs name is there", () => {
  const files = globSync("{src,test,examples,docs,.ci}/**/*.*", { cwd: root, exclude: (name) => name.includes("node_modules") });
  const known = new Set(files.map((file) => basename(file)));

  test.each(documents)("%s", (document) => {
    const text = read(document).replace(/^```.*?^```$/gms, "");
    const paths = [...text.matchAll(/`((?:src|test|examples|docs|\.ci)\/[\w./-]+)`/g)].map(([, path = ""]) => path);
    const links = [...text.matchAll(/\]\((?![a-z]+:|#)([^)#]+)[^)]*\)/g)].map(([, link = ""]) => join(dirname(document), link));
    expect([...paths, ...links].filter((path) => !existsSync(join(root, path)))).toEqual([]);
    // Files of the library's own, by their bare names; elsewhere a name may be that of a user's file.
    const internal = ["docs/design.md", "docs/mutation-testing.md", "docs/type-cost.md"].includes(document);
    const bare = [...text.matchAll(/`([a-z][\w.-]*\.ts)`/g)].map(([, name = ""]) => name);
    expect(bare.filter((name) => internal && !known.has(name))).toEqual([]);
  });
});
