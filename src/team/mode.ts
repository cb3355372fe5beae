import type { Guards } from "../agent/guard.ts";
import type { Asking } from "../agent/turns.ts";
import type { Host } from "../execute/routine/routine.ts";
import type { Op } from "../execute/values/op.ts";
import type { PromptInput } from "../types/executable.ts";
import type { Member } from "./member.ts";

/** What a team is made of, checked and with every default filled in. */
export interface TeamSettings extends Guards {
  /** The leader, with its own tools and instructions alone. */
  readonly leader: Asking;
  readonly members: readonly Member[];
  readonly shareMemberInteractions: boolean;
}

/** How a team works: from the prompt to what the team gives, or a `Failed`. */
export type Mode = (team: TeamSettings, host: Host, prompt: PromptInput) => Generator<Op, unknown, unknown>;

/** What the user tells the leader, and what its mode does. */
export function instructed({ leader }: TeamSettings, protocol: string): string {
  return leader.instructions === undefined || leader.instructions === "" ? protocol : `${leader.instructions}\n\n${protocol}`;
}
