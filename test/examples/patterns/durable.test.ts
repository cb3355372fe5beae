import { sqliteJournal } from "heddle/sqlite";
import { expect, test } from "vitest";
import { accept, begin, billed, goOn } from "../../../examples/patterns/durable.ts";
import { emptyFolders } from "../../support/folders.ts";
import { servedModels } from "../../support/models.ts";

const models = servedModels();
const inFolder = emptyFolders();
const order = { id: "order/7", customer: "Ada", amount: 90 };

test("begun, answered and gone on with, each time with the file alone: written once, billed once", async () => {
  const file = inFolder("runs.db");
  const within = async <T>(work: (journal: ReturnType<typeof sqliteJournal>) => PromiseLike<T>): Promise<T> => {
    const journal = sqliteJournal(file);
    return Promise.resolve(work(journal)).finally(() => journal.close());
  };
  models.use(() => "Dear Ada, ...");
  billed.clear();
  expect((await within((journal) => begin(order, journal)))._unsafeUnwrapErr()).toMatchObject({
    type: "suspended",
    waits: [{ step: "accepted", shown: "Dear Ada, ..." }],
  });
  expect((await within((journal) => accept(order.id, journal))).isOk()).toBe(true);
  expect((await within((journal) => accept(order.id, journal)))._unsafeUnwrapErr()).toMatchObject({ reason: "answered" });
  expect((await within((journal) => goOn(order.id, journal)))._unsafeUnwrap().output).toBe("billed 90");
  expect((await within((journal) => begin(order, journal)))._unsafeUnwrap().output).toBe("billed 90");
  expect([...billed.values()]).toEqual([90]);
  expect(models.requests).toHaveLength(1);
});
