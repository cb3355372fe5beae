/** A leader who gives members tasks, as often as it likes, and answers from what they found. */
import { agent, team, workflow } from "heddle";

const web = agent({ model: "gpt-4o", instructions: "Research the web." });
const papers = agent({ model: "gpt-4o", instructions: "Read the papers." });
const writer = agent({ model: "gpt-4o", instructions: "You are a technical writer." });

// Members may be teams: this one's leader is asked like any agent.
const library = team({
  name: "library",
  model: "gpt-4o",
  members: { web, papers },
  mode: "collaborate",
  instructions: "Research what is known.",
});

const desk = team({
  name: "desk",
  model: "gpt-4o",
  // The leader sees a tool for each, described by its instructions. Those called in one reply work side by side.
  members: { library, writer },
  instructions: "Have the facts found before anything is written.",
  // Turns of the leader. Beyond them the step fails, with `max_iterations`.
  maxIterations: 6,
});

export default workflow("team-coordinate").then("article", desk).build();
