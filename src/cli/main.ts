#!/usr/bin/env node
import module from "node:module";
import process from "node:process";
import { nodeProblem } from "./node-version.ts";

const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  // A third of a short run is compiling, the user's file included: from the second run on it is there already.
  module.enableCompileCache();
  // Imported only now: an older Node could not even read what follows.
  const { main } = await import("./command.ts");
  await main(process.argv.slice(2));
} else {
  process.stderr.write(`heddle: ${problem}\n`);
  process.exitCode = 1;
}
