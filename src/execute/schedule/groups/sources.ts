import { isEcho, siblingReason, threw } from "../../outcome/failure.ts";
import { Call } from "../../port/call.ts";
import type { Op } from "../../values/op.ts";
import type { Fiber } from "../fiber.ts";
import type { Scheduler } from "../schedule.ts";
import type { Group } from "./group.ts";
import { offer, settleGroup } from "./groups.ts";
import { failGroup } from "./join.ts";
import { nothing, type Source } from "./source.ts";

/** The next item of a map, or `nothing`. An asynchronous source is asked, and answers later. */
export function pull(run: Scheduler, group: Group): unknown {
  const source = group.source as Source;
  try {
    const next = source.next();
    if (next !== nothing || source.pull === undefined) return next;
  } catch (thrown) {
    sourceFailed(run, group, thrown);
    return nothing;
  }
  callSource(run, group, source.pull);
  return nothing;
}

/** Tells a map's source that no more items are wanted. The group waits while it cleans up, as it waits for its arms. */
export function closeSource(run: Scheduler, group: Group): void {
  const { source } = group;
  if (source === undefined || source.exhausted) return;
  source.exhausted = true;
  if (source.close !== undefined) callSource(run, group, source.close);
}

/** Not one of the run's permits: a source may wait for what the items do. */
function callSource(run: Scheduler, group: Group, op: Op): void {
  const call = new Call(run);
  call.pulls = group;
  call.op = op;
  group.source?.calls.add(call);
  if (run.port.call(call)) pulled(run, call, group);
}

export function pulled(run: Scheduler, call: Call, group: Group): void {
  const source = group.source as Source;
  source.calls.delete(call);
  const { outcome, value } = call;
  if (outcome !== "value") sourceFailed(run, group, value);
  else if (call.op === source.pull && !source.exhausted) arrived(run, group, source, value);
  settleGroup(run, group);
  offer(run, group);
}

function arrived(run: Scheduler, group: Group, source: Source, result: unknown): void {
  try {
    const { done, value } = result as IteratorResult<unknown>;
    if (done === true) source.exhausted = true;
    else source.arrived(value);
  } catch (thrown) {
    sourceFailed(run, group, thrown);
  }
}

function sourceFailed(run: Scheduler, group: Group, thrown: unknown): void {
  const source = group.source as Source;
  const { fiber, scope } = group;
  source.exhausted = true;
  if (group.aborting && isEcho(thrown, scope.reason)) return;
  const failure = threw(group.op?.leaf as Op, (fiber as Fiber).place, 1, thrown);
  if (group.aborting) group.failed({ failure, index: group.size, tick: run.port.tick(), answers: true });
  else failGroup(run, group, failure, siblingReason(failure));
}
