import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type OpenAI from "openai";
import { expect, test } from "vitest";
import { z } from "zod";
import { offlineEngine, startOffline } from "../../src/testing/index.ts";
import { failureOf, serve } from "./clients.ts";

const verdict = z.object({ verdict: z.enum(["pass", "revise"]), notes: z.string() });

/** Asks for text, on the API named. */
async function ask(client: OpenAI, instructions: string, prompt: string, api: "chat" | "responses" = "responses") {
  if (api === "responses") return (await client.responses.create({ model: "m", instructions, input: prompt })).output_text;
  const messages = [
    { role: "system" as const, content: instructions },
    { role: "user" as const, content: prompt },
  ];
  return (await client.chat.completions.create({ model: "m", messages })).choices[0]?.message.content ?? "";
}

/** Asks for a value of a zod schema, strictly, and lets zod judge it. */
async function askFor<Schema extends z.ZodType>(
  client: OpenAI,
  schema: Schema,
  prompt: string,
  instructions = "",
): Promise<z.output<Schema>> {
  const json = z.toJSONSchema(schema, { target: "draft-7" }) as Record<string, unknown>;
  const answer = await client.responses.create({
    model: "m",
    instructions,
    input: prompt,
    text: { format: { type: "json_schema", name: "answer", strict: true, schema: json } },
  });
  return schema.parse(JSON.parse(answer.output_text));
}

const writer = "You are a technical writer.";
const topic = "The state of AI agents in 2026";

test.each(["chat", "responses"] as const)(
  "research, draft, review, revise, review: the first verdict is revise and the second pass (%s)",
  async (api) => {
    const { client, server } = await serve(offlineEngine());
    const [web, papers] = await Promise.all([ask(client, "Research the web.", topic, api), ask(client, "Read the papers.", topic, api)]);
    expect(web).toMatch(/^Findings on: The state of AI agents in 2026\n\n- .+ \[What an AI agent is\]/);
    expect(papers).not.toBe(web);

    const draft = await ask(client, writer, `[web]: ${web}\n\n[papers]: ${papers}`, api);
    expect(draft).toMatch(/^The state of AI agents in 2026\n\n/);
    const first = await askFor(client, verdict, draft);
    expect(first.verdict).toBe("revise");
    expect(first.notes).toBe(
      "Add a Sources section that lists what the text relies on. Add a Limitations paragraph that says what the text does not cover.",
    );

    const rewritten = await ask(client, writer, `${draft}\n\nNotes: ${first.notes}`, api);
    expect(rewritten.startsWith(draft)).toBe(true);
    expect(rewritten).toMatch(/\n\nLimitations\n\n[\s\S]+\n\nSources\n\n- What an AI agent is\n/);
    expect(await askFor(client, verdict, rewritten)).toEqual({ verdict: "pass", notes: "No changes needed." });

    const published = await ask(client, "Format for publication.", rewritten, api);
    expect(published).toMatch(/^# The state of AI agents in 2026\n\n/);
    expect(published).toContain("\n\n## Sources\n\n");
    expect(await ask(client, "Format for publication.", published, api)).toBe(published);
    expect(server.requests).toHaveLength(8);
  },
);

test("the same request gets the same answer, alone or among others", async () => {
  const { client } = await serve(offlineEngine());
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask(client, "Research.", topic)));
  expect(new Set(answers).size).toBe(1);
});

test("a critic without a schema uses the words it is told to", async () => {
  const { client } = await serve(offlineEngine());
  const critic = 'Review the text. Answer APPROVED when it is good, or "REVISE" and say why.';
  const draft = await ask(client, writer, topic);
  const first = await ask(client, critic, draft);
  expect(first).toMatch(/^REVISE\nNotes:\n- Add a Sources section/);
  const second = await ask(client, writer, `${draft}\n\n${first.replace("REVISE\n", "")}`);
  expect(await ask(client, critic, second)).toBe("APPROVED");
});

test("the writer reads drafts and notes from JSON and from named sections, and takes up free notes", async () => {
  const { client } = await serve(offlineEngine());
  const draft = await ask(client, writer, topic);
  const notes = "Please name your sources. Say more about budgets.";
  for (const prompt of [
    JSON.stringify({ text: draft, notes }),
    `[draft]: ${draft}\n\n[review]: ${notes}`,
    `Revise this draft.\n\nFeedback: ${notes}\n\nDraft:\n${draft}`,
    `${draft}\n\n**Feedback:** ${notes}`,
  ]) {
    const next = await ask(client, writer, prompt);
    expect(next.startsWith(draft)).toBe(true);
    expect(next).toContain("A budget that is checked before each call stops a runaway loop");
    expect(next).toContain("\n\nSources\n\n");
  }
});

test("scores follow the range that the schema or a description names, on the side of the verdict", async () => {
  const { client } = await serve(offlineEngine());
  const shape = z.object({
    score: z.number().min(0).max(1),
    rating: z.int().min(1).max(5),
    quality: z.number().describe("0 to 100"),
    approved: z.boolean(),
    needsRevision: z.boolean(),
    verdict: z.enum(["reject", "approve"]),
    issues: z.array(z.string()),
    feedback: z.string().nullable(),
  });
  const poor = await askFor(client, shape, "Too short.", "You are a critic.");
  expect(poor).toMatchObject({ approved: false, needsRevision: true, verdict: "reject" });
  expect(poor.score).toBeLessThan(0.7);
  expect(poor.rating).toBeLessThan(4);
  expect(poor.quality).toBeLessThan(70);
  expect(poor.issues.length).toBeGreaterThan(2);
  const draft = await ask(client, writer, topic);
  const good = await askFor(
    client,
    shape,
    await ask(client, writer, `${draft}\n\nNotes: add sources and limitations.`),
    "You are a critic.",
  );
  expect(good).toMatchObject({
    score: 0.9,
    rating: 5,
    quality: 90,
    approved: true,
    needsRevision: false,
    verdict: "approve",
    issues: [],
  });
});

