// Two clerks who ask before they pay: one a member of a team, the other an agent that its leader has as a tool.

import { z } from "zod";
import { agent, asTool, team, tool, workflow } from "../../../src/index.ts";

interface PayOptions {
  readonly approvalTimeout?: number;
  readonly paid: (args: object, idempotencyKey: string) => void;
}

export function clerksPlan({ paid, ...options }: PayOptions) {
  const pay = tool({
    name: "pay",
    description: "Pays.",
    // What is checked is not the same twice: whether it is checked again shows.
    input: z.object({ to: z.string(), euros: z.number() }).transform((args) => ({ ...args, checkedBy: process.pid })),
    approval: true,
    ...options,
    run: (args, { idempotencyKey }) => {
      paid(args, idempotencyKey);
      return `paid ${args.to}`;
    },
  });
  const clerk = agent({ name: "clerk", model: "clerk", tools: [pay] });
  const helper = agent({ name: "helper", model: "helper", tools: [pay] });
  const desk = team({
    name: "desk",
    model: "desk",
    members: { clerk },
    tools: [asTool(helper, { name: "helper", description: "Helps.", input: z.object({ what: z.string() }) })],
  });
  return workflow("clerks").then("desk", desk).build();
}

export const waits = {
  clerk: "desk/turn#1/clerk[0]/turn#1/pay[0]/approval",
  helper: "desk/turn#1/helper[1]/turn#1/pay[0]/approval",
} as const;
