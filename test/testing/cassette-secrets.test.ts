import { readFile, writeFile } from "node:fs/promises";
import { agent, openai, tool, workflow } from "heddle";
import { callTools, cassette, fault, modelServer, script } from "heddle/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { emptyFolders } from "../support/folders.ts";

const inFolder = emptyFolders();
let file: string;
beforeEach(() => {
  file = inFolder("run.json");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Nobody listens there: a replay that asked anybody would fail. */
const nowhere = "http://127.0.0.1:9/v1";

test("AG21 no key is in the file: not of the environment, of the model, of the options, nor one that a tool or a provider quotes", async () => {
  const canaries = { env: "canary-env-5c41d0", given: "canary-given-88ab12", own: "canary-own-77ff00" };
  vi.stubEnv("SOME_SERVICE_TOKEN", canaries.env);
  await using server = await modelServer((request) =>
    request.messages.some(({ role }) => role === "tool")
      ? fault.status(500, { message: `upstream said ${canaries.given}` })
      : callTools([{ name: "leak", args: { note: canaries.own } }, { name: "fail" }], { text: canaries.env }),
  );
  const leak = tool({
    name: "leak",
    description: "Leaks.",
    input: z.object({ note: z.string() }),
    run: ({ note }) => ({ note, ...canaries }),
  });
  const fail = tool({
    name: "fail",
    description: "Fails.",
    input: z.object({}),
    run: () => {
      throw new Error(`401 for ${canaries.given}`);
    },
  });
  const one = (baseURL: string) =>
    workflow("w")
      .then(
        "a",
        agent({ model: openai("gpt-4o", { baseURL, apiKey: canaries.given }), instructions: `use ${canaries.own}`, tools: [leak, fail] }),
        { retries: 0 },
      )
      .build();
  const options = { secrets: [canaries.own] };
  const live = await one(server.url).run("x", { tape: await cassette(file, options) });
  expect(live.isErr()).toBe(true);
  const written = await readFile(file, "utf8");
  for (const canary of Object.values(canaries)) expect(written).not.toContain(canary.slice(0, 12));
  expect(written).toContain("[redacted]");
  const tape = await cassette(file, options);
  expect((await one(nowhere).run("x", { tape }))._unsafeUnwrapErr().message).toBe(live._unsafeUnwrapErr().message);
  tape.check();
});

/** Made in pieces, since what looks like a secret is looked for in repositories. */
const shaped = {
  google: `AIza${"Canary7".repeat(5)}`,
  github: `ghp_${"canary".repeat(6)}`,
  amazon: `AKIA${"CANARY77".repeat(2)}`,
  signed: ["eyJhbGciOiJub25lIn0", "eyJzdWIiOiJjYW5hcnkifQ", "canary7-signed"].join("."),
};

const credentials = {
  url: `https://service.example/?q=1&token=canary-7-token&key=${"canary-7-key"}`,
  headers: { Authorization: "Bearer canary-7-bearer", "X-Api-Key": "canary-7-header", Cookie: "sid=canary-7-cookie" },
  body: { user: "ada", password: "canary-7-password", client_secret: "canary-7-client", nested: [{ refreshToken: "canary-7-refresh" }] },
};

/** An agent whose model writes credentials into a call, and whose tool gives them back. */
function courier(baseURL: string) {
  const fetched = tool({
    name: "fetch",
    description: "Fetches.",
    input: z.looseObject({ url: z.string() }),
    run: (args) => ({ args, ...shaped, text: `set-up with ${shaped.signed}`, sent: JSON.stringify(args) }),
  });
  return agent({ name: "courier", model: openai("gpt-4o", { baseURL, apiKey: "k" }), tools: [fetched] });
}

test("AG21 secrets that only their place gives away, or their shape, are not in the file; and it replays", async () => {
  await using server = await modelServer(script([callTools([{ name: "fetch", args: credentials }]), "done"]));
  expect((await courier(server.url).run("go", { tape: await cassette(file) }))._unsafeUnwrap().output).toBe("done");
  const written = await readFile(file, "utf8");
  expect(written.match(/\S*canary\S*/gi)).toBeNull();
  expect(written).toContain("ada");
  const tape = await cassette(file);
  const replayed = (await courier(nowhere).run("go", { tape }))._unsafeUnwrap();
  expect(replayed.output).toBe("done");
  tape.check();
});

test("a file in which an older version left such a secret still replays", async () => {
  await using server = await modelServer(script([callTools([{ name: "fetch", args: { url: "/", password: "[redacted]" } }]), "done"]));
  (await courier(server.url).run("go", { tape: await cassette(file) }))._unsafeUnwrap();
  await writeFile(file, (await readFile(file, "utf8")).replaceAll('"password": "[redacted]"', '"password": "canary-7"'));
  const tape = await cassette(file);
  expect((await courier(nowhere).run("go", { tape }))._unsafeUnwrap().output).toBe("done");
  tape.check();
});

test("arguments without a secret stand in the file as the model spelt them", async () => {
  const spelt = '{ "url":"/a",\n  "tokens": 7, "page": {"b":1, "a":[ ]} }';
  await using server = await modelServer(script([callTools([{ name: "fetch", args: spelt }]), "done"]));
  (await courier(server.url).run("go", { tape: await cassette(file) }))._unsafeUnwrap();
  expect(JSON.parse(await readFile(file, "utf8")).entries[0].outcome.value.toolCalls[0].arguments).toBe(spelt);
});
