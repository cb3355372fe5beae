import { leafArm, operationArm } from "../../execute/routine/arm.ts";
import { CALL, Op } from "../../execute/values/op.ts";
import type { Callable } from "./callable.ts";
import { gatedCall } from "./gated-call.ts";
import { runTool } from "./run.ts";
import { checkArguments, type Tool } from "./tool.ts";
import { refused } from "./trouble.ts";

/** A tool as a model calls it: one leaf for each call that needs no approval. */
export function callableTool(tool: Tool): Callable {
  const { gate } = tool;
  return {
    spec: tool.spec,
    arm(host, called) {
      const { call, key, segment } = called;
      if (gate !== undefined) return operationArm(key, gatedCall(host, tool, gate, called));
      const leaf = new Op(CALL, "tool", host.id, segment, { timeout: tool.timeout, retry: undefined });
      leaf.role = call.name;
      leaf.run = async (context) => {
        const args = await checkArguments(tool, call.arguments);
        if (args.isErr()) return refused(args.error);
        return runTool(tool, call, args.value, context);
      };
      return leafArm(key, leaf);
    },
  };
}
