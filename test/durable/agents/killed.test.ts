// Agents and teams of every kind in processes that are killed again and again: what is recorded is never asked nor done again.
import { beforeAll, expect, test } from "vitest";
import { type Death, deskLives, type Report } from "./lives.ts";

let whole: Report;
beforeAll(async () => {
  whole = await deskLives([{ at: Number.POSITIVE_INFINITY, when: "after" }]);
}, 30_000);

/** The server of the model "flaky" is busy twice, for a first attempt and one more. */
const attempts = (body: string) => (JSON.parse(body).model === "flaky" ? 2 : 1);
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

function expectUnbroken({ ended, asked, kept, repeated, known, kills }: Report): void {
  expect(repeated).toEqual([]);
  expect([ended.output, ended.steps, ended.tasks]).toEqual([whole.ended.output, whole.ended.steps, whole.ended.tasks]);
  // Every conversation went on word for word: nothing else was ever sent than in a life that nobody disturbed.
  expect([...asked.keys()].filter((body) => !whole.asked.has(body))).toEqual([]);
  expect(asked.size).toBe(whole.asked.size);
  const recorded = new Set(kept);
  let [again, spent] = [0, 0];
  for (const [body, numbers] of asked) {
    const mine = numbers.filter((number) => recorded.has(number));
    // As many answers as it takes are in the journal, and nothing was asked once the last of them was.
    expect(mine).toHaveLength(attempts(body));
    expect(numbers.at(-1)).toBe(mine.at(-1));
    again += numbers.length - mine.length;
    if (attempts(body) === 1) spent += sum(mine);
  }
  // Only what was in flight at a kill: the desk never has more than six requests under way.
  expect(again).toBeLessThanOrEqual(6 * kills);
  expect(ended.usage).toMatchObject({ modelCalls: whole.ended.usage.modelCalls, inputTokens: spent });
  // Listeners hear of what was recorded that it is replayed, and nothing of its words.
  for (const { call } of ended.deltas) expect(known).not.toContain(`run/${call}`);
  for (const path of ended.started) expect(known).not.toContain(`run/${path}`);
  for (const path of ended.delegated) expect(known).not.toContain(`run/${path}`);
  for (const path of ended.replayed) expect(ended.started).not.toContain(path);
}

test("the run that nobody disturbs: every kind of call is in it", () => {
  expect(whole.kills).toBe(0);
  expect(whole.ended.output).toBe("publisher has spoken.");
  expect(whole.ended.steps).toMatchObject({
    research: "Looms have heddles.",
    extract: { n: 5 },
    fallback: "steady has spoken.",
    teams: { board: "Decided.", crew: "Done." },
  });
  expect(new Set([...whole.asked.keys()].map((body) => JSON.parse(body).model))).toEqual(
    new Set(
      "researcher helper worder pair right extractor flaky steady board reader panel optimist pessimist crew digger scribe publisher".split(
        " ",
      ),
    ),
  );
  expectUnbroken(whole);
});

function* everyOutcome(at: number): Generator<Death> {
  for (let life = 0; life < 200; life++) yield life % 2 === 0 ? { at: 1, when: "before" } : { at, when: "after" };
}

test("killed before an outcome is stored and right after, in turn", async () => {
  const report = await deskLives(everyOutcome(8));
  expect(report.kills).toBeGreaterThan(12);
  expectUnbroken(report);
}, 240_000);

test("killed at any moment", async () => {
  function* anyMoment(): Generator<Death> {
    for (let life = 0; life < 10; life++) yield { afterMs: 30 + ((life * 37) % 90) };
    yield { at: Number.POSITIVE_INFINITY, when: "after" };
  }
  const report = await deskLives(anyMoment());
  expectUnbroken(report);
}, 120_000);
