import process from "node:process";

/** What Node warns of when it runs a TypeScript file as it is meant to be run: Node 22's type stripping, and no "type" in a package.json. */
const expected = /Type Stripping is an experimental feature|SQLite is an experimental feature|Module type of .+ is not specified/;

/** Keeps warnings that say nothing to the user of this command off the terminal; all others appear as ever. */
export function quietWarnings(): void {
  const emitWarning = process.emitWarning.bind(process) as (...given: unknown[]) => void;
  process.emitWarning = (...given: unknown[]) => {
    if (!expected.test(given.slice(0, 3).map(String).join(" "))) emitWarning(...given);
  };
}
