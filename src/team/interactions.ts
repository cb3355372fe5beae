import type { Settled } from "../agent/tools/callable.ts";

/** What members were asked and answered in one run of a team, for those of its members that begin later. */
export class Interactions {
  readonly #shared: boolean;
  #told = "";

  constructor(shared: boolean) {
    this.#shared = shared;
  }

  /** A member has ended what it was asked to do. One that failed has said nothing. */
  add(member: string, task: string, outcome: Settled): void {
    if (!this.#shared || !outcome.ok) return;
    this.#told += `\n\n[${member}] was asked: ${task}\n[${member}] answered: ${outcome.value}`;
  }

  /** Makes the prompt of a member that begins now: its task, after what it may know. */
  prompter(): (task: string) => string {
    const told = this.#told;
    return (task) => (told === "" ? task : `What members of your team were asked and answered before:${told}\n\nYour task: ${task}`);
  }
}
