import { workflow } from "heddle";
import { afterAll, afterEach, beforeEach, vi } from "vitest";
import { keep, revive } from "../../src/durable/records/thrown.ts";
import { decode, encodeThrown } from "../../src/journal/codec.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { identity } from "../support/identity.ts";
import { others } from "../support/virtual-clock.ts";
import { counted } from "./counted.ts";
import { exceptions, onDisk } from "./exceptions.ts";
import { areEqual } from "./read-again.ts";
import { stores } from "./store.ts";

/** Stands for the journal that a test does not give; each run has one of its own, since tests share names of runs. */
const lane = memoryJournal();

const kept = await stores();
afterAll(() => kept.remove());

vi.mock("../../src/execute/run/durable.ts", async (original) => {
  const actual = await original<typeof import("../../src/execute/run/durable.ts")>();
  const { Durable } = actual;
  const { Lives } = await import("./lives.ts");
  const choose = (...[definition, begin, settings, stays]: ConstructorParameters<typeof Durable>) => {
    if (settings.journal !== lane) return new Durable(definition, begin, settings, stays);
    const { open, remove } = kept.make();
    const lives = new Lives(definition, begin, settings, stays, open);
    void lives.outcome.finally(remove).catch(() => {});
    return lives;
  };
  return {
    ...actual,
    Durable: new Proxy(Durable, { construct: (_, given) => choose(...(given as ConstructorParameters<typeof Durable>)) }),
  };
});

others.busy = () => counted.busy > 0;
identity.isSame = (received, given) => Object.is(received, given) || areEqual(received, readBack(given));

const plan = workflow("any")
  .then("a", () => 1)
  .build();
const prototype = Object.getPrototypeOf(plan) as Record<"run" | "start", (input: unknown, options?: object) => unknown>;
for (const name of ["run", "start"] as const) {
  const plain = prototype[name];
  prototype[name] = function (input, options) {
    if (options !== undefined && (typeof options !== "object" || options === null || Array.isArray(options) || "journal" in options))
      return plain.call(this, input, options);
    return plain.call(this, input, { ...options, journal: lane });
  };
}

beforeEach(({ task, skip }) => {
  Object.assign(counted, { runs: 0, boundaries: 0, readAgain: 0 });
  const file = task.file.name.replace(/^.*test\//, "");
  const listed = { ...exceptions[file], ...(process.env["HEDDLE_BOUNDARY_JOURNAL"] === "sqlite" ? onDisk[file] : {}) }[nameOf(task)];
  // The other way round it shows what the listed ones come to: one that passes need not be listed.
  if (process.env["HEDDLE_BOUNDARY_LISTED"] === "yes") skip(listed === undefined);
  else if (listed !== undefined) skip(listed);
});

afterEach(({ task }) => {
  const { runs, boundaries, readAgain } = counted;
  Object.assign(task.meta, { boundary: { runs, boundaries, readAgain } });
});

function nameOf(task: { readonly name: string; readonly suite?: { readonly name: string; readonly suite?: unknown } | undefined }): string {
  const { suite } = task;
  return suite === undefined || suite.name === "" ? task.name : `${nameOf(suite as never)} ${task.name}`;
}

/** What a record keeps of something, also where that was thrown and is no data. */
function readBack(thrown: unknown): unknown {
  return revive(decode(encodeThrown(keep(thrown), undefined, thrown))._unsafeUnwrap() as Parameters<typeof revive>[0]);
}
