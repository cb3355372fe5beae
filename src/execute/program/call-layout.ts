import type { CallNode, CatchNode, SleepNode, WaitNode } from "../../plan/node.ts";
import type { ExecutionKind } from "../../types/trace.ts";
import type { Routine } from "../routine/routine.ts";
import * as op from "../values/op.ts";
import { Op } from "../values/op.ts";
import { Layout, type Scope } from "./layout.ts";
import { leafOf, subState, wake } from "./leaf.ts";

/** Lays out what holds no steps of its own: calls, handlers, sleeps and waits. */
export class CallLayout extends Layout {
  /** One call, in line: a leaf, a sub-workflow or a routine. */
  protected call(node: CallNode, scope: Scope, name?: string, made: { inPlace?: boolean; kind?: ExecutionKind } = {}): void {
    const laid = this.callOp(node, scope, made);
    laid.slot = this.slot(name);
    if (laid.code === op.SUB && isBounded(node.limits)) this.limited(node, scope, laid);
    else this.push(laid);
  }

  protected callOp(node: CallNode, scope: Scope, made: { inPlace?: boolean; kind?: ExecutionKind }): Op {
    const { exec } = node;
    const visible = this.visible(scope);
    if (exec.kind === "function" || exec.kind === "step") {
      const leaf = this.make(op.CALL, made.kind ?? node.kind, node.id, scope, visible, node.limits);
      leaf.run = leafOf(node);
      leaf.passes = node.kind === "tap";
      leaf.inPlace = made.inPlace ?? false;
      leaf.undo = node.undo;
      return leaf;
    }
    const isPlan = exec.kind === "plan";
    const composite = this.make(
      isPlan ? op.SUB : op.ROUTINE,
      isPlan ? "workflow" : exec.kind,
      node.id,
      scope,
      visible,
      isPlan ? undefined : node.limits,
    );
    composite.inPlace = made.inPlace ?? false;
    composite.undo = node.undo;
    if (node.input !== undefined) composite.leaf = this.quiet(composite, 'the "input"', node.input as Op["run"], visible);
    if (isPlan) {
      composite.definition = exec.definition;
      if (node.state !== undefined) composite.fresh = this.quiet(composite, 'the "state"', subState(node.state, exec.definition), visible);
    } else {
      composite.routine = exec.begin as Routine;
    }
    return composite;
  }

  /** A sub-workflow with a time limit or retries: every attempt is a fiber of its own. */
  protected limited(node: CallNode, scope: Scope, inner: Op): void {
    const once = this.make(op.GROUP, "workflow", node.id, scope, this.visible(scope), node.limits);
    once.mode = "once";
    once.inPlace = inner.inPlace;
    this.push(once);
    inner.inPlace = inner.quiet = true;
    inner.owner = undefined;
    once.entries = [this.entry("", "", -1, () => this.push(inner))];
    once.target = this.ops.length;
  }

  protected catch(node: CatchNode, scope: Scope): void {
    const handler = this.make(op.CATCH, "catch", node.id, scope, this.visible(scope), node.limits);
    handler.run = node.handler as Op["run"];
    handler.slot = this.slot(node.id);
    if (node.undo) handler.leaf = new Op(op.UNDO, "catch", node.id, handler.segment);
    this.push(handler);
  }

  protected sleep(node: SleepNode, scope: Scope): void {
    const sleep = this.make(op.SLEEP, "sleep", node.id, scope, this.visible(scope));
    sleep.passes = true;
    if (typeof node.duration === "number") sleep.duration = node.duration;
    else {
      sleep.leaf = this.quiet(sleep, "the duration", wake(node.duration), sleep.visible);
      sleep.leaf.inPlace = false;
    }
    this.push(sleep);
  }

  protected wait(node: WaitNode, scope: Scope): void {
    const wait = this.make(op.WAIT, "wait", node.id, scope, this.visible(scope), { timeout: node.timeout, retry: undefined });
    wait.schema = node.schema;
    wait.slot = this.slot(node.id);
    if (node.show !== undefined) {
      wait.leaf = this.quiet(wait, '"show"', node.show as Op["run"], wait.visible);
      wait.leaf.inPlace = false;
    }
    this.push(wait);
  }
}

/** Whether the limits take a fiber for each attempt: no retries is a policy, but asks for none. */
export function isBounded({ timeout, retry }: CallNode["limits"]): boolean {
  return timeout !== undefined || (retry !== undefined && retry.max > 0);
}
