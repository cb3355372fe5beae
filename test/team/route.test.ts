import { agent, openai, type RunEvent, reject, team, tool, workflow } from "heddle";
import { byInstructions, callTools, latestPrompt } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { servedModels } from "../support/models.ts";
import { delegations, results } from "./requests.ts";

const models = servedModels();
const billing = agent({ name: "b", model: "gpt-4o", instructions: "Billing.", output: z.object({ refund: z.number() }) });
const support = agent({ name: "s", model: "gpt-4o", instructions: "Support." });
const desk = (api: "chat" | "responses" = "chat") =>
  team({ name: "desk", model: openai("gpt-4o", { api }), members: { billing, support }, mode: "route", instructions: "Front desk." });

describe("route", () => {
  test.each(["chat", "responses"] as const)(
    "%s: one forced call; the member gets the input as it is, and its answer is the team's",
    async (api) => {
      models.use(byInstructions({ "Front desk": callTools([{ name: "billing" }]), Billing: { refund: 7 } }));
      const events: RunEvent[] = [];
      const run = (await desk(api).run("I paid twice.", { observe: (event) => events.push(event) }))._unsafeUnwrap();
      expect(run.output).toEqual({ refund: 7 });
      expect(models.requests).toHaveLength(2);
      const [leader, member] = models.requests;
      expect(leader?.toolChoice).toBe("required");
      expect(leader?.tools.map(({ name, parameters }) => [name, parameters])).toEqual(
        ["billing", "support"].map((name) => [name, { type: "object", properties: {}, required: [], additionalProperties: false }]),
      );
      expect(member?.messages.map(({ role, text }) => [role, text])).toEqual([
        ["system", "Billing."],
        ["user", "I paid twice."],
      ]);
      expect(member?.outputSchema?.strict).toBe(true);
      expect(run.trace.map(({ path, kind }) => [path, kind])).toEqual([
        ["desk", "team"],
        ["desk/turn#1", "model"],
        ["desk/turn#1/billing[0]", "agent"],
        ["desk/turn#1/billing[0]/turn#1", "model"],
      ]);
      expect(delegations(events)).toEqual([{ path: "desk/turn#1/billing[0]", step: "desk", member: "billing", task: "I paid twice." }]);
    },
  );

  test("parts reach the member whole", async () => {
    models.use(byInstructions({ "Front desk": callTools([{ name: "support" }]), Support: "A cat." }));
    const plan = workflow("w")
      .then("look", desk(), {
        input: ({ last }) => [
          { type: "text", text: last },
          { type: "image", url: "data:image/png;base64,AA==" },
        ],
      })
      .build();
    expect((await plan.run("What is this?"))._unsafeUnwrap().output).toBe("A cat.");
    for (const request of models.requests)
      expect(request.messages.at(-1)).toMatchObject({ role: "user", parts: [{ type: "text" }, { type: "image_url" }] });
  });

  test("two members at once, text, and names that are none are answered to the leader, which may try again", async () => {
    models.use(
      byInstructions({
        "Front desk": [
          callTools([{ name: "billing" }, { name: "support" }]),
          "I can answer that.",
          callTools([{ name: "sales" }]),
          callTools([{ name: "support" }]),
        ],
        Support: "Helped.",
      }),
    );
    const run = (await desk().run("Hello"))._unsafeUnwrap();
    expect(run.output).toBe("Helped.");
    const last = models.requests.at(-2);
    expect(results(last).map(([name, text]) => [name, /has not been asked: call it alone|no such tool/.exec(text)?.[0]])).toEqual([
      ["billing", "has not been asked: call it alone"],
      ["support", "has not been asked: call it alone"],
      ["sales", "no such tool"],
    ]);
    expect(last?.messages.map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "tool",
      "tool",
      "assistant",
      "user",
      "assistant",
      "tool",
    ]);
    expect(models.requests.filter(({ instructions }) => instructions.startsWith("Billing"))).toEqual([]);
  });

  test("the leader may look things up with tools of its own first", async () => {
    const lookUp = tool({ name: "account", description: "The account.", input: z.object({}), run: () => "premium" });
    const routed = team({
      name: "desk",
      model: "gpt-4o",
      members: { support },
      mode: "route",
      instructions: "Front desk.",
      tools: [lookUp],
    });
    models.use(byInstructions({ "Front desk": [callTools([{ name: "account" }]), callTools([{ name: "support" }])], Support: "Hi." }));
    expect((await routed.run("Hello"))._unsafeUnwrap().output).toBe("Hi.");
    expect(results(models.requests[1])).toEqual([["account", "premium"]]);
    expect(latestPrompt(models.requests[2] as never)).toBe("Hello");
  });

  test("the member's failure is the team's, typed; never to call anybody is max_iterations", async () => {
    const shy = agent({ name: "shy", model: "gpt-4o", before: () => reject("not today" as const) });
    const routed = team({ name: "desk", model: "gpt-4o", members: { shy }, mode: "route", maxIterations: 2 });
    models.use(() => callTools([{ name: "shy" }]));
    const failure = (await routed.run("Hello"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({
      type: "step_failed",
      path: "desk/turn#1/shy[0]/before",
      cause: { type: "rejected", reason: "not today" },
    });
    models.use(() => "no");
    expect((await routed.run("Hello"))._unsafeUnwrapErr()).toMatchObject({ cause: { type: "max_iterations" } });
    expect(models.requests).toHaveLength(2);
  });
});
