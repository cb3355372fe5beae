// A workflow of agents and teams of every kind, which tells `note` whatever it does outside of the library.

import { z } from "zod";
import { agent, asTool, team, tool, workflow } from "../../../src/index.ts";

export function deskPlan(note: (did: string) => void) {
  const search = tool({
    name: "search",
    description: "Searches.",
    input: z.object({ query: z.string() }),
    run: ({ query }, { idempotencyKey }) => {
      note(idempotencyKey);
      return { query, found: query.length };
    },
  });
  const broken = tool({
    name: "broken",
    description: "Fails.",
    input: z.object({}),
    run: (_, { idempotencyKey }) => {
      note(idempotencyKey);
      throw new RangeError("no such page");
    },
  });
  const named = (name: string) => agent({ name, model: name, instructions: `You are ${name}.` });
  const sums = workflow("sums")
    .input(z.object({ n: z.number() }))
    .then("double", ({ input, idempotencyKey }) => {
      note(idempotencyKey);
      return input.n * 2;
    })
    .then("word", named("worder"), { input: ({ last }) => `Spell ${last}.` })
    .build();
  const pair = team({ name: "pair", model: "pair", mode: "route", members: { left: named("left"), right: named("right") } });
  const text = z.object({ question: z.string() });
  const researcher = agent({
    name: "researcher",
    model: "researcher",
    tools: [
      search,
      broken,
      asTool(named("helper"), { name: "helper", description: "Helps.", input: text }),
      asTool(sums, { name: "sums", description: "Doubles.", input: z.object({ n: z.number() }) }),
      asTool(pair, { name: "pair", description: "Two.", input: text }),
    ],
  });
  const extractor = agent({
    name: "extractor",
    model: "extractor",
    output: z.object({ n: z.number() }),
    before: (prompt, { idempotencyKey }) => {
      note(idempotencyKey);
      return typeof prompt === "string" ? `${prompt} Briefly.` : prompt;
    },
    after: ({ n }, { idempotencyKey }) => {
      note(idempotencyKey);
      return { n: n + 1 };
    },
  });
  const reader = agent({ name: "reader", model: "reader", tools: [search], instructions: "You read." });
  const panel = team({
    name: "panel",
    model: "panel",
    mode: "collaborate",
    members: { optimist: named("optimist"), pessimist: named("pessimist") },
  });
  const board = team({ name: "board", model: "board", members: { reader, panel }, shareMemberInteractions: true, tools: [search] });
  const crew = team({ name: "crew", model: "crew", mode: "tasks", members: { digger: named("digger"), scribe: named("scribe") } });
  return workflow("desk")
    .then("research", researcher)
    .then("extract", extractor)
    .then("fallback", agent({ name: "fallback", model: ["flaky", "steady"] }), { retries: { max: 1, initial: 1 } })
    .parallel("teams", { board, crew })
    .then("publish", named("publisher"))
    .build();
}
