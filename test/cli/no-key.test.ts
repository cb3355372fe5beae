import { join } from "node:path";
import { sqliteJournal } from "heddle/sqlite";
import { beforeAll, expect, test } from "vitest";
import { folderWith, heddle } from "./heddle.ts";

let folder: string;
const notice = "No OPENAI_API_KEY or OPENAI_BASE_URL: using the built-in offline engine (extractive, not a language model).\n";

beforeAll(async () => {
  folder = await folderWith({
    "plain.ts": `
      import { workflow } from "heddle";
      export default workflow("plain").then("greet", ({ input }) => "Hello, " + input).build();`,
    "agents.ts": `
      import { agent, workflow } from "heddle";
      const writer = agent({ name: "writer", model: "gpt-4o" });
      export default workflow("talks").parallel("both", { one: { flow: (f) => f.then("write", writer) }, two: () => 2 }).build();`,
    "own.ts": `
      import { agent, openai, workflow } from "heddle";
      const local = agent({ name: "local", model: openai("llama", { baseURL: "http://127.0.0.1:9/v1" }) });
      export default workflow("own").then("begin", ({ input }) => input)
        .branch("maybe", ({ last }) => last === "ask", { yes: local, no: ({ last }) => "no need of " + last }).build();`,
    "hidden.ts": `
      import { workflow } from "heddle";
      export default workflow("hidden").then("before", () => 1).then("ask", async ({ signal }) => {
        const answered = await fetch(process.env.OPENAI_BASE_URL + "/chat/completions", {
          method: "POST",
          headers: { authorization: "Bearer " + process.env.OPENAI_API_KEY, "content-type": "application/json" },
          body: JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: "What is an agent?" }] }),
          signal,
        });
        return (await answered.json()).choices[0].message.content;
      }).build();`,
  });
});

const without = (...args: readonly string[]) => heddle(args, { cwd: folder, env: { OPENAI_API_KEY: " " } });
const statusOf = async (file: string, runId: string) => {
  const journal = sqliteJournal(join(folder, file));
  const { status } = (await journal.find(runId))._unsafeUnwrap();
  await journal.close();
  return status;
};

test("without a journal the offline engine is spoken of where a model is asked, and nowhere else", async () => {
  expect(await without("run", "plain.ts", "you", "-q")).toEqual({ code: 0, stdout: "Hello, you\n", stderr: "" });
  expect((await without("run", "agents.ts", "What is an agent?", "-q")).stderr).toBe(notice);
  expect((await without("run", "own.ts", "it", "-q")).stderr).toBe("");
  const hidden = await without("run", "hidden.ts", "you", "-q");
  expect([hidden.code, hidden.stderr]).toEqual([0, notice]);
  const events = await without("run", "agents.ts", "What is an agent?", "--events");
  expect(JSON.parse(events.stderr.split("\n", 1)[0] ?? "")).toEqual({ type: "notice", message: notice.trim() });
}, 60_000);

test("with a journal agents are refused without a key, unless --offline asks for the engine", async () => {
  const refusal = expect.stringMatching(
    /^heddle: Expected OPENAI_API_KEY or OPENAI_BASE_URL to be set for agent "writer" of plan "talks", whose answers are kept, got neither: .+ --offline /,
  );
  const kept = ["--journal", "agents.db", "--run-id", "r"];
  expect(await without("run", "agents.ts", "you", ...kept)).toEqual({ code: 1, stdout: "", stderr: refusal });
  expect(await without("work", "agents.ts", "--journal", "agents.db", "--events")).toEqual({ code: 1, stdout: "", stderr: refusal });
  const offline = await without("run", "agents.ts", "What is an agent?", ...kept, "--offline", "-q");
  expect([offline.code, offline.stderr]).toEqual([0, ""]);
  expect(await statusOf("agents.db", "r")).toBe("completed");
  const worker = await without("work", "agents.ts", "--journal", "agents.db", "--once", "--offline", "--events");
  expect(worker.code).toBe(0);
  expect(worker.stderr).toContain("Using the built-in offline engine");
}, 60_000);

test("plans that ask no model, or one of their own, need no key with a journal", async () => {
  expect((await without("run", "plain.ts", "you", "--journal", "plain.db", "--run-id", "r", "-q")).stdout).toBe("Hello, you\n");
  expect((await without("run", "own.ts", "it", "--journal", "own.db", "--run-id", "r", "-q")).stdout).toBe("no need of it\n");
  expect((await without("work", "plain.ts", "own.ts", "--journal", "plain.db", "--once")).code).toBe(0);
}, 60_000);

test("a step that asks a model without a key stops the command, and its run goes on once there is one", async () => {
  const kept = ["--journal", "hidden.db", "--run-id", "r"];
  const refusal = /^heddle: Expected OPENAI_API_KEY or OPENAI_BASE_URL to be set, got neither when a step asked a model: .+ --offline /m;
  const first = await without("run", "hidden.ts", "you", ...kept);
  expect([first.code, first.stdout]).toEqual([1, ""]);
  expect(first.stderr).toMatch(refusal);
  expect(await statusOf("hidden.db", "r")).toBe("running");
  const worker = await without("work", "hidden.ts", "--journal", "hidden.db");
  expect(worker.code).toBe(1);
  expect(worker.stderr).toMatch(refusal);
  expect(worker.stdout).toContain("… hidden r left after");
  expect(await statusOf("hidden.db", "r")).toBe("running");
  const offline = await without("work", "hidden.ts", "--journal", "hidden.db", "--once", "--offline");
  expect(offline.code).toBe(0);
  expect(await statusOf("hidden.db", "r")).toBe("completed");
}, 60_000);
