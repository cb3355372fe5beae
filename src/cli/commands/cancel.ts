import process from "node:process";
import { CommandError } from "../process/command-error.ts";
import { exitCodes } from "../process/exit-codes.ts";
import { quietWarnings } from "../process/warnings.ts";
import { openExistingJournal, requireJournal } from "../project/journal-file.ts";
import { piece, writeLine } from "../text/line.ts";
import { printable } from "../text/printable.ts";

export interface CancelFlags {
  readonly journal?: string;
  readonly reason?: string;
}

/** `heddle cancel`: needs no plan, since only its run looks at a cancel. */
export async function cancelRun(runId: string, flags: CancelFlags): Promise<number> {
  quietWarnings();
  const { cancelElsewhere } = await import("../../durable/messages/cancel.ts");
  const journal = await openExistingJournal(requireJournal(flags, "cancel"));
  try {
    const found = await journal.find(runId);
    if (found.isErr()) throw new CommandError(found.error.message);
    const cancelled = await cancelElsewhere({ name: found.value.plan }, runId, { journal, reason: flags.reason ?? "heddle cancel" });
    if (cancelled.isErr()) throw new CommandError(cancelled.error.message);
    const name = JSON.stringify(printable(runId));
    const how = found.value.status === "running" ? "" : " when heddle work or heddle run takes it up";
    const said =
      cancelled.value === "recorded"
        ? `Recorded: run ${name} ends as cancelled${how}.`
        : `Run ${name} has a cancel already, whose reason counts.`;
    writeLine(process.stderr, [piece("quiet", said)]);
    return exitCodes.success;
  } finally {
    await journal.close();
  }
}
