import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { claimed, newRun, stores } from "./doors.ts";

describe.each(Object.entries(stores))("a journal in %s", (_, store) => {
  test("lists by status and plan, and what is ready to be taken over", async () => {
    await using place = await store();
    const [one, other] = [place.open(), place.open()];
    const begin = async (id: string, change: object, plan = "article") => {
      const owned = await claimed(one, newRun(id, { plan }));
      await owned.append(["r"], change);
      await owned.release();
    };
    const now = Date.now();
    await begin("abandoned", {});
    await begin("waiting", { status: "suspended" });
    await begin("answered", { status: "suspended" }, "other");
    await begin("due", { status: "suspended", wakeAt: now - 1 });
    await begin("asleep", { status: "suspended", wakeAt: now + 60_000 });
    await begin("done", { status: "completed" });
    await claimed(one, newRun("owned"));
    await one.send("answered", "k", "v");
    const ids = async (filter: Parameters<typeof other.runs>[0]) => (await other.runs(filter))._unsafeUnwrap().map((run) => run.id);
    expect(await ids({})).toEqual(["abandoned", "waiting", "answered", "due", "asleep", "done", "owned"]);
    expect(await ids({ status: "suspended" })).toEqual(["waiting", "answered", "due", "asleep"]);
    expect(await ids({ plan: "other" })).toEqual(["answered"]);
    expect(await ids({ ready: true })).toEqual(["abandoned", "answered", "due"]);
    expect(await ids({ ready: true, plan: "article", limit: 1 })).toEqual(["abandoned"]);
    expect((await other.runs({ status: "completed" }))._unsafeUnwrap()[0]).not.toHaveProperty("input");

    // A message is used up with the records that came of it, and a run that went on is not suspended.
    const answered = await claimed(other, "answered");
    expect(await ids({ status: "running", plan: "other" })).toEqual(["answered"]);
    const [message] = (await other.messages("answered", answered.run.seen))._unsafeUnwrap();
    await answered.append(["the answer"], { seen: message?.number as number, status: "suspended" });
    await answered.release();
    expect(await ids({ ready: true, plan: "other" })).toEqual([]);
    expect((await other.find("answered"))._unsafeUnwrap()).toMatchObject({ seen: message?.number, wakeAt: undefined });
    expect((await other.find("asleep"))._unsafeUnwrap().wakeAt).toBe(now + 60_000);
  });

  test("lists page by page, and what nothing was written of since some time", async () => {
    await using place = await store();
    const journal = place.open();
    for (let index = 0; index < 25; index++) await (await claimed(journal, newRun(`r${index}`))).append([], { status: "completed" });
    const pages: string[][] = [];
    for (let after: string | undefined; ; after = pages.at(-1)?.at(-1)) {
      const page = (await journal.runs({ limit: 10, ...(after !== undefined && { after }) }))._unsafeUnwrap();
      if (page.length === 0) break;
      pages.push(page.map(({ id }) => id));
    }
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(pages.flat()).toEqual(Array.from({ length: 25 }, (_, index) => `r${index}`));
    expect((await journal.runs({ after: "nobody" }))._unsafeUnwrap()).toEqual([]);
    await sleep(5);
    const now = Date.now();
    await sleep(5);
    await (await claimed(journal, newRun("later"))).append(["a"]);
    expect((await journal.runs({ before: now, limit: 30 }))._unsafeUnwrap()).toHaveLength(25);
    expect((await journal.runs({ before: now - 60_000 }))._unsafeUnwrap()).toEqual([]);
  });

  test("deletes a run with all that belongs to it, but not under its owner's feet", async () => {
    await using place = await store();
    const [one, other] = [place.open(), place.open()];
    const owned = await claimed(one, newRun("r"));
    await claimed(one, newRun("neighbour", { records: ["stays"] }));
    await owned.append(["a"]);
    await other.send("r", "k", "v");
    expect((await other.delete("r"))._unsafeUnwrapErr().type).toBe("run_locked");
    await owned.release();
    expect((await other.delete("r")).isOk()).toBe(true);
    expect((await one.find("r")).isErr()).toBe(true);
    expect((await owned.append(["b"])).isErr()).toBe(true);
    const again = await claimed(one, newRun("r"));
    expect([again.created, (await one.read("r"))._unsafeUnwrap(), (await one.messages("r"))._unsafeUnwrap()]).toEqual([true, [], []]);
    expect((await one.read("neighbour"))._unsafeUnwrap()).toEqual(["stays"]);
  });
});
