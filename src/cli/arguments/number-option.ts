import { usageError } from "../process/command-error.ts";

/** Reads the value of a numeric option. */
export function milliseconds(option: string): (text: string) => number {
  return (text) => {
    const value = numberOf(text);
    if (value > 0 && Number.isFinite(value)) return value;
    throw usageError(`Expected ${option} to be a number of ms above 0, got ${JSON.stringify(text)}`);
  };
}

export function wholeNumber(option: string): (text: string) => number {
  return (text) => {
    const value = numberOf(text);
    if (Number.isSafeInteger(value) && value >= 1) return value;
    throw usageError(`Expected ${option} to be a whole number from 1 up, got ${JSON.stringify(text)}`);
  };
}

function numberOf(text: string): number {
  return /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
}
