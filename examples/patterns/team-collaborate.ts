/** All members on the same question at once, and a leader who weighs what they say. */
import { agent, team, workflow } from "heddle";

const engineer = agent({ model: "gpt-4o", instructions: "Research what a workflow costs to build and to run." });
const editor = agent({ model: "gpt-4o", instructions: "Research what readers and users need." });
const tester = agent({ model: "gpt-4o", instructions: "Research what can fail, and how one would find out." });

const panel = team({
  name: "panel",
  model: "gpt-4o",
  // A member that fails is left out, and the leader is told. Only where all fail, the team does.
  members: { engineer, editor, tester },
  mode: "collaborate",
  instructions: "Write one recommendation, and say who disagrees.",
});

export default workflow("team-collaborate").then("recommendation", panel).build();
