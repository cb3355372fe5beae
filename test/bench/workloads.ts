import type { Job, Library } from "./library.ts";

/** What is measured, and how: µs a unit of a warm job, µs a step of making it, KB a run in flight, or one very long plan. */
export type Workload =
  | {
      readonly kind: "run";
      readonly title: string;
      readonly unit: string;
      readonly units: number;
      readonly expected: number;
      readonly make: (library: Library) => Job;
      readonly goal: number;
    }
  | { readonly kind: "build"; readonly title: string; readonly unit: "step"; readonly units: number }
  | {
      readonly kind: "flight";
      readonly title: string;
      readonly unit: "run";
      readonly units: number;
      readonly steps: number;
      readonly ms: number;
    }
  | { readonly kind: "long"; readonly title: string; readonly unit: "step"; readonly units: number };

const sequential = (steps: number): Workload => ({
  kind: "run",
  title: `sequential, ${steps}`,
  unit: "step",
  units: steps,
  expected: steps,
  make: (library) => library.sequential(steps),
  goal: 2,
});

const parallel = (arms: number): Workload => ({
  kind: "run",
  title: `parallel, ${arms}`,
  unit: "arm",
  units: arms,
  expected: arms,
  make: (library) => library.parallel(arms),
  goal: 2,
});

const items = 10_000;

export const workloads: Readonly<Record<string, Workload>> = {
  sequential10: sequential(10),
  sequential100: sequential(100),
  sequential1000: sequential(1_000),
  parallel10: parallel(10),
  parallel100: parallel(100),
  parallel1000: parallel(1_000),
  loop1000: {
    kind: "run",
    title: "loop, 1000 turns",
    unit: "turn",
    units: 1_000,
    expected: 1_000,
    make: (library) => library.loop(1_000),
    goal: 2,
  },
  map10000: {
    kind: "run",
    title: "map, 10,000 items, 16 at a time",
    unit: "item",
    units: items,
    expected: (items * (items + 1)) / 2,
    make: (library) => library.map(items, 16),
    goal: 2,
  },
  nest: { kind: "run", title: "nest of three", unit: "run", units: 1, expected: 16, make: (library) => library.nest(), goal: 3 },
  build100: { kind: "build", title: "build, 100 steps", unit: "step", units: 100 },
  build1000: { kind: "build", title: "build, 1000 steps", unit: "step", units: 1_000 },
  flight: { kind: "flight", title: "1000 runs in flight", unit: "run", units: 1_000, steps: 10, ms: 50 },
  long: { kind: "long", title: "a plan of 100,000 steps", unit: "step", units: 100_000 },
};
