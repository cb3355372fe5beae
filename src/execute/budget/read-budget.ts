import { BuildError } from "../../plan/build-error.ts";
import { checkOptions } from "../../plan/limits.ts";
import type { Budget, Price } from "../../types/options.ts";

export function readBudget(given: unknown, prices: unknown): Budget {
  const budget = amounts(given, ["tokens", "cost", "modelCalls"], 'the run option "budget"', Number.POSITIVE_INFINITY);
  if (budget["cost"] !== undefined && prices === undefined)
    throw new BuildError('the run option "prices" beside a budget of cost', prices, { advice: "say what each model costs" });
  return budget;
}

export function readPrices(given: unknown): ReadonlyMap<string, Price> {
  if (typeof given !== "object" || given === null) throw new BuildError('the run option "prices" to hold prices by model', given);
  return new Map(
    Object.entries(given).map(([model, price]) => {
      const place = `the price of model ${JSON.stringify(model)}`;
      const { input, cachedInput, output } = amounts(price, ["input", "cachedInput", "output"], place, Number.MAX_VALUE);
      if (input === undefined || output === undefined) throw new BuildError(`${place} to have "input" and "output"`, price);
      return [model, { input, output, ...(cachedInput !== undefined && { cachedInput }) }];
    }),
  );
}

/** An object of numbers from 0 up, copied: what the caller does to it later changes nothing. */
function amounts(given: unknown, known: readonly string[], place: string, most: number): { readonly [name: string]: number | undefined } {
  const read: Record<string, number | undefined> = {};
  for (const [name, value] of Object.entries(checkOptions(given, known, undefined, place))) {
    if (value !== undefined && !(typeof value === "number" && value >= 0 && value <= most))
      throw new BuildError(`"${name}" of ${place} to be a number from 0 up`, value);
    read[name] = value;
  }
  return read;
}
