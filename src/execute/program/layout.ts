import type { Limits } from "../../plan/limits.ts";
import { encodeSegment } from "../../plan/names.ts";
import type { Definition } from "../../plan/node.ts";
import type { ExecutionKind } from "../../types/trace.ts";
import { empty } from "../values/frame.ts";
import { CALL, END, type Entry, LEAVE, Op, type Program, type Visible } from "../values/op.ts";
import { slotFinder } from "../values/steps-view.ts";

const noState = Object.freeze({});

/** What a chain's steps see, and what they stand in. */
export interface Scope {
  readonly before: Visible | undefined;
  /** The first slot of the chain itself. */
  readonly from: number;
  readonly owner: Op | undefined;
}

/** Operations as they are laid out: one flat array, outputs in numbered slots. What goes into it, `prepare.ts` knows. */
export class Layout {
  protected readonly definition: Definition;
  protected readonly ops: Op[] = [];
  protected readonly names: string[] = [];
  /** Operations of the fiber being laid out: a handler rescues these, and not those of the groups' own fibers. */
  protected fiber: Op[] = [];

  constructor(definition: Definition) {
    this.definition = definition;
  }

  finish(outer: Visible | undefined): Program {
    this.end();
    const { state } = this.definition;
    return {
      ops: this.ops,
      names: this.names,
      blank: new Array(this.names.length).fill(empty),
      slotsOf: slotFinder(this.names),
      merge: state?.merge ?? new Map(),
      state: state?.initial ?? noState,
      stateful: state !== undefined,
      definition: this.definition,
      outer,
    };
  }

  /** A check at the border of a plan: it belongs to no step, so it leaves no record. */
  boundary(code: number, run: Op["run"]): void {
    const check = new Op(code, "step", "", "");
    check.run = run;
    check.quiet = check.inPlace = true;
    this.push(check);
  }

  /** Operations of a fiber of their own, out of line. */
  protected entry(key: string, segment: string, slot: number, lay: () => void): Entry {
    const around = this.fiber;
    this.fiber = [];
    const at = this.ops.length;
    const first = this.names.length;
    lay();
    this.end();
    this.fiber = around;
    return { key, segment, at, leaf: undefined, slot, slots: [first, this.names.length] };
  }

  protected leave(composite: Op): number {
    const leave = new Op(LEAVE, composite.kind, composite.id, composite.segment);
    leave.owner = composite;
    return this.push(leave);
  }

  protected end(): void {
    this.push(new Op(END, "step", "", ""));
  }

  /** A predicate, a selector or a builder of input: it belongs to its step, and has no record of its own. */
  protected quiet(composite: Op, role: string, run: Op["run"], visible: Visible | undefined, limits?: Limits): Op {
    const leaf = new Op(CALL, composite.kind, composite.id, composite.segment, limits);
    leaf.run = run;
    leaf.role = role;
    leaf.visible = visible;
    leaf.quiet = leaf.inPlace = true;
    return leaf;
  }

  protected make(code: number, kind: ExecutionKind, id: string, scope: Scope, visible: Visible | undefined, limits?: Limits): Op {
    const made = new Op(code, kind, id, encodeSegment(id), limits);
    made.owner = scope.owner;
    made.visible = visible;
    made.plan = this.definition;
    return made;
  }

  protected push(laid: Op): number {
    this.fiber.push(laid);
    return this.ops.push(laid) - 1;
  }

  protected slot(name: string | undefined): number {
    return name === undefined ? -1 : this.names.push(name) - 1;
  }

  protected visible({ before, from }: Scope): Visible {
    return { before, from, to: this.names.length };
  }
}
