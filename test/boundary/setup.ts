import { workflow } from "heddle";
import { afterEach, beforeEach, expect, vi } from "vitest";
import type { Journal } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { others } from "../support/virtual-clock.ts";
import { counted } from "./counted.ts";
import { exceptions } from "./exceptions.ts";

/** Stands for the journal that a test does not give; each run has one of its own, since tests share names of runs. */
const lane = memoryJournal();

function doors(): () => Journal {
  const store = memoryJournal();
  return () => memoryJournal(store);
}

vi.mock("../../src/execute/durable.ts", async (original) => {
  const actual = await original<typeof import("../../src/execute/durable.ts")>();
  const { Durable } = actual;
  const { Lives } = await import("./lives.ts");
  const choose = (...[definition, begin, settings, stays]: ConstructorParameters<typeof Durable>) =>
    settings.journal === lane ? new Lives(definition, begin, settings, stays, doors()) : new Durable(definition, begin, settings, stays);
  return {
    ...actual,
    Durable: new Proxy(Durable, { construct: (_, given) => choose(...(given as ConstructorParameters<typeof Durable>)) }),
  };
});

others.busy = () => counted.busy > 0;

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

const identical = { listed: false };

expect.extend({
  toBe(received: unknown, expected: unknown) {
    let pass = Object.is(received, expected);
    if (!pass && !this.isNot && identical.listed && typeof expected === "object" && this.equals(received, expected)) {
      counted.equal++;
      pass = true;
    }
    return {
      pass,
      message: () =>
        `expected ${this.utils.printReceived(received)}${this.isNot ? " not" : ""} to be ${this.utils.printExpected(expected)}`,
      actual: received,
      expected,
    };
  },
});

beforeEach(({ task, skip }) => {
  Object.assign(counted, { runs: 0, boundaries: 0, equal: 0 });
  const file = task.file.name.replace(/^.*test\//, "");
  const listed = exceptions[file]?.[nameOf(task)];
  identical.listed = listed === "identity" || process.env["HEDDLE_BOUNDARY_EQUAL"] === "yes";
  // The other way round it shows what the listed ones come to: one that passes need not be listed.
  const isListed = listed !== undefined && listed !== "identity";
  if (process.env["HEDDLE_BOUNDARY_LISTED"] === "yes") skip(!isListed);
  else if (isListed) skip(listed);
});

afterEach(({ task }) => {
  const { runs, boundaries, equal } = counted;
  Object.assign(task.meta, { boundary: { runs, boundaries, equal } });
});

function nameOf(task: { readonly name: string; readonly suite?: { readonly name: string; readonly suite?: unknown } | undefined }): string {
  const { suite } = task;
  return suite === undefined || suite.name === "" ? task.name : `${nameOf(suite as never)} ${task.name}`;
}
