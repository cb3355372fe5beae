import { ok } from "neverthrow";
import { Failed } from "../../execute/outcome/failure.ts";
import type { Context } from "../../execute/port/context.ts";
import type { Host } from "../../execute/routine/routine.ts";
import { CALL, Op, ROUTINE, WAIT } from "../../execute/values/op.ts";
import type { Approval } from "../../types/approval.ts";
import { approvalSchema, denialText, requestOf } from "./approval.ts";
import type { Called } from "./callable.ts";
import { type Gate, needsApproval } from "./gate.ts";
import { guarded, runTool, toolContext } from "./run.ts";
import { checkArguments, type Tool } from "./tool.ts";
import { refused } from "./trouble.ts";

/**
 * A call of a tool that may need approval: its arguments are checked, then it waits if it has to, then it runs with
 * them. One record for the whole, with the wait inside; while it waits it holds no permit.
 */
export function gatedCall({ id }: Host, tool: Tool, gate: Gate, { call, segment }: Called): Op {
  const op = new Op(ROUTINE, "tool", id, segment);
  op.role = call.name;
  op.routine = function* (host) {
    const checked = yield part(host, tool, (context) => checkedArguments(tool, gate, call.arguments, context));
    if (Failed.is(checked)) return checked;
    const { args, asks } = checked as Checked;
    if (asks) {
      const answer = yield approvalWait(tool, gate, args);
      if (Failed.is(answer)) return answer;
      const approval = answer as Approval;
      if (!approval.approved) return yield part(host, tool, () => refused(denialText(tool.name, approval)));
    }
    return yield part(host, tool, (context) => runTool(tool, call, args, context));
  };
  return op;
}

interface Checked {
  readonly args: unknown;
  readonly asks: boolean;
}

/** Where nobody can say whether a call needs approval, it fails: it never runs by mistake. */
async function checkedArguments(tool: Tool, gate: Gate, raw: string, context: Context) {
  const args = await checkArguments(tool, raw);
  if (args.isErr()) return refused(args.error);
  return guarded<Checked>(context, async () => ok({ args: args.value, asks: await needsApproval(gate, args.value, toolContext(context)) }));
}

/** Part of a call, under the call's own record, path and time limit. */
function part({ id }: Host, { name, timeout }: Tool, run: (context: Context) => unknown): Op {
  const leaf = new Op(CALL, "tool", id, "", { timeout, retry: undefined });
  leaf.role = name;
  leaf.quiet = leaf.inPlace = true;
  leaf.run = run;
  return leaf;
}

function approvalWait(tool: Tool, { timeout }: Gate, args: unknown): Op {
  const wait = new Op(WAIT, "wait", tool.name, "approval", { timeout, retry: undefined });
  wait.schema = approvalSchema;
  wait.shown = requestOf(tool.spec, args);
  return wait;
}
