import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Compiler, installed, type Project, versionOf } from "../types/published.ts";
import { chain, empty, mixed, nested, wide, wrong } from "./fixtures.ts";

/*
 * What workflows cost the compiler, in type instantiations above a workflow without steps. The numbers are exact for a
 * compiler version, so any change shows; `HEDDLE_UPDATE_COST=1 npx vitest run test/typeperf/cost` writes them anew.
 */

const file = new URL("cost.json", import.meta.url);
const fixtures = {
  chain25: chain(25),
  chain50: chain(50),
  chain100: chain(100),
  chain200: chain(200),
  chain400: chain(400),
  wide5: wide(5),
  nested8: nested(8),
  mixed5: mixed(5),
  mixed10: mixed(10),
  typo100: wrong(100, "typo"),
  twice100: wrong(100, "twice"),
  misfit100: wrong(100, "misfit"),
  wrong100: wrong(100, "typo", "twice", "misfit"),
};
type Name = keyof typeof fixtures;

let project: Project;
type Figures<T> = Record<Compiler, Partial<Record<Name, T>>>;
const cost: Figures<number> = { 6: {}, 7: {} };
const errors: Figures<readonly string[]> = { 6: {}, 7: {} };

beforeAll(async () => {
  project = await installed();
  const measure = async (compiler: Compiler) => {
    const base = instantiations(await project.compile(compiler, `empty-${compiler}.ts`, empty, ["--extendedDiagnostics"]));
    for (const [name, source] of Object.entries(fixtures) as [Name, string][]) {
      const said = await project.compile(compiler, `${name}-${compiler}.ts`, source, ["--extendedDiagnostics"]);
      cost[compiler][name] = instantiations(said) - base;
      errors[compiler][name] = said.match(/error TS\d+/g) ?? [];
    }
  };
  await Promise.all([measure(6), measure(7)]);
}, 120_000);

afterAll(() => project?.[Symbol.asyncDispose]());

function instantiations(said: string): number {
  const count = /^Instantiations:\s+(\d+)/m.exec(said)?.[1];
  if (count === undefined) throw new Error(`Expected the compiler's diagnostics, got ${said.slice(0, 2_000)}`);
  return Number(count);
}

for (const compiler of [6, 7] as const) {
  test(`TypeScript ${compiler} accepts what is right, and gives up nowhere`, () => {
    const { typo100, twice100, misfit100, wrong100, ...right } = errors[compiler];
    expect(right).toEqual(Object.fromEntries(Object.keys(right).map((name) => [name, []])));
    expect([typo100, twice100, misfit100]).toEqual([["error TS2339"], ["error TS2345"], ["error TS2345"]]);
    expect(wrong100).toEqual(["error TS2339", "error TS2345", "error TS2345"]);
  });

  test(`TypeScript ${compiler}: a step costs the same at any length`, () => {
    const { chain25 = 0, chain100 = 0, chain200 = 0, chain400 = 0 } = cost[compiler];
    expect((chain400 - chain100) / 300, "instantiations a step, between 100 and 400").toBeLessThan(300);
    expect((chain200 - chain100) / 100, "instantiations a step, between 100 and 200").toBeLessThan(300);
    expect((chain100 - chain25) / 75, "instantiations a step, between 25 and 100").toBeLessThan(300);
    expect(chain100).toBeLessThan(60_000);
    expect(chain400).toBeLessThan(500_000);
  });

  test(`TypeScript ${compiler}: all methods mixed stay near a thousand instantiations a step`, () => {
    const { mixed10 = 0 } = cost[compiler];
    expect(mixed10 / 130).toBeLessThan(1_000);
  });

  test(`TypeScript ${compiler}: instantiations are those on record`, async () => {
    const key = `typescript ${await versionOf(compiler)}`;
    const recorded = JSON.parse(await readFile(file, "utf8").catch(() => "{}")) as Record<string, unknown>;
    if (process.env["HEDDLE_UPDATE_COST"] !== undefined) {
      await writeFile(file, `${JSON.stringify({ ...recorded, [key]: cost[compiler] }, null, 2)}\n`);
    } else {
      expect({ [key]: cost[compiler] }).toEqual({ [key]: recorded[key] });
    }
  });
}
