import { match } from "ts-pattern";
import { encodeSegment } from "../../plan/names.ts";
import type {
  Arm,
  Body,
  BranchNode,
  CallNode,
  GroupNode,
  LoopNode,
  MapNode,
  Node,
  RouteAllNode,
  RouteByNode,
  RouteNode,
} from "../../plan/node.ts";
import type { Entry, Op, Program, Visible } from "../values/op.ts";
import * as op from "../values/op.ts";
import { CallLayout, isBounded } from "./call-layout.ts";
import type { Scope } from "./layout.ts";
import { selection } from "./leaf.ts";

/**
 * Lays a plan's nodes out as operations. Kinds are dispatched here, once, so that a step at run time pays only for what
 * it uses.
 */
export class Preparation extends CallLayout {
  chain(nodes: readonly Node[], scope: Scope): void {
    const started = this.fiber.length;
    const handlers: { readonly from: number; readonly at: number }[] = [];
    for (const node of nodes) {
      if (node.kind === "catch") handlers.push({ from: this.fiber.length, at: this.ops.length });
      this.#node(node, scope);
    }
    let from = started;
    for (const handler of handlers) {
      for (const covered of this.fiber.slice(from, handler.from)) if (covered.rescue === -1) covered.rescue = handler.at;
      from = handler.from;
    }
  }

  #node(node: Node, scope: Scope): void {
    match(node)
      .with({ kind: "step" }, { kind: "tap" }, (found) => this.call(found, scope, found.kind === "tap" ? undefined : found.id))
      .with({ kind: "parallel" }, { kind: "settle" }, { kind: "race" }, (found) => this.#group(found, scope))
      .with({ kind: "branch" }, (found) => this.#branch(found, scope))
      .with({ kind: "route" }, { kind: "routeBy" }, (found) => this.#route(found, scope))
      .with({ kind: "routeAll" }, (found) => this.#routeAll(found, scope))
      .with({ kind: "loop" }, (found) => this.#loop(found, scope))
      .with({ kind: "map" }, (found) => this.#map(found, scope))
      .with({ kind: "catch" }, (found) => this.catch(found, scope))
      .with({ kind: "sleep" }, (found) => this.sleep(found, scope))
      .with({ kind: "wait" }, (found) => this.wait(found, scope))
      .exhaustive();
  }

  #group(node: GroupNode, scope: Scope): void {
    const group = this.make(op.GROUP, node.kind, node.id, scope, this.visible(scope), { timeout: node.timeout, retry: undefined });
    group.mode = node.kind === "parallel" ? "all" : node.kind;
    group.concurrency = node.concurrency;
    group.sections = node.kind === "parallel";
    group.slot = this.slot(node.id);
    this.push(group);
    group.entries = this.#arms(node.arms, group, true);
    group.target = this.ops.length;
  }

  #routeAll(node: RouteAllNode, scope: Scope): void {
    const group = this.make(op.GROUP, "routeAll", node.id, scope, this.visible(scope), { timeout: node.timeout, retry: undefined });
    group.mode = "some";
    group.concurrency = node.concurrency;
    group.sections = true;
    group.slot = this.slot(node.id);
    group.leaf = this.quiet(group, "the selector", selection(node.select), group.visible, node.limits);
    this.push(group);
    group.entries = this.#arms(node.arms, group, false);
    group.byKey = keys(node.arms);
    group.target = this.ops.length;
  }

  #branch(node: BranchNode, scope: Scope): void {
    const branch = this.make(op.BRANCH, "branch", node.id, scope, this.visible(scope));
    const when = node.when as (last: unknown, context: unknown) => unknown;
    branch.leaf = this.quiet(branch, "the condition", (context) => when(context.last, context), branch.visible, node.limits);
    this.#exclusive(branch, node.arms);
  }

  #route(node: RouteNode | RouteByNode, scope: Scope): void {
    const route = this.make(op.ROUTE, node.kind, node.id, scope, this.visible(scope));
    route.leaf =
      node.kind === "route"
        ? this.quiet(route, "the selector", node.select as Op["run"], route.visible, node.limits)
        : this.quiet(route, "the discriminant", ({ last }) => (last as Record<string | symbol, unknown>)[node.discriminant], route.visible);
    this.#exclusive(route, node.arms);
  }

  /** Arms of which one is taken, in line: no fiber of their own. */
  #exclusive(composite: Op, arms: readonly Arm[]): void {
    composite.slot = this.slot(composite.id);
    composite.byKey = keys(arms);
    this.push(composite);
    const { before, from } = composite.visible as Visible;
    const visible: Visible = { before, from, to: composite.slot };
    const jumps: Op[] = [];
    composite.entries = arms.map(({ key, body }) => {
      const at = this.ops.length;
      const first = this.names.length;
      const inside: Scope = { before: visible, from: first, owner: composite };
      if (body.kind === "flow") this.chain(body.nodes, inside);
      else this.call(body.node, inside);
      const jump = this.make(op.JUMP, "branch", composite.id, inside, undefined);
      jumps.push(jump);
      this.push(jump);
      return {
        key,
        segment: body.kind === "flow" ? encodeSegment(key) : "",
        at,
        leaf: undefined,
        slot: -1,
        slots: [first, this.names.length],
      };
    });
    composite.target = this.leave(composite);
    for (const jump of jumps) jump.target = composite.target;
  }

