/** Functions as steps, sync and async: the pages behind the links of a note are fetched, and one agent reads them all. */
import { agent, step, workflow } from "heddle";

const reader = agent({ model: "gpt-4o", instructions: "Research what these pages have in common." });

/** A step that knows its input alone: any workflow whose last output is a text can use it, `.then("links", links)`. */
const links = step("links", (text: string) => text.match(/https?:\/\/\S*[^\s.,)]/g) ?? []);

export default workflow("functions")
  .then("links", links)
  // An async function is awaited: the next step gets the texts, not their promise. `signal` aborts with the run.
  .then("pages", ({ last, signal }) =>
    Promise.all(last.map(async (link) => ({ link, text: await (await fetch(link, { signal })).text() }))),
  )
  // A sync one is called and done. Its return type is all the typing that a step needs.
  .then("pile", ({ input, last }) => [input, ...last.map(({ link, text }) => `${link}\n${text}`)].join("\n\n"))
  .then("summary", reader)
  .build();
