import { beforeEach } from "vitest";

/** They take longer than all others together, or look at a process of their own, in which no mutant is at work. */
const left: readonly RegExp[] = [
  /1,000 seeded orders/,
  /over 10,000 seeds/,
  /cancelled at every point, with calls that answer/,
  /^300,000 steps that can be undone/,
  /^groups in a long loop book/,
  /^500 plans, some of them cancelled/,
  /^EV06 two readers/,
  /^EV06 50,000 events/,
  /^TO04 /,
  /^TO11 /,
  /^RT18 /,
  /^MP05 1,000,000 items/,
  /^PA02 nothing of a run acts/,
  /^PA16 /,
  /^CA06 10,000 steps/,
  /^CA1[45] /,
  /^a source without an end/,
  /^a run that goes on is running/,
  /^a sleep is something that goes on/,
  /^an attempt that timed out has taken/,
  /^a hundred tasks in a chain/,
  /^LP04 /,
  /^UC10 enumerable properties/,
  /^is the same in another process/,
  /^ten thousand steps are compared/,
];

beforeEach(({ task, skip }) => {
  if (left.some((name) => name.test(task.name))) skip();
});