test("any schema gets a value that fits it", async () => {
  const { client } = await serve(offlineEngine());
  const node: z.ZodType = z.object({
    label: z.string(),
    get next() {
      return z.union([node, z.null()]);
    },
  });
  const wide = z.object({
    title: z.string().min(3).max(20),
    day: z.iso.date(),
    mail: z.email(),
    id: z.uuid(),
    count: z.int().min(3).max(7),
    step: z.number().multipleOf(5),
    tags: z.array(z.string()).min(2).max(4),
    kind: z.literal("report"),
    route: z.enum(["billing", "agents", "other"]),
    either: z.union([z.number(), z.string()]),
    people: z.array(z.object({ name: z.string(), citations: z.array(z.string()) })),
    nothing: z.null(),
    node,
  });
  const value = await askFor(client, wide, `${topic} for Ada Lovelace`);
  expect(value).toMatchObject({ route: "agents", kind: "report" });
  expect(value.people[0]?.name).toBe("Ada Lovelace");
});

const tool = (name: string, description: string, parameters: z.ZodType) => ({
  type: "function" as const,
  name,
  description,
  strict: true,
  parameters: z.toJSONSchema(parameters, { target: "draft-7" }) as Record<string, unknown>,
});

test("tools: the best match is called with arguments from the query, and the answer comes from its result", async () => {
  const { client } = await serve(offlineEngine());
  const tools = [
    tool("add_numbers", "Adds two numbers.", z.object({ a: z.number(), b: z.number() })),
    tool("get_weather", "Tells the weather of a city.", z.object({ city: z.string(), unit: z.enum(["celsius", "fahrenheit"]) })),
  ];
  const input = [{ role: "user" as const, content: "What is the weather in New York in fahrenheit?" }];
  const first = await client.responses.create({ model: "m", input, tools });
  const call = first.output.find((item) => item.type === "function_call");
  expect(call).toMatchObject({ name: "get_weather", arguments: '{"city":"New York","unit":"fahrenheit"}' });
  if (call?.type !== "function_call") throw new Error("no call");
  const output = {
    type: "function_call_output" as const,
    call_id: call.call_id,
    output: '{"sky":"clear","degrees":70}',
  };
  const second = await client.responses.create({ model: "m", input: [...input, call, output], tools });
  expect(second.output_text).toBe("sky: clear\ndegrees: 70");

  const sum = await client.responses.create({ model: "m", input: "Add the numbers 17 and 25.", tools });
  expect(sum.output).toMatchObject([{ name: "add_numbers", arguments: '{"a":17,"b":25}' }]);
  const none = await client.responses.create({ model: "m", input: "Add 17 and 25.", tools, tool_choice: "none" });
  expect(none.output[0]?.type).toBe("message");
});

test("own sources, and a subject they say nothing about", async () => {
  const { client } = await serve(
    offlineEngine({
      sources: [{ title: "Looms", text: "A heddle guides a warp thread. A shuttle carries the weft." }],
    }),
  );
  expect(await ask(client, "Research.", "What is a heddle?")).toBe(
    "Findings on: What is a heddle?\n\n- A heddle guides a warp thread. [Looms]",
  );
  expect(await ask(client, "Research.", "volcanoes")).toContain("say nothing about it");
  expect(await ask(client, writer, "volcanoes")).toContain("say nothing about it");
});

test("hostile prompts take no long time", async () => {
  const { client } = await serve(offlineEngine());
  const prompts = ["[", "\n", " \n", "#", "notes", "Notes: ", "draft:\n", "[a]: ", "{", "a.", "A B ", "-"].map((piece) =>
    piece.repeat(100_000 / piece.length),
  );
  for (const instructions of ["Research.", writer, "Review it.", "Publish it."]) {
    for (const prompt of prompts) {
      const began = performance.now();
      await ask(client, instructions, prompt);
      expect(performance.now() - began, `${instructions} ${JSON.stringify(prompt.slice(0, 8))}`).toBeLessThan(1500);
    }
  }
});

test("startOffline serves, closes, and keeps no process alive", async () => {
  const server = await startOffline();
  const asked = await fetch(`${server.url}/models`, { headers: { authorization: "Bearer x" } });
  expect(JSON.stringify(await asked.json())).toContain("offline-extractive-engine");
  await server.close();
  expect(await failureOf(fetch(`${server.url}/models`))).toBeInstanceOf(TypeError);

  const program = `
    const { startOffline } = await import(${JSON.stringify(new URL("../../src/testing/index.ts", import.meta.url).href)});
    const { url } = await startOffline();
    const headers = { authorization: "Bearer x", "content-type": "application/json" };
    const answer = await fetch(url + "/responses", { method: "POST", headers, body: JSON.stringify({ model: "m", input: "agents" }) });
    console.log(answer.status, (await answer.json()).status);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    timeout: 8000,
  });
  expect(stdout.trim()).toBe("200 completed");
});
