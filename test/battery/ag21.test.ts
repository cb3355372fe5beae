// AG21: one canary key in everything that has a key: in no output, event, trace, failure, console line, cassette or journal.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { agent, openai, type RunEvent, tool, workflow } from "heddle";
import { sqliteJournal } from "heddle/sqlite";
import { callTools, cassette, fault, modelServer, refusal, reply } from "heddle/testing";
import OpenAI from "openai";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { ways } from "../model/calls.ts";

const canary = "canary-9f8e7d6c5b4a3210";
/** As much of it as would give it away. */
const part = canary.slice(0, 13);

let printed: string[];
let folder: string;
beforeEach(async () => {
  printed = [];
  folder = await mkdtemp(join(tmpdir(), "heddle-canary-"));
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((chunk: unknown) => {
      printed.push(String(chunk));
      return true;
    });
  for (const method of ["log", "info", "warn", "error", "debug"] as const)
    vi.spyOn(console, method).mockImplementation((...args) => void printed.push(inspect(args, { depth: 20 })));
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Every text that can be reached from a value: hidden properties, symbols, getters, prototypes, causes and stacks included. */
function textsIn(root: unknown): readonly string[] {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  const queue: unknown[] = [root];
  for (let value = queue.pop(); queue.length > 0 || value !== undefined; value = queue.pop()) {
    if (typeof value === "string") texts.push(value);
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Map) queue.push(...value.keys(), ...value.values());
    if (value instanceof Set) queue.push(...value);
    for (let holder: object | null = value; holder !== null && holder !== Object.prototype; holder = Object.getPrototypeOf(holder)) {
      for (const key of Reflect.ownKeys(holder)) {
        texts.push(String(key));
        try {
          queue.push(Reflect.get(holder, key, value));
        } catch {
          // A getter that wants another receiver.
        }
      }
    }
  }
  return texts;
}

function expectClean(place: string, value: unknown): void {
  for (const text of textsIn(value)) if (text.includes(part)) expect.unreachable(`${place} holds the canary: ${text.slice(0, 300)}`);
  expect(inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true }), place).not.toContain(part);
}

test("the search itself finds a canary wherever one is", () => {
  class Hidden {
    get secret() {
      return `x ${canary}`;
    }
  }
  const places = [
    new Error("a", { cause: { deep: [new Error(canary)] } }),
    new Map([["a", new Set([canary])]]),
    new Hidden(),
    Object.defineProperty({}, "h", { value: canary, enumerable: false }),
    { [Symbol(canary)]: 1 },
  ];
  for (const place of places) expect(textsIn(place).some((text) => text.includes(part))).toBe(true);
});

const faults = {
  "401 that quotes it": fault.status(401, { message: `Incorrect API key provided: ${canary}.`, headers: { "x-request-id": canary } }),
  "500 with a header in a traceback": fault.status(500, { message: `Traceback: Authorization: Bearer ${canary}`, code: canary }),
  "a long text that is cut in its middle": fault.status(400, { message: `${"x".repeat(550)}${canary}` }),
  "a page": fault.html(`<html>${canary}</html>`),
  "cut JSON": fault.malformed(`{"key":"${canary}"`),
  "an error in a 200": fault.errorInBody({ message: `for ${encodeURIComponent(canary)}`, code: canary }),
  "a refusal": refusal(`I was given ${canary}.`),
};

for (const { api, stream, way } of ways)
  for (const [name, given] of Object.entries(faults))
    test(`AG21 ${way}: ${name}`, async () => {
      await using server = await modelServer(() => given);
      vi.stubEnv("OPENAI_API_KEY", canary);
      vi.stubEnv("OPENAI_BASE_URL", server.url);
      const clients = {
        environment: openai("gpt-4o", { api }),
        option: openai("gpt-4o", { api, apiKey: canary, baseURL: server.url }),
        client: openai("gpt-4o", { api, client: new OpenAI({ apiKey: canary, baseURL: server.url, logLevel: "off" }) }),
        header: openai("gpt-4o", {
          api,
          client: new OpenAI({ apiKey: "other-key", baseURL: server.url, defaultHeaders: { "x-gateway-key": canary }, logLevel: "off" }),
        }),
      };
      const events: RunEvent[] = [];
      for (const [from, model] of Object.entries(clients)) {
        if (from === "header") vi.stubEnv("OPENAI_API_KEY", "");
        const file = join(folder, `${from}.json`);
        const plan = workflow("w")
          .settle("tried", { one: { do: agent({ model }), retries: { max: 1, initial: 0, when: () => true } } })
          .then("write", agent({ model: [model, model], name: "writer" }), { retries: 0 })
          .build();
        const tape = await cassette(file, { mode: "record" });
        const result = await plan.run("x", { tape, ...(stream && { observe: (event) => events.push(event) }) });
        expect(result.isErr()).toBe(true);
        expectClean(`the failure (${from})`, result);
        expect(await readFile(file, "utf8"), from).not.toContain(part);
      }
      expect(server.requests.every(({ headers }) => JSON.stringify(headers).includes(canary))).toBe(true);
      expectClean("an event", events);
      expectClean("the console", printed);
    });

