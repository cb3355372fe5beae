import type { StepFailure } from "../types/failure.ts";
import type { RetryPolicy } from "../types/options.ts";
import { BuildError } from "./build-error.ts";
import { didYouMean } from "./names.ts";

/** A retry policy with every default filled in. */
export interface Retry {
  readonly max: number;
  readonly initial: number;
  readonly factor: number;
  readonly cap: number;
  readonly jitter: "full" | "none";
  readonly when: ((failure: StepFailure<unknown>) => boolean) | undefined;
  /** What the other side asked to wait, in ms, as a Retry-After header does. */
  readonly after?: (failure: StepFailure<unknown>) => number | undefined;
}

/** What bounds one call. */
export interface Limits {
  /** Ms for one attempt; undefined for no limit. */
  readonly timeout: number | undefined;
  /** Undefined where nobody said: one attempt, unless what is called has a policy of its own, as a model has. */
  readonly retry: Retry | undefined;
}

export const noLimits: Limits = Object.freeze({ timeout: undefined, retry: undefined });

type Given = Readonly<Record<string, unknown>>;

/** Refuses anything but an object with the named options: a misspelt option is a mistake, never silence. */
export function checkOptions(options: unknown, known: readonly string[], step: string | undefined, what = "the options"): Given {
  if (options === undefined) return {};
  const place = inStep(what, step);
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new BuildError(`${place} to be an object`, options, { step });
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new BuildError(`${place} to be among ${known.join(", ")}`, name, { step, ...didYouMean(name, known) });
  }
  return options as Given;
}

export function readLimits(options: Given, step: string | undefined, fallback: Limits = noLimits): Limits {
  const { timeout = fallback.timeout, retries } = options;
  if (timeout === fallback.timeout && retries === undefined) return fallback;
  return Object.freeze({
    timeout: readTimeout(timeout, step),
    retry: retries === undefined ? fallback.retry : readRetry(retries, step),
  });
}

/** The same of a call that takes no other options. */
export function limitsIn(options: unknown, step: string): Limits {
  return readLimits(checkOptions(options, ["timeout", "retries"], step), step);
}

/** What bounds a group as a whole. */
export function readGroupLimits(
  { timeout, concurrency }: Given,
  step: string,
): { readonly timeout: number | undefined; readonly concurrency: number } {
  return {
    timeout: readTimeout(timeout, step),
    concurrency: readConcurrency(concurrency, step, Number.POSITIVE_INFINITY),
  };
}

/** Undefined is no limit. */
export function readTimeout(timeout: number, step: string | undefined): number;
export function readTimeout(timeout: unknown, step: string | undefined): number | undefined;
export function readTimeout(timeout: unknown, step: string | undefined): unknown {
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0))
    throw new BuildError(`${inStep("timeout", step)} to be ms above 0`, timeout, { step });
  return timeout;
}

export function readConcurrency(concurrency: unknown, step: string | undefined, fallback: number): number {
  if (concurrency === undefined) return fallback;
  if (concurrency !== Number.POSITIVE_INFINITY && !isWhole(concurrency, 1)) {
    throw new BuildError(`${inStep("concurrency", step)} to be a whole number from 1 up, or Infinity`, concurrency, { step });
  }
  return concurrency as number;
}

export function readCount(value: unknown, what: string, step: string | undefined, least: number): number {
  if (!isWhole(value, least)) throw new BuildError(`${inStep(what, step)} to be a whole number from ${least} up`, value, { step });
  return value;
}

export function readChoice<T extends string>(value: unknown, what: string, step: string | undefined, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined)
    throw new BuildError(`${inStep(what, step)} to be ${choices.map((choice) => JSON.stringify(choice)).join(" or ")}`, value, { step });
  return found;
}

function readRetry(retries: unknown, step: string | undefined): Retry {
  const isPolicy = typeof retries === "object" && retries !== null;
  return readPolicy(isPolicy ? (retries as RetryPolicy) : { max: readCount(retries, "retries", step, 0) }, step);
}

function readPolicy(given: RetryPolicy, step: string | undefined): Retry {
  checkOptions(given, ["max", "initial", "factor", "cap", "jitter", "when"], step, "the retry policy");
  const { max, initial = 500, factor = 2, cap = 30_000, jitter = "full", when } = given;
  if (when !== undefined && typeof when !== "function")
    throw new BuildError(`${inStep("retries.when", step)} to be a function`, when, { step });
  return Object.freeze({
    max: readCount(max, "retries.max", step, 0),
    initial: readAtLeast(initial, 0, "retries.initial", step),
    factor: readAtLeast(factor, 1, "retries.factor", step),
    cap: readAtLeast(cap, 0, "retries.cap", step),
    jitter: readChoice(jitter, "retries.jitter", step, ["full", "none"]),
    when: when as Retry["when"],
  });
}

function readAtLeast(value: unknown, least: number, what: string, step: string | undefined): number {
  if (typeof value !== "number" || !(value >= least) || !Number.isFinite(value)) {
    throw new BuildError(`${inStep(what, step)} to be a finite number from ${least} up`, value, { step });
  }
  return value;
}

function isWhole(value: unknown, least: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least;
}

function inStep(what: string, step: string | undefined): string {
  return step === undefined ? what : `${what} of step ${JSON.stringify(step)}`;
}
