import { Fault } from "../../execute/outcome/failure.ts";
import { isResult } from "../../execute/outcome/result.ts";
import type { Context } from "../../execute/port/context.ts";

/** What is more is taken for a source without an end, which would take up all memory in every process that goes on with the run. */
const most = 1_000_000;

/**
 * A map's items, all of them: a journal keeps them as one decision before the first is worked at. What was pulled one by one
 * could not be pulled again by another owner, who has no hold of the iterator and whose own may give others.
 */
export function listed(given: unknown, context: Context): unknown {
  // What a `Result` holds, and not the `Result`, which can be iterated too.
  const items = isResult(given) && !given.isErr() ? given.value : given;
  if (typeof items !== "object" || items === null || Array.isArray(items) || isResult(items)) return items;
  if (isAsync(items)) return drained(items, context);
  return isSync(items) ? listedNow(items, context) : items;
}

function listedNow(items: Iterable<unknown>, context: Context): unknown[] {
  const list: unknown[] = [];
  for (const item of items) {
    if (list.length === most) throw tooMany(context);
    list.push(item);
  }
  return list;
}

/** The source is told of an abort at once, also while an item is asked for: nobody else can let go of what it holds. */
async function drained(items: AsyncIterable<unknown>, context: Context): Promise<unknown[]> {
  const { signal } = context;
  const list: unknown[] = [];
  const iterator = items[Symbol.asyncIterator]();
  let closed: Promise<unknown> | undefined;
  const close = () => {
    closed ??= (async () => iterator.return?.())();
    return closed;
  };
  const onAbort = () => void close().catch(() => {});
  signal.addEventListener("abort", onAbort);
  try {
    while (!signal.aborted) {
      const { done, value } = await iterator.next();
      if (signal.aborted) break;
      if (done === true) return list;
      if (list.length === most) {
        await close();
        throw tooMany(context);
      }
      list.push(value);
    }
    await close();
    throw signal.reason;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function tooMany({ path }: Context): Fault {
  return new Fault(
    "not_serializable",
    `Expected the items of ${JSON.stringify(path)} to end within ${most.toLocaleString("en")} in a durable run, got more: take a page of them in each turn of a loop`,
    [],
  );
}

function isAsync(items: object): items is AsyncIterable<unknown> {
  return typeof (items as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === "function";
}

function isSync(items: object): items is Iterable<unknown> {
  return typeof (items as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";
}