for (const { api, stream, way } of ways)
  test(`AG21 ${way}: tools that fail with it`, async () => {
    vi.stubEnv("SEARCH_API_KEY", canary);
    const fails = (name: string, run: () => unknown) => tool({ name, description: name, input: z.object({}), timeout: 50, run });
    const tools = [
      fails("throws", () => {
        throw new Error(`GET https://search.example/?q=x&key=${canary} gave 403`, { cause: { headers: { authorization: canary } } });
      }),
      fails("rejects", () => Promise.reject({ message: `401 for ${canary}`, stack: canary })),
      fails("text", () => {
        throw `no luck with ${canary}`;
      }),
      fails("late", () => new Promise((_, reject) => setTimeout(() => reject(new Error(canary)), 100))),
    ];
    await using server = await modelServer((request) =>
      request.messages.some(({ role }) => role === "tool") ? reply("done") : callTools(tools.map(({ name }) => ({ name }))),
    );
    const events: RunEvent[] = [];
    const file = join(folder, "tools.json");
    const plan = workflow("w")
      .then("a", agent({ model: openai("gpt-4o", { api, apiKey: "other-key", baseURL: server.url }), tools }))
      .build();
    const tape = await cassette(file, { mode: "record" });
    const run = await plan.run("x", { tape, grace: 200, ...(stream && { observe: (event) => events.push(event) }) });
    expect(run._unsafeUnwrap().output).toBe("done");
    expectClean("the run", run);
    expectClean("an event", events);
    expectClean("the console", printed);
    expectClean(
      "what the model was told",
      server.requests.map(({ body }) => body),
    );
    expect(await readFile(file, "utf8")).not.toContain(part);
    if (stream) expect(events.filter(({ type }) => type === "tool.failed")).toHaveLength(4);
  });

/** Every byte that a journal has written, its log included. */
async function bytesOf(directory: string): Promise<string> {
  const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return (await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), "latin1")))).join("\n");
}

for (const { api, way } of ways.filter(({ stream }) => !stream))
  test(`AG21 ${way}: a journal`, async () => {
    vi.stubEnv("OPENAI_API_KEY", canary);
    const failing = tool({
      name: "search",
      description: "search",
      input: z.object({}),
      run: () => {
        throw new Error(`GET https://search.example/?key=${canary} gave 403`, { cause: { headers: { authorization: canary } } });
      },
    });
    await using server = await modelServer((request) =>
      request.model === "broken"
        ? fault.status(401, { message: `Incorrect API key provided: ${canary}` })
        : request.messages.some(({ role }) => role === "tool")
          ? reply("done")
          : callTools([{ name: "search" }]),
    );
    vi.stubEnv("OPENAI_BASE_URL", server.url);
    const plan = workflow("w")
      .then("a", agent({ model: openai("gpt-4o", { api }), tools: [failing] }))
      .then("b", agent({ model: openai("broken", { api }) }))
      .build();
    const journal = sqliteJournal(join(folder, "runs.db"));
    const failure = (await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", step: "b" });
    const resumed = (await plan.resume("r", { journal }))._unsafeUnwrapErr();
    expect(resumed.message).toBe(failure.message);
    const asked = server.requests.length;
    await journal.close();
    const written = await bytesOf(folder);
    expect(written).toContain("search");
    expect(written).not.toContain(part);
    // The tool was called and the model asked once each: a resume pays for nothing twice.
    expect(asked).toBe(3);
    expect(server.requests.every(({ headers }) => JSON.stringify(headers).includes(canary))).toBe(true);
  });