  #loop(node: LoopNode, scope: Scope): void {
    const loop = this.make(op.LOOP, "loop", node.id, scope, this.visible(scope));
    loop.max = node.max;
    loop.onLimit = node.onLimit;
    loop.slot = this.slot(node.id);
    this.push(loop);
    const first = this.names.length;
    const { before, from } = loop.visible as Visible;
    const inside: Scope = { before: { before, from, to: loop.slot }, from: first, owner: loop };
    const start = this.ops.length;
    if (node.body.kind === "flow") this.chain(node.body.nodes, inside);
    else this.call(node.body.node, inside, undefined, { inPlace: true, kind: "turn" });
    if (this.names.length > first) loop.clears = [first, this.names.length];
    const until = this.make(op.UNTIL, "loop", node.id, inside, undefined);
    until.leaf = this.quiet(until, '"until"', node.until as Op["run"], this.visible(inside), node.limits);
    until.target = start;
    this.push(until);
    loop.target = this.leave(loop);
  }

  #map(node: MapNode, scope: Scope): void {
    const visible = this.visible(scope);
    const map = this.make(op.GROUP, "map", node.id, scope, visible);
    map.mode = "each";
    map.concurrency = node.concurrency;
    map.slot = this.slot(node.id);
    map.leaf = this.quiet(map, '"items"', node.items as Op["run"], visible);
    this.push(map);
    map.target = this.ops.length;
    const single = leafNode(node.body);
    if (single !== undefined) {
      const leaf = this.callOp({ ...single, limits: limited(single.limits, node.limits) }, scope, { inPlace: true, kind: "item" });
      leaf.visible = visible;
      leaf.owner = undefined;
      map.entries = [{ key: "", segment: "", at: -1, leaf, slot: -1, slots: [0, 0] }];
      return;
    }
    map.body = this.#item(node, visible);
    map.entries = [{ key: "", segment: "", at: 0, leaf: undefined, slot: -1, slots: [0, 0] }];
  }

  /** A map's items run side by side, so each has slots of its own: a program within the program. */
  #item({ id, body, limits }: MapNode, outer: Visible): Program {
    const inside = new Preparation(this.definition);
    const scope: Scope = { before: undefined, from: 0, owner: undefined };
    const lay = () => {
      if (body.kind === "flow") inside.chain(body.nodes, scope);
      else inside.call({ ...body.node, limits: { timeout: undefined, retry: undefined } }, scope, undefined, { inPlace: true });
    };
    if (!isBounded(limits)) lay();
    // A sub-workflow under limits is an execution of its own already.
    else if (body.kind === "call" && body.node.exec.kind === "plan")
      inside.call({ ...body.node, limits }, scope, undefined, { inPlace: true });
    else {
      const once = inside.make(op.GROUP, "item", id, scope, undefined, limits);
      once.mode = "once";
      once.inPlace = true;
      inside.push(once);
      once.entries = [inside.entry("", "", -1, lay)];
      once.target = inside.ops.length;
    }
    return inside.finish(outer);
  }

  /** Arms that run at once: a fiber each, or a bare call where that is all there is. */
  #arms(arms: readonly Arm[], group: Op, named: boolean): readonly Entry[] {
    const { before, from } = group.visible as Visible;
    const visible: Visible = { before, from, to: group.slot };
    return arms.map(({ key, body }) => {
      // A sub-workflow publishes its steps beside its output: then it fills the arm's slot itself, unless that is for an outcome.
      const fills = named && group.mode !== "settle" && body.kind === "call" && body.node.exec.kind === "plan";
      const slot = this.slot(named && !fills ? key : undefined);
      const first = this.names.length;
      const scope: Scope = { before: visible, from: first, owner: undefined };
      const leaf = leafNode(body);
      if (leaf !== undefined) return { key, segment: "", at: -1, leaf: this.callOp(leaf, scope, {}), slot, slots: [first, first] };
      return this.entry(key, body.kind === "flow" ? encodeSegment(key) : "", slot, () => {
        if (body.kind === "flow") this.chain(body.nodes, scope);
        else this.call(body.node, scope, fills ? key : undefined);
      });
    });
  }
}

/** The call that is all there is to a body, where it takes no interpreter. */
function leafNode(body: Body): CallNode | undefined {
  return body.kind === "call" && (body.node.exec.kind === "function" || body.node.exec.kind === "step") ? body.node : undefined;
}

function keys(arms: readonly Arm[]): ReadonlyMap<string, number> {
  return new Map(arms.map(({ key }, index) => [key, index]));
}

/** The nearer limits where they say something, else those further out. */
function limited(own: CallNode["limits"], around: CallNode["limits"]): CallNode["limits"] {
  return { timeout: around.timeout ?? own.timeout, retry: around.retry ?? own.retry };
}
