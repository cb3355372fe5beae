// Plans at random, changed at random while a run of theirs waits: it is refused and nothing happens, or no recorded step is done again.

import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { memoryJournal } from "../../src/journal/memory.ts";
import { loose } from "../support/loose.ts";

type Kind = "step" | "tap" | "wait" | "sleep" | "sub" | "parallel" | "settle" | "race" | "branch" | "route" | "loop" | "map";
interface Spec {
  id: string;
  kind: Kind;
  /** Arms by name; the one body of a loop, a map and a sub-workflow. */
  parts: { key: string; chain: Spec[] }[];
}

const { tree } = fc.letrec<{ tree: Spec[]; node: Spec }>((tie) => ({
  tree: fc.array(tie("node"), { minLength: 1, maxLength: 4, depthIdentifier: "plan" }),
  node: fc.oneof(
    { depthIdentifier: "plan", maxDepth: 3 },
    {
      weight: 5,
      arbitrary: fc.constantFrom<Kind>("step", "step", "tap", "wait", "wait", "sleep").map((kind) => ({ id: "", kind, parts: [] })),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          fc.constantFrom<Kind>("parallel", "parallel", "settle", "race", "branch", "route", "loop", "map", "sub"),
          fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
        )
        .map(([kind, chains]) => ({ id: "", kind, parts: chains.map((chain) => ({ key: "", chain })) })),
    },
  ),
}));

/** Gives everything a name of its own. */
function naming(chain: Spec[], count = { next: 0 }): Spec[] {
  return chain.map(({ kind, parts }) => {
    const id = `${kind[0]}${count.next++}`;
    const single = kind === "loop" || kind === "map" || kind === "sub";
    const few = single ? parts.slice(0, 1) : kind === "branch" ? parts.slice(0, 2) : parts;
    const named = few.map(({ chain: inner }, index) => ({
      key: kind === "branch" ? (["yes", "no"][index] as string) : `${id}k${index}`,
      chain: naming(inner, count),
    }));
    return { id, kind, parts: named };
  });
}

type Did = (key: string) => void;
function build(chain: Spec[], did: Did): any {
  return grow(loose("random"), chain, did).build();
}
const did = (note: Did) => (ctx: any) => {
  note(ctx.idempotencyKey);
  return 1;
};
function grow(builder: any, chain: Spec[], note: Did): any {
  return chain.reduce((b, { id, kind, parts }) => {
    const flow = (inner: Spec[]) => ({ flow: (nested: any) => grow(nested, inner, note) });
    const arms = Object.fromEntries(parts.map(({ key, chain: inner }) => [key, flow(inner)]));
    const body = parts[0] === undefined ? flow([]) : flow(parts[0].chain);
    switch (kind) {
      case "step":
      case "tap":
        return b[kind === "step" ? "then" : "tap"](id, did(note));
      case "wait":
        return b.waitFor(id, z.any());
      case "sleep":
        return b.sleep(id, 0);
      case "branch":
        return b.branch(id, () => id.endsWith("1"), arms);
      case "route":
        return b.route(id, () => parts[0]?.key, arms);
      case "loop":
        return b.loop(id, body, { until: ({ iteration }: any) => iteration === 2 });
      case "map":
        return b.map(id, () => [0, 1], body);
      case "sub":
        return b.then(id, build(parts[0]?.chain ?? [], note));
      default:
        return b[kind](id, arms);
    }
  }, builder);
}

function chainsOf(chain: Spec[]): Spec[][] {
  return [chain, ...chain.flatMap(({ parts }) => parts.flatMap((part) => chainsOf(part.chain)))];
}

