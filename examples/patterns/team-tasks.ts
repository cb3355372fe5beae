/** A leader with a list of tasks that depend on each other; what does not is done side by side. */
import { agent, team, workflow } from "heddle";

const web = agent({ model: "gpt-4o", instructions: "Research the web." });
const papers = agent({ model: "gpt-4o", instructions: "Read the papers." });
const writer = agent({ model: "gpt-4o", instructions: "You are a technical writer." });
const publisher = agent({ model: "gpt-4o", instructions: "Format for publication." });

const press = team({
  name: "press",
  model: "gpt-4o",
  members: { web, papers, writer, publisher },
  mode: "tasks",
  instructions: "Plan the whole way from the facts to the page.",
});

export const page = workflow("team-tasks").then("page", press).build();
export default page;

/** The list as it was at the end: who did what, after what, and where in the trace. */
export async function listed(topic: string) {
  const result = await page.run(topic);
  return result.map((run) =>
    (run.record("page")?.tasks ?? []).map(
      ({ id, member, dependsOn, status }) => `${id} (${member}): ${status}, after ${dependsOn.join(", ") || "nothing"}`,
    ),
  );
}
