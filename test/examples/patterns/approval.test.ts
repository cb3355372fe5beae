import { byInstructions, callTools, latestPrompt } from "heddle/testing";
import { expect, test } from "vitest";
import letter, { type Person, sent, withPerson } from "../../../examples/patterns/approval.ts";
import { servedModels } from "../../support/models.ts";

const models = servedModels();
const send = { name: "send", args: { list: "customers", text: "We open." } };

function person(answers: { readonly good: boolean; readonly approved: boolean }): Person & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    review: async (draft) => {
      asked.push(draft);
      return { good: answers.good, note: "too loud" };
    },
    approve: async (request) => {
      asked.push(request);
      return { approved: answers.approved, reason: "not today" };
    },
  };
}

const serve = () => {
  sent.clear();
  models.use(
    byInstructions({
      "You are a writer": "We open.",
      "You are the editor": (request) => (request.messages.at(-1)?.role === "tool" ? latestPrompt(request) : callTools([send])),
    }),
  );
};
const lastTold = () => models.requests.at(-1)?.messages.at(-1)?.text;

test("approved twice: it goes out as it was shown", async () => {
  serve();
  const yes = person({ good: true, approved: true });
  (await withPerson("Opening", yes))._unsafeUnwrap();
  expect(yes.asked).toEqual(["We open.", { tool: "send", description: "Sends a text to a mailing list.", arguments: send.args }]);
  expect([...sent]).toEqual([["customers", "We open."]]);
  expect(lastTold()).toBe("Sent to customers.");
});

test("the call is denied: the editor is told why, nothing goes out", async () => {
  serve();
  (await withPerson("Opening", person({ good: true, approved: false })))._unsafeUnwrap();
  expect([sent.size, lastTold()]).toEqual([0, 'Tool "send" was not approved, and has not run: not today']);
});

test("the review says no: nobody is asked about sending", async () => {
  serve();
  const no = person({ good: false, approved: true });
  expect((await withPerson("Opening", no))._unsafeUnwrap().output).toBe("Kept back: too loud");
  expect([no.asked, sent.size]).toEqual([["We open."], 0]);
});

test("run() ends as suspended, with what is asked", async () => {
  serve();
  const failure = (await letter.run("Opening"))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "suspended", step: "review", path: "review", waits: [{ shown: "We open." }] });
});
