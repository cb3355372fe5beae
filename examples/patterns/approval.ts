/** A person decides: a draft that waits for its review, and a tool whose calls wait for approval. */
import { type Approval, type ApprovalRequest, agent, tool, workflow } from "heddle";
import { z } from "zod";

const writer = agent({ model: "gpt-4o", instructions: "You are a writer. Write two sentences for our customers." });

/** What went out, by list. */
export const sent = new Map<string, string>();

const send = tool({
  name: "send",
  description: "Sends a text to a mailing list.",
  input: z.object({ list: z.enum(["team", "customers"]), text: z.string() }),
  // `true` asks about every call. What was shown is what runs; a denial is told to the model, with its reason.
  approval: ({ list }) => list === "customers",
  run: ({ list, text }) => {
    sent.set(list, text);
    return `Sent to ${list}.`;
  },
});

const editor = agent({ model: "gpt-4o", instructions: "You are the editor. Send the text out.", tools: [send] });

const letter = workflow("approval")
  .then("draft", writer)
  // `run()` would end here as `suspended`; `start()` stays for the answer, which must fit the schema.
  .waitFor("review", z.object({ good: z.boolean(), note: z.string().optional() }), { show: ({ steps }) => steps.draft })
  .branch("decide", (review) => review.good, {
    yes: { do: editor, input: ({ steps }) => steps.draft },
    no: ({ last }) => `Kept back: ${last.note ?? "no reason given"}`,
  })
  .build();

export default letter;

/** What a person is asked, and what they answer: a dialog, a chat message, a web page. */
export interface Person {
  review(draft: string): Promise<{ good: boolean; note?: string }>;
  approve(request: ApprovalRequest): Promise<Approval>;
}

/** Runs the plan with a person at hand. */
export async function withPerson(topic: string, person: Person) {
  const handle = letter.start(topic);
  for await (const event of handle.events) {
    if (event.type !== "step.started" || event.kind !== "wait") continue;
    // The path says which wait is meant, where there are several.
    const { path, shown } = event;
    if (event.step === "review") await handle.answer("review", await person.review(shown as string), { path });
    else await handle.answer("send", await person.approve(shown as ApprovalRequest), { path });
  }
  return handle.result;
}
