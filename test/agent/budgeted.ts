// What the tests of budgets ask for: an agent whose replies are short, and what a request of its reserves.
import { agent } from "heddle";
import { reply } from "heddle/testing";

export const short = { settings: { maxOutputTokens: 100 } } as const;
export const writer = agent({ name: "writer", model: "gpt-4o", ...short });

/** What a call reserves for a request of one user message and no tools. */
export const reserved = (prompt: string, most = 100) =>
  Math.ceil(Buffer.byteLength(JSON.stringify([[{ role: "user", content: prompt }], null, null])) / 4) + most;

/** Ten tokens a reply. */
export const ten = { inputTokens: 7, outputTokens: 3 };
export const said = (text: string, usage: { inputTokens: number; outputTokens: number } | null = ten) => reply(text, { usage });
