/** Conditional, with a condition that takes its time: a draft whose links all work is published, any other repaired first. */
import { agent, workflow } from "heddle";

const writer = agent({ model: "gpt-4o", instructions: "You are a technical writer. Write about the topic, with links." });
const editor = agent({ model: "gpt-4o", instructions: "You are an editor. Write the text again without its links." });
const critic = agent({ model: "gpt-4o", instructions: "Review the text for claims that lost their source." });
const publisher = agent({ model: "gpt-4o", instructions: "Format for publication." });

/** Whether a page answers behind every link of a text. */
async function linksWork(text: string, signal: AbortSignal) {
  for (const link of text.match(/https?:\/\/[^\s)\]]*[^\s)\].,]/g) ?? []) {
    const page = await fetch(link, { method: "HEAD", signal }).catch(() => undefined);
    if (!page?.ok) return false;
  }
  return true;
}

export default workflow("branch")
  .then("draft", writer)
  .branch(
    "links",
    (draft, { signal }) => linksWork(draft, signal),
    {
      yes: { flow: (b) => b.then("page", publisher).then("published", ({ last }) => ({ page: last, repaired: false })) },
      no: {
        flow: (b) =>
          b
            .then("repair", editor)
            .then("review", critic)
            // Only one arm runs, so both may have a step "page".
            .then("page", publisher, { input: ({ last, steps }) => `${steps.repair}\n\nNotes: ${last}` })
            .then("published", ({ last }) => ({ page: last, repaired: true })),
      },
    },
    // The condition's own limits; an arm's steps have theirs.
    { timeout: 10_000, retries: 1 },
  )
  .build();
