import { byInstructions, latestPrompt, modelServer, reply, type ServedRequest } from "heddle/testing";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import branch from "../../../examples/patterns/branch.ts";
import loop from "../../../examples/patterns/loop.ts";
import route from "../../../examples/patterns/route.ts";
import routeAll from "../../../examples/patterns/route-all.ts";
import routeAsync from "../../../examples/patterns/route-async.ts";
import { servedModels } from "../../support/models.ts";
import { pages } from "./pages.ts";

const models = servedModels();
const prompts = () => models.requests.map(latestPrompt);
afterEach(() => vi.unstubAllEnvs());

describe("branch", () => {
  const others = {
    "an editor": "Repaired.",
    "lost their source": "One claim.",
    "Format for publication": (request: ServedRequest) => reply(`# ${latestPrompt(request)}`),
  };

  test("all links work: published as it is, and the other arm's agents are never asked", async () => {
    await using site = await pages({ "/a": [{}], "/b": [{}] });
    const draft = `See ${site.url}/a and (${site.url}/b).`;
    models.use(byInstructions({ "technical writer": draft, ...others }));
    const run = (await branch.run("Looms"))._unsafeUnwrap();
    expect(site.visits).toEqual(["HEAD /a", "HEAD /b"]);
    expect(run.output).toEqual({ page: `# ${draft}`, repaired: false });
    expect(prompts()).toEqual(["Looms", draft]);
    expect(run.steps.repair).toBeUndefined();
    expectTypeOf(run.output).toEqualTypeOf<{ page: string; repaired: boolean }>();
    expectTypeOf(run.steps.repair).toEqualTypeOf<string | undefined>();
  });

  test("a dead link: repaired, reviewed, and then published", async () => {
    await using site = await pages({ "/a": [{}] });
    const draft = `See ${site.url}/a and ${site.url}/gone.`;
    models.use(byInstructions({ "technical writer": draft, ...others }));
    const run = (await branch.run("Looms"))._unsafeUnwrap();
    expect(site.visits).toEqual(["HEAD /a", "HEAD /gone"]);
    expect(run.record("links")?.route).toBe("no");
    expect(prompts()).toEqual(["Looms", draft, "Repaired.", "Repaired.\n\nNotes: One claim."]);
    expect(run.output).toEqual({ page: "# Repaired.\n\nNotes: One claim.", repaired: true });
  });
});

describe("loop", () => {
  const no = { verdict: "revise", notes: "Shorter." };

  test("goes on until the critic is content, each turn from the version before", async () => {
    models.use(byInstructions({ "a writer": ["First", "Second", "Third"], Review: [no, no, { verdict: "pass", notes: "" }] }));
    const run = (await loop.run("a loom"))._unsafeUnwrap();
    expect(run.output).toBe("Third");
    expect(run.record("revise")?.count).toBe(3);
    expectTypeOf(run.steps.review.verdict).toEqualTypeOf<"pass" | "revise">();
    expect(prompts()).toEqual([
      "Version 1. \n\nNotes: A slogan for a loom.",
      "First",
      "Version 2. First\n\nNotes: Shorter.",
      "Second",
      "Version 3. Second\n\nNotes: Shorter.",
      "Third",
    ]);
  });

  test("fails after four turns without a pass", async () => {
    models.use(byInstructions({ "a writer": "Words", Review: no }));
    const failure = (await loop.run("a loom"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "loop_limit", path: "revise" });
    expect(models.requests).toHaveLength(8);
  });
});

describe("route", () => {
  const replies = { "no desk": "", invoices: "Paid.", technical: "A broken thread.", "a writer": "A thread broke." };
  const ask = async (desk: string, urgent: boolean) => {
    models.use(byInstructions({ "which desk": { desk, urgent }, ...replies }));
    return (await route.run("Why?"))._unsafeUnwrap();
  };

  test("one desk answers, the others are not asked", async () => {
    expect((await ask("billing", false)).output).toBe("billing: Paid.");
    expect(prompts()).toEqual(["Why?", "Why?"]);
  });

  test("an arm of several steps", async () => {
    const run = await ask("technical", true);
    expect(run.output).toBe("[urgent] technical: A thread broke.");
    expect(run.record("desk")?.route).toBe("technical");
    expect(prompts()).toEqual(["Why?", "Why?", "A broken thread."]);
    expectTypeOf(run.steps.desk.route).toEqualTypeOf<"billing" | "technical" | "other">();
  });

  test("an arm that is a function asks nobody", async () => {
    expect((await ask("other", false)).output).toBe("other: A person will answer: Why?");
    expect(prompts()).toHaveLength(1);
  });
});

describe("route to several", () => {
  const replies = { lawyer: "Yes.", "security engineer": "No.", accountant: "Yes." };

  test("those that were chosen are asked, at once, and nobody else", async () => {
    models.use(byInstructions({ "must agree": { needs: ["finance", "legal"] }, ...replies }));
    const run = (await routeAll.run("Buy a loom."))._unsafeUnwrap();
    // In the order of the arms, whichever the clerk said first.
    expect(run.record("opinions")?.route).toEqual(["legal", "finance"]);
    expect(run.steps.opinions).toEqual({ finance: "Yes.", legal: "Yes." });
    expect(prompts()).toEqual(["Buy a loom.", "Buy a loom.", "Buy a loom."]);
    expect(models.requests.some(({ instructions }) => instructions.includes("security engineer"))).toBe(false);
    expectTypeOf(run.steps.opinions.legal).toEqualTypeOf<string | undefined>();
  });

  test("none is a choice too", async () => {
    models.use(byInstructions({ "must agree": { needs: [] }, ...replies }));
    expect((await routeAll.run("Say hello."))._unsafeUnwrap().output).toBe("Nobody has to agree.");
    expect(prompts()).toHaveLength(1);
  });
});

describe("route with an async selector", () => {
  test("the arm that is taken follows from what the server offers", async () => {
    models.use(({ model }) => `From ${model}`);
    expect((await routeAsync.run("Why?"))._unsafeUnwrap().output).toBe("From gpt-4o (answered by the large model)");
    await using other = await modelServer(({ model }) => `From ${model}`, { models: ["gpt-4o-mini"] });
    vi.stubEnv("OPENAI_BASE_URL", other.url);
    expect((await routeAsync.run("Why?"))._unsafeUnwrap().output).toBe("From gpt-4o-mini (answered by the small model)");
    expect(other.requests.map(({ model }) => model)).toEqual(["gpt-4o-mini"]);
  });

  test("it is tried again when the list of models cannot be had at first", async () => {
    const list = JSON.stringify({ object: "list", data: [] });
    await using site = await pages({ "/v1/models": [{ status: 503 }, { status: 200, body: list }] });
    vi.stubEnv("OPENAI_BASE_URL", `${site.url}/v1`);
    const failure = (await routeAsync.run("Why?", { random: () => 0 }))._unsafeUnwrapErr();
    expect(site.visits.slice(0, 2)).toEqual(["GET /v1/models", "GET /v1/models"]);
    // This server has no model behind the list, so the arm that was chosen after the retry is where it ends.
    expect(failure).toMatchObject({ step: "small", cause: { type: "bad_request", status: 404 } });
  });
});
