import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { claimWithin, openRun } from "../../src/journal/claim.ts";
import { encode } from "../../src/journal/codec.ts";
import { claimed, newRun, stores } from "./doors.ts";

describe.each(Object.entries(stores))("a journal in %s", (_, store) => {
  test("keeps records in order, and numbers them from 1", async () => {
    await using place = await store();
    const journal = place.open();
    const owned = await claimed(journal, newRun("r", { records: ["copied"] }));
    expect([owned.created, owned.run.records, owned.run.input]).toEqual([true, 1, '[1,"topic"]']);
    const batches = await Promise.all([owned.append(["b", "c"]), owned.append([]), owned.append(["d"])]);
    expect(batches.map((batch) => batch._unsafeUnwrap())).toEqual([3, 3, 4]);
    expect((await place.open().read("r"))._unsafeUnwrap()).toEqual(["copied", "b", "c", "d"]);
    expect((await journal.read("r", { from: 2, limit: 2 }))._unsafeUnwrap()).toEqual(["b", "c"]);
    expect((await journal.read("r", { from: 5 }))._unsafeUnwrap()).toEqual([]);
    expect((await journal.read("another"))._unsafeUnwrap()).toEqual([]);
    expect((await journal.find("r"))._unsafeUnwrap()).toMatchObject({
      id: "r",
      plan: "article",
      fingerprint: "f1",
      records: 4,
      status: "running",
    });
  });

  test("one owner at a time, and the next goes on where it ended", async () => {
    await using place = await store();
    const [one, other] = [place.open(), place.open()];
    const owned = await claimed(one, newRun("r"));
    for (const journal of [one, other])
      expect((await journal.claim("r"))._unsafeUnwrapErr()).toMatchObject({
        type: "run_locked",
        runId: "r",
        message: expect.stringMatching(/^Expected run "r" to be free, got one that .+ owns: /),
      });
    await owned.append(["a"]);
    await owned.release();
    const next = await claimed(other, "r");
    expect([next.created, next.run.records]).toEqual([false, 1]);
    expect((await next.append(["b"]))._unsafeUnwrap()).toBe(2);
    expect((await owned.append(["stale"]))._unsafeUnwrapErr()).toMatchObject({ type: "interrupted", runId: "r" });
    expect((await one.read("r"))._unsafeUnwrap()).toEqual(["a", "b"]);
  });

  test("what was appended before a release is stored by then", async () => {
    await using place = await store();
    const owned = await claimed(place.open(), newRun("r"));
    const appended = owned.append(["a"], { status: "suspended" });
    const released = owned.release();
    expect((await appended).isOk()).toBe(true);
    expect((await released).isOk()).toBe(true);
    expect((await claimed(place.open(), "r")).run).toMatchObject({ records: 1, status: "suspended" });
  });

  test("an owner that closes its journal lets its runs go, and hears of it", async () => {
    await using place = await store();
    const [one, other] = [place.open(), place.open()];
    const owned = await claimed(one, newRun("r"));
    await owned.append(["a"]);
    await one.close();
    expect(owned.lost.aborted).toBe(true);
    expect((await owned.append(["b"])).isErr()).toBe(true);
    for (const answer of [
      one.claim("r"),
      one.find("r"),
      one.runs(),
      one.read("r"),
      one.messages("r"),
      one.send("r", "k", "v"),
      one.delete("r"),
    ])
      expect((await answer)._unsafeUnwrapErr()).toMatchObject({ type: "journal_failed", message: expect.stringContaining("closed") });
    expect((await claimed(other, "r")).run.records).toBe(1);
    await one.close();
  });

  test("unknown runs, and ids that are none", async () => {
    await using place = await store();
    const journal = place.open();
    for (const answer of [journal.claim("x"), journal.find("x"), journal.send("x", "k", "v"), journal.delete("x")])
      expect((await answer)._unsafeUnwrapErr()).toMatchObject({ type: "run_not_found", runId: "x" });
    for (const id of ["", "a\ud800"])
      expect((await journal.claim(newRun(id)))._unsafeUnwrapErr()).toMatchObject({
        type: "journal_failed",
        message: expect.stringContaining("run id"),
      });
  });

  test("DU25 ids that look like something else are ids of their own", async () => {
    await using place = await store();
    const journal = place.open();
    const ids = [
      "../../x",
      "a/b",
      "x".repeat(300),
      "CON",
      "A",
      "a",
      "%2e%2e",
      "a\0b",
      "a\0c",
      "é",
      "e\u0301",
      "'; DROP TABLE runs; --",
      " ",
      "__proto__",
    ];
    for (const id of ids) await (await claimed(journal, newRun(id))).append([id]);
    for (const id of ids) expect((await place.open().read(id))._unsafeUnwrap()).toEqual([id]);
    expect((await journal.runs())._unsafeUnwrap().map((run) => run.id)).toEqual(ids);
  });

  test("messages: the first of a key counts, in the order in which they came", async () => {
    await using place = await store();
    const [owner, sender, another] = [place.open(), place.open(), place.open()];
    await claimed(owner, newRun("r"));
    await claimed(owner, newRun("other"));
    const sent = await Promise.all([sender.send("r", "approval", "yes"), sender.send("other", "approval", "elsewhere")]);
    expect(sent.map((one) => one._unsafeUnwrap())).toEqual(["sent", "sent"]);
    expect((await another.send("r", "approval", "no"))._unsafeUnwrap()).toBe("taken");
    expect((await another.send("r", "cancel", "late"))._unsafeUnwrap()).toBe("sent");
    const messages = (await owner.messages("r"))._unsafeUnwrap();
    expect(messages.map(({ key, body }) => [key, body])).toEqual([
      ["approval", "yes"],
      ["cancel", "late"],
    ]);
    expect((await owner.messages("r", messages[0]?.number))._unsafeUnwrap()).toEqual(messages.slice(1));
  });

  test("an owner hears of messages, its own too, until it stops listening", async () => {
    await using place = await store();
    const [one, other] = [place.open(), place.open()];
    const owned = await claimed(one, newRun("r"));
    let heard = 0;
    const stop = owned.listen(() => heard++);
    await other.send("r", "a", "1");
    await expect.poll(() => heard).toBe(1);
    await one.send("r", "b", "2");
    await expect.poll(() => heard).toBe(2);
    stop();
    await other.send("r", "c", "3");
    await sleep(200);
    expect(heard).toBe(2);
    // What came while nobody listened is told to the next who does.
    owned.listen(() => heard++);
    await expect.poll(() => heard).toBe(3);
  });

  test("nobody can say anything to a run that is over", async () => {
    await using place = await store();
    const journal = place.open();
    for (const status of ["completed", "failed", "cancelled"] as const) {
      const owned = await claimed(journal, newRun(status));
      await owned.append(["end"], { status });
      expect((await journal.send(status, "late", "v"))._unsafeUnwrap()).toBe("over");
      await owned.release();
      // To claim it again changes nothing.
      expect((await claimed(journal, status)).run.status).toBe(status);
    }
  });

  test("a living owner is waited for", async () => {
    await using place = await store();
    const [one, other] = [place.open(), place.open()];
    const owned = await claimed(one, newRun("r"));
    setTimeout(() => owned.release(), 250);
    const next = await claimWithin(other, "r");
    expect(next.isOk()).toBe(true);
    expect((await claimWithin(one, "r", { wait: 0 }))._unsafeUnwrapErr().type).toBe("run_locked");
    const begun = performance.now();
    expect((await claimWithin(one, "r", { signal: AbortSignal.timeout(50) }))._unsafeUnwrapErr().type).toBe("run_locked");
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test("the same id goes with an equal input and the same plan only", async () => {
    await using place = await store();
    const journal = place.open();
    const input = (value: unknown) => ({ input: encode(value)._unsafeUnwrap() });
    const first = (await openRun(journal, newRun("r", input({ a: 1, b: [new Date(5)] }))))._unsafeUnwrap();
    expect(first.created).toBe(true);
    // Said at once, not after ten seconds of waiting.
    expect((await openRun(journal, newRun("r", input({ a: 1, b: [new Date(6)] }))))._unsafeUnwrapErr()).toMatchObject({
      type: "run_exists",
      message: 'Expected run "r" to be new or begun alike, got one with another input: give this run an id of its own',
    });
    expect(
      (await openRun(journal, newRun("r", { ...input({ a: 1, b: [new Date(5)] }), plan: "else" })))._unsafeUnwrapErr().message,
    ).toContain("another plan");
    await first.release();
    const again = (await openRun(journal, newRun("r", input({ b: [new Date(5)], a: 1 }))))._unsafeUnwrap();
    expect(again.created).toBe(false);
  });

  test("DU33 1,000 runs at once keep to themselves", async () => {
    await using place = await store();
    const journal = place.open();
    const ids = Array.from({ length: 1_000 }, (_, index) => `run ${index}`);
    await Promise.all(
      ids.map(async (id) => {
        const owned = await claimed(journal, newRun(id));
        for (let turn = 0; turn < 3; turn++) expect((await owned.append([`${id}/${turn}`])).isOk()).toBe(true);
        await owned.append([], { status: "completed" });
        await owned.release();
      }),
    );
    for (const id of ids) expect((await journal.read(id))._unsafeUnwrap()).toEqual([`${id}/0`, `${id}/1`, `${id}/2`]);
    expect((await journal.runs({ status: "completed" }))._unsafeUnwrap().length).toBe(1_000);
  });
});
