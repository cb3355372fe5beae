/** What was done is undone when the run fails: an order that cannot be confirmed gives goods and money back. */
import { agent, workflow } from "heddle";
import { z } from "zod";

const writer = agent({ model: "gpt-4o", instructions: "You are a writer. Confirm the order in a friendly letter." });

/** The shop's books: what is in stock, and what was paid, by payment. */
export const shop = { stock: new Map([["loom", 3]]), paid: new Map<string, number>() };

const inStock = (item: string) => shop.stock.get(item) ?? 0;

export default workflow("undo")
  .input(z.object({ item: z.string(), count: z.int().min(1) }))
  .then(
    "reserve",
    ({ input }) => {
      if (inStock(input.item) < input.count)
        throw new Error(`Expected ${input.count} of ${input.item} in stock, got ${inStock(input.item)}`);
      shop.stock.set(input.item, inStock(input.item) - input.count);
      return input;
    },
    // Called with what the step gave, once the run has failed for good or was cancelled; the last step done goes first.
    { undo: ({ item, count }) => shop.stock.set(item, inStock(item) + count) },
  )
  .then(
    "charge",
    ({ last, idempotencyKey }) => {
      // The same key for every attempt, so that nobody pays twice.
      shop.paid.set(idempotencyKey, last.count * 250);
      return { payment: idempotencyKey };
    },
    // Undoing has limits of its own. What fails in it is told in the failure's `suppressed`, and stops no other.
    { undo: { run: ({ payment }) => shop.paid.delete(payment), timeout: 5_000, retries: 3 } },
  )
  .then("letter", writer, { input: ({ steps }) => `${steps.reserve.count} of ${steps.reserve.item}, payment ${steps.charge.payment}` })
  .build();
