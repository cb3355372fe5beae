#!/usr/bin/env node
import process from "node:process";
import { nodeProblem } from "./node-version.ts";

const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  // Imported only now: an older Node could not even read what follows.
  const { main } = await import("./command.ts");
  await main(process.argv.slice(2));
} else {
  process.stderr.write(`heddle: ${problem}\n`);
  process.exitCode = 1;
}
