// Plans that are changed while a run of theirs stands at a wait: written down as cases, and tried on every journal.

import { describe, expect, test } from "vitest";
import { z } from "zod";
import { bothJournals } from "../support/journals.ts";
import { loose } from "../support/loose.ts";

export type Build = (b: any) => any;
/** The steps that ran. */
export const calls: string[] = [];
export const did =
  (name: string, value: unknown = name) =>
  (): unknown => {
    calls.push(name);
    return value;
  };
export const f = (id: string) => (b: any) => b.then(id, did(id));
export const waits = (id: string) => (b: any) => b.waitFor(id, z.boolean());
const all =
  (...steps: Build[]) =>
  (b: any) =>
    steps.reduce((built, step) => step(built), b);
export const flow = (...steps: Build[]) => ({ flow: all(...steps) });
export const plan = (...steps: Build[]) => all(...steps)(loose("changing")).build();
export const named = (name: string, ...steps: Build[]) => all(...steps)(loose(name)).build();
/** A group of this kind. */
export const arms =
  (kind: string, ...list: (readonly [string, any])[]) =>
  (w: any) =>
    w[kind]("group", Object.fromEntries(list));

export interface Case {
  readonly what: string;
  readonly before: () => any;
  readonly after: () => any;
  /** What the refusal tells; undefined where the run goes on. */
  readonly refused?: readonly string[];
}

/** Writes down a case: runs of `before` stand at a wait, and are resumed with `after`. */
export const changesIn =
  (cases: Case[]) =>
  (what: string, before: readonly Build[], after: readonly Build[], ...refused: string[]): void => {
    cases.push({ what, before: () => plan(...before), after: () => plan(...after), ...(refused.length > 0 && { refused }) });
  };

/** Tries each case in memory and in SQLite. */
export function tryEach(cases: readonly Case[]): void {
  describe.each(bothJournals())("%s", (_, open) => {
    test.each(cases)("$what", async ({ before, after, refused }) => {
      calls.length = 0;
      const journal = open();
      expect((await before().run("in", { journal, runId: "r" }))._unsafeUnwrapErr()).toMatchObject({ type: "suspended" });
      const stored = async () => {
        const { updatedAt: _, ...run } = (await journal.find("r"))._unsafeUnwrap();
        return { run, records: (await journal.read("r"))._unsafeUnwrap() };
      };
      const was = await stored();
      const done = [...calls];
      const events: string[] = [];
      const now = after();
      const resume = () => now.resume("r", { journal, observe: ({ type, path }: any) => void events.push(`${type} ${path}`) });
      if (refused !== undefined) {
        const failure = (await resume())._unsafeUnwrapErr();
        expect(failure.type).toBe("plan_changed");
        for (const text of refused) expect(failure.message).toContain(text);
        expect(calls).toEqual(done);
        expect(events).toEqual(["run.failed "]);
        expect(await stored()).toEqual(was);
        // The plan as it was goes on with it still.
        expect((await before().resume("r", { journal }))._unsafeUnwrapErr().type).toBe("suspended");
      } else {
        expect((await resume())._unsafeUnwrapErr()).toMatchObject({ type: "suspended" });
        // Only an arm that had been over already may have had something left to do.
        const more = calls.slice(done.length);
        for (const step of done) expect(more).not.toContain(step);
        const handle = now.start("in", { journal, runId: "r" });
        let over = false;
        const result = handle.result.then((ended: any) => {
          over = true;
          return ended;
        });
        while (!over) {
          const [wait] = handle.waits;
          if (wait !== undefined) await handle.answer(wait.step, true, { path: wait.path });
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        expect((await result).isOk()).toBe(true);
        // A step runs twice only where its loop or its map has it run twice.
        for (const step of done)
          if (!step.startsWith("l") && !step.startsWith("m")) expect(calls.filter((call) => call === step)).toHaveLength(1);
        expect((await now.resume("r", { journal })).isOk()).toBe(true);
      }
      await journal.close();
    });
  });
}
