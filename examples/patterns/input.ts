/** Prompts by hand: `input` builds what an agent is asked from everything that came before, instead of from `last`. */
import { agent, workflow } from "heddle";
import { z } from "zod";

const describer = agent({ model: "gpt-4o", instructions: "Describe the picture for people who cannot see it." });
const writer = agent({ model: "gpt-4o", instructions: "You are a writer. Write a caption for the picture." });
const translator = agent({ model: "gpt-4o", instructions: "Write the caption in the language that is asked for." });

export default workflow("input")
  .input(z.object({ picture: z.url(), language: z.string().default("German") }))
  // Parts of one message: text, images, files.
  .then("description", describer, {
    input: ({ input }) => [
      { type: "text", text: "What is to be seen here?" },
      { type: "image", url: input.picture },
    ],
  })
  // Text. It may also be built by an async function.
  .then("caption", writer, { input: async ({ last }) => `At most twelve words.\n\n${last}` })
  // A whole conversation: here one that shows by example what is wanted.
  .then("translation", translator, {
    input: ({ input, steps }) => [
      { role: "user", content: "In French: A cat on a wall." },
      { role: "assistant", content: "Un chat sur un mur." },
      { role: "user", content: `In ${input.language}: ${steps.caption}` },
    ],
  })
  .build();
