/** One way of doing a workload, ready to be run as often as wanted. */
export interface Job {
  run(): Promise<unknown>;
  /** The number that a run came to, from what `run` gave. Not part of what is measured. */
  result(raw: unknown): number;
}

/**
 * One library, through its ordinary public API. Every step is an asynchronous function that adds one to a number; whatever
 * else a method costs is what the library costs. Throws `Refused` for what the library cannot do.
 */
export interface Library {
  /** Steps in a row, each fed by the one before, from 0: comes to `steps`. Making it is what the workload `build` measures. */
  sequential(steps: number): Job;
  /** Arms side by side, each given 0; comes to the sum of their outputs: `arms`. */
  parallel(arms: number): Job;
  /** One body, fed by its own output, until it reaches `turns`. */
  loop(turns: number): Job;
  /** One body over the numbers from 0 up, `width` at a time, in order; comes to the sum of the outputs. */
  map(items: number, width: number): Job;
  /**
   * Three workflows inside one another: the outer one does a step and runs two of the middle one side by side; that does a
   * step and runs two of the inner one side by side; that does two steps. Each pair's outputs are added: comes to 16.
   */
  nest(): Job;
  /** Steps in a row that wait for `ms` and add one. */
  pauses(steps: number, ms: number): Job;
}

export class Refused extends Error {}

/** What comes from a peer. Its types stay out of this project, which must compile without the peers; results are checked instead. */
export type Foreign = any;

export const peer = (name: string): Promise<Foreign> => import(name);

export const increment = async (value: number): Promise<number> => value + 1;

export async function pauseAndIncrement(value: number, ms: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return value + 1;
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
