/** A leader who only picks: one member gets the request as it is, and its answer is the team's. */
import { agent, team, workflow } from "heddle";
import { z } from "zod";

const billing = agent({
  model: "gpt-4o",
  instructions: "You handle bills, payments and refunds.",
  output: z.object({ refund: z.number().min(0).max(500), reason: z.string() }),
});
const manual = agent({ model: "gpt-4o", instructions: "You explain how workflows, agents and teams work." });

const desk = team({ name: "desk", model: "gpt-4o", members: { billing, manual }, mode: "route" });

export default workflow("team-route")
  .then("answer", desk)
  // The type is what any member gives: `string | { refund: number; reason: string }`.
  .then("text", ({ last }) => (typeof last === "string" ? last : `A refund of ${last.refund}: ${last.reason}`))
  .build();
