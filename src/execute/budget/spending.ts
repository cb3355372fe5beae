import type { Price } from "../../types/options.ts";
import type { Usage } from "../../types/usage.ts";
import type { Fiber } from "../schedule/fiber.ts";
import type { Scheduler } from "../schedule/schedule.ts";
import type { Place } from "../trace/place.ts";
import { type Execution, extra } from "../trace/trace.ts";
import { addUsage, money, noUsage } from "../trace/usage.ts";
import type { Op } from "../values/op.ts";
import { type Amount, Budget } from "./budget.ts";

type Tokens = Pick<Usage, "inputTokens" | "outputTokens">;

/** What an outcome says of what it took. */
export interface Spent {
  /** What is booked in the trace, where there was a reply. */
  readonly usage: Usage | undefined;
  /** Nobody can tell what it took: it is taken to be all that was reserved. */
  readonly unknown: boolean;
}

/**
 * What a call of a model takes. It stands on the operation, so that what spends nothing has nothing to do with budgets,
 * and a bundle without agents does not hold them.
 */
export class Spending {
  /** The name by which the run option `prices` knows the model. */
  declare readonly model: string;
  readonly #most: () => Tokens;
  readonly #spent: (outcome: unknown) => Spent;

  /** `most` is asked before each attempt of a run that has a budget, `spent` after each. Neither may throw. */
  constructor(model: string, most: () => Tokens, spent: (outcome: unknown) => Spent) {
    this.model = model;
    this.#most = most;
    this.#spent = spent;
  }

  /** True where the call may be made. Otherwise it waits, or its fiber has been given the failure. */
  admit(run: Scheduler, fiber: Fiber, op: Op): boolean {
    const { budget, prices } = run.settings;
    if (budget === undefined) return true;
    run.budget ??= new Budget(budget);
    const price = prices?.get(this.model);
    const needs = amount(this.#most(), price);
    return run.budget.admit(
      run,
      fiber,
      op,
      budget.cost !== undefined && price === undefined ? { ...needs, cost: Number.POSITIVE_INFINITY } : needs,
    );
  }

  /**
   * The call has to be made again, since its owner was lost while it was under way: nobody can tell what it took. True where
   * the budget has no room for another one, and its fiber has been given the failure.
   */
  lost(run: Scheduler, fiber: Fiber, op: Op): boolean {
    return !fiber.group.aborting && run.budget?.lost(run, fiber, op) === true;
  }

  /** Books what a call took. `outcome` is its value or its returned error; undefined for what was thrown or abandoned. */
  settle(run: Scheduler, fiber: Fiber, outcome: unknown): void {
    const { usage, unknown } = this.#spent(outcome);
    const price = run.settings.prices?.get(this.model);
    run.budget?.settle(run, fiber, unknown ? undefined : amount(usage ?? none, price));
    if (usage !== undefined) book(fiber, price === undefined ? usage : { ...usage, cost: costOf(usage, price) });
  }
}

/** To the run, and to everything that the fiber is inside of. */
function book({ run: { progress }, execution, place }: Fiber, usage: Usage): void {
  progress.usage = addUsage(progress.usage ?? noUsage, usage);
  if (execution !== undefined) add(execution, usage);
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) if (at.execution !== undefined) add(at.execution, usage);
}

function add(execution: Execution, usage: Usage): void {
  const booked = extra(execution);
  booked.usage = addUsage(booked.usage ?? noUsage, usage);
}

const none: Tokens = /* @__PURE__ */ Object.freeze({ inputTokens: 0, outputTokens: 0 });

function amount(tokens: Tokens, price: Price | undefined): Amount {
  const { inputTokens, outputTokens } = tokens;
  return { tokens: inputTokens + outputTokens, cost: price === undefined ? 0 : costOf(tokens, price), modelCalls: 1 };
}

function costOf({ inputTokens, outputTokens, ...more }: Tokens & Partial<Usage>, { input, cachedInput = input, output }: Price): number {
  const cached = Math.min(more.cachedInputTokens ?? 0, inputTokens);
  return money(((inputTokens - cached) * input + cached * cachedInput + outputTokens * output) / 1e6);
}
