import { byInstructions, latestPrompt } from "heddle/testing";
import { describe, expect, expectTypeOf, test } from "vitest";
import functions from "../../../examples/patterns/functions.ts";
import input from "../../../examples/patterns/input.ts";
import sequential from "../../../examples/patterns/sequential.ts";
import { servedModels } from "../../support/models.ts";
import { pages } from "./pages.ts";

const models = servedModels();

describe("sequential", () => {
  test("each agent is asked with what the one before it answered, and one after the other", async () => {
    models.use(byInstructions({ Research: "Facts.", "technical writer": "Draft.", "Format for publication": "# Article" }));
    const run = (await sequential.run("Looms"))._unsafeUnwrap();
    expect(models.requests.map(latestPrompt)).toEqual(["Looms", "Facts.", "Draft."]);
    expect(run.output).toEqual({ topic: "Looms", article: "# Article", facts: "Facts." });
    expectTypeOf(run.output).toEqualTypeOf<{ topic: string; article: string; facts: string }>();
  });
});

describe("functions", () => {
  test("sync and async functions run between agents, with their values handed on, not their promises", async () => {
    await using site = await pages({ "/one": [{ body: "Warp." }], "/two": [{ body: "Weft." }] });
    models.use(byInstructions({ Research: "Threads." }));
    const note = `See ${site.url}/one, and ${site.url}/two.`;
    const run = (await functions.run(note))._unsafeUnwrap();
    expect(run.output).toBe("Threads.");
    expect(run.steps.links).toEqual([`${site.url}/one`, `${site.url}/two`]);
    expect(site.visits.toSorted()).toEqual(["GET /one", "GET /two"]);
    expect(models.requests.map(latestPrompt)).toEqual([`${note}\n\n${site.url}/one\nWarp.\n\n${site.url}/two\nWeft.`]);
    expectTypeOf(run.steps.pages).toEqualTypeOf<{ link: string; text: string }[]>();
    expectTypeOf(run.steps.pile).toEqualTypeOf<string>();
  });

  test("cancelling aborts the request that a function has under way", async () => {
    await using site = await pages({ "/slow": [{ hangs: true }] });
    const controller = new AbortController();
    const running = functions.run(`${site.url}/slow`, { signal: controller.signal });
    await expect.poll(() => site.visits).toEqual(["GET /slow"]);
    controller.abort("enough");
    expect((await running)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "enough" });
    await expect.poll(() => site.left).toBe(1);
  });
});

describe("input", () => {
  test("parts, text and a conversation reach the server as they were built", async () => {
    models.use(byInstructions({ "Describe the picture": "A loom.", caption: "Eine Unterschrift.", "Write a caption": "Unused." }));
    const picture = "https://example.com/loom.png";
    const run = (await input.run({ picture, language: "Dutch" }))._unsafeUnwrap();
    const [describe, caption, translate] = models.requests.map(({ messages }) => messages.filter(({ role }) => role !== "system"));
    expect(models.requests).toHaveLength(3);
    expect(describe).toMatchObject([{ role: "user", parts: [{ text: "What is to be seen here?" }, { image_url: { url: picture } }] }]);
    expect(caption).toMatchObject([{ role: "user", text: "At most twelve words.\n\nA loom." }]);
    expect(translate?.map(({ role, text }) => [role, text])).toEqual([
      ["user", "In French: A cat on a wall."],
      ["assistant", "Un chat sur un mur."],
      ["user", `In Dutch: ${run.steps.caption}`],
    ]);
  });

  test("the schema's default is there, and what it refuses never reaches a model", async () => {
    models.use(byInstructions({}, "Text."));
    expect((await input.run({ picture: "https://example.com/loom.png" })).isOk()).toBe(true);
    expect(latestPrompt(models.requests[2] as never)).toBe("In German: Text.");
    models.use(byInstructions({}, "Text."));
    expect((await input.run({ picture: "no address" }))._unsafeUnwrapErr().type).toBe("invalid_input");
    expect(models.requests).toHaveLength(0);
  });
});
