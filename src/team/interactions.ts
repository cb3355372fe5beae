/** What one member is asked, and what it answers once it has. */
export interface Interaction {
  task: string;
  answer: string | undefined;
}

/** What members were asked and answered in one run of a team, in the order in which they were asked. */
export class Interactions {
  readonly #shared: boolean;
  readonly #known: { readonly member: string; readonly interaction: Interaction }[] = [];

  constructor(shared: boolean) {
    this.#shared = shared;
  }

  /** A member is about to be asked. Hands back what it is shown of those before it, as of now: nothing unless they share. */
  open(member: string): { readonly interaction: Interaction; readonly before: string } {
    const before = this.#shared ? this.#told() : "";
    const interaction: Interaction = { task: "", answer: undefined };
    this.#known.push({ member, interaction });
    return { interaction, before };
  }

  #told(): string {
    return this.#known
      .filter(({ interaction }) => interaction.answer !== undefined)
      .map(({ member, interaction }) => `[${member}] was asked: ${interaction.task}\n[${member}] answered: ${interaction.answer}`)
      .join("\n\n");
  }
}

/** A member's prompt: its task, after what the others were asked and answered. */
export function withBefore(before: string, task: string): string {
  return before === "" ? task : `What members of your team were asked and answered before:\n\n${before}\n\nYour task: ${task}`;
}
