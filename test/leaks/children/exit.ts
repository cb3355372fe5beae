// One run, by how it ends; then nothing. Tells when it has ended, without a moment between.
import { writeSync } from "node:fs";
import { endings } from "./endings.ts";

const [, run] = endings[process.argv[2] as string] as (typeof endings)[string];
run(new AbortController().signal).then((result) => {
  const at = performance.timeOrigin + performance.now();
  writeSync(1, `${JSON.stringify({ ended: result.isOk() ? "ok" : result.error?.type, at })}\n`);
});