/** Something else at a place that is drawn; false where there is nothing to change in that way. */
function mutate(plan: Spec[], how: number, where: number, second: number): boolean {
  const chains = chainsOf(plan);
  const chain = chains[where % chains.length] as Spec[];
  const at = second % (chain.length + 1);
  const node = chain[at % chain.length];
  const groups = chains.flat().filter(({ kind }) => kind === "parallel" || kind === "settle" || kind === "race" || kind === "route");
  const group = groups[second % Math.max(1, groups.length)];
  switch (how) {
    case 0:
      chain.splice(at, 0, { id: "more", kind: "step", parts: [] });
      return true;
    case 1:
      if (chain.length < 2) return false;
      chain.splice(at % chain.length, 1);
      return true;
    case 2:
      if (node !== undefined) node.id = "renamed";
      return true;
    case 3:
      if (chain.length < 2) return false;
      chain.push(chain.shift() as Spec);
      return true;
    case 4:
      if (node?.kind !== "step") return false;
      node.kind = "tap";
      return true;
    case 5:
      group?.parts.push({ key: "morearm", chain: [{ id: "inmore", kind: "step", parts: [] }] });
      return group !== undefined;
    case 6:
      if (group === undefined || group.parts.length < 2) return false;
      group.parts.pop();
      return true;
    case 7:
      if (group === undefined) return false;
      (group.parts[0] as { key: string }).key = "renamedarm";
      return true;
    default:
      if (group === undefined || group.parts.length < 2) return false;
      group.parts.reverse();
      return true;
  }
}

test("a plan that is as it was always goes on; a changed one does so without doing a step twice, or nothing happens", async () => {
  const seen = { same: 0, allowed: 0, refused: 0 };
  const places = fc.tuple(fc.nat(8), fc.nat(1_000), fc.nat(1_000));
  await fc.assert(
    fc.asyncProperty(tree, fc.nat(4), fc.option(places, { nil: undefined, freq: 6 }), async (drawn, answers, change) => {
      const spec = naming(drawn);
      const calls: string[] = [];
      const journal = memoryJournal();
      const plan = build(spec, (key) => calls.push(key));
      let outcome = await plan.run("x", { journal, runId: "r" });
      const waiting = () => (outcome.isErr() && outcome.error.type === "suspended" ? outcome.error.waits[0] : undefined);
      for (let given = 0; given < answers; given++) {
        const wait = waiting();
        if (wait === undefined) break;
        await plan.answer("r", wait.step, given, { journal, path: wait.path });
        outcome = await plan.resume("r", { journal });
      }
      const now = structuredClone(spec);
      if (change !== undefined && !mutate(now, ...change)) return;
      const done = [...calls];
      const stored = async () => {
        const { updatedAt: _, ...run } = (await journal.find("r"))._unsafeUnwrap();
        return { run, records: (await journal.read("r"))._unsafeUnwrap() };
      };
      const before = await stored();
      const changed = build(now, (key) => calls.push(key));
      const wasOver = outcome.isOk();
      outcome = await changed.resume("r", { journal });
      if (outcome.isErr() && outcome.error.type === "plan_changed") {
        expect(change).toBeDefined();
        expect(outcome.error.message).toContain("✗");
        expect(calls).toEqual(done);
        expect(await stored()).toEqual(before);
        seen.refused++;
        return;
      }
      if (wasOver) expect(calls).toEqual(done);
      // To its end, by what it has been run with now.
      for (let given = 0; given < 100; given++) {
        const wait = waiting();
        if (wait === undefined) break;
        expect((await changed.answer("r", wait.step, given, { journal, path: wait.path })).isOk()).toBe(true);
        outcome = await changed.resume("r", { journal });
      }
      expect(outcome.isOk() ? "completed" : outcome.error).toBe("completed");
      expect(new Set(calls).size).toBe(calls.length);
      seen[change === undefined ? "same" : "allowed"]++;
    }),
    { numRuns: 400, seed: 20261123 },
  );
  // Each of them happens often enough for the property to mean something.
  expect(Math.min(seen.same, seen.allowed, seen.refused)).toBeGreaterThan(30);
}, 120_000);
