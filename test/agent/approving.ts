// A tool that deletes files, and asks before it does.
import { type RunHandle, tool } from "heddle";
import { expect } from "vitest";
import { z } from "zod";
import { sleep } from "../support/promises.ts";

/** Resolves once so many waits are open. */
export async function waiting<H extends Pick<RunHandle<unknown, unknown, unknown>, "waits">>(handle: H, count = 1): Promise<H> {
  for (const end = performance.now() + 5_000; handle.waits.length < count && performance.now() < end; ) await sleep(2);
  expect(handle.waits).toHaveLength(count);
  return handle;
}

export function files(options: { readonly approvalTimeout?: number } = {}) {
  const deleted: unknown[] = [];
  const deleteFile = tool({
    name: "delete_file",
    description: "Deletes a file.",
    input: z.object({ path: z.string().trim(), force: z.boolean().default(false) }),
    approval: true,
    ...options,
    run: (args) => {
      deleted.push(args);
      return `deleted ${args.path}`;
    },
  });
  return { deleted, deleteFile };
}
