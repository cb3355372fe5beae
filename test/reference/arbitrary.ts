import fc from "fast-check";
import type { Arm, Body, Gives, Leaf, Limits, NodeSpec, PlanSpec, Reply, Retries, RunSpec, Undo } from "./description.ts";

/*
 * Random plans. Times come from a few small numbers, so that about every third plan has a tie: two things due at one
 * instant. How the reference resolves them is said at the head of interpreter.ts. Names are given afterwards, in order,
 * so that every plan is one that the builder takes and shrinking keeps it so.
 */

/** Undefined but for one time in `times`. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>, times: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const time = fc.constantFrom(0, 1, 2, 3, 5, 8, 13);
const limit = fc.constantFrom(1, 2, 3, 5, 8, 20);

const onAbort: fc.Arbitrary<Reply["onAbort"]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant("stops" as const) },
  { weight: 1, arbitrary: fc.constant("ignores" as const) },
  { weight: 2, arbitrary: fc.record({ for: time, then: fc.constantFrom("reason", "value", "throw") }) },
);

const reply: fc.Arbitrary<Reply> = fc
  .record({
    after: fc.oneof(
      { weight: 8, arbitrary: fc.constant("at once" as const) },
      { weight: 16, arbitrary: time },
      { weight: 1, arbitrary: fc.constant("never" as const) },
    ),
    with: fc.oneof(
      { weight: 8, arbitrary: fc.constant("value" as const) },
      { weight: 2, arbitrary: fc.constantFrom("error" as const, "throw" as const) },
    ),
    onAbort,
    writes: rarely(fc.constantFrom("a", "b", "b"), 3),
    cancels: rarely(fc.constant(true as const), 150),
  })
  .map(defined);

const replies = fc.array(reply, { minLength: 1, maxLength: 3 });
const unnamed = (gives: fc.Arbitrary<Gives>): fc.Arbitrary<Leaf> => fc.record({ label: fc.constant(""), replies, gives });
const constant = (...values: readonly unknown[]) => fc.constantFrom(...values).map((value): Gives => ({ kind: "constant", value }));
const label: fc.Arbitrary<Gives> = fc.constant({ kind: "label" });
const plain = unnamed(
  fc.oneof(
    { weight: 4, arbitrary: label },
    { weight: 1, arbitrary: fc.constant<Gives>({ kind: "last" }) },
    { weight: 1, arbitrary: constant(undefined, null, false, 0, "") },
  ),
);

const retries: fc.Arbitrary<Retries> = fc.record({
  max: fc.integer({ min: 0, max: 3 }),
  initial: time,
  factor: fc.constantFrom(1, 2),
  cap: fc.constantFrom(2, 8, 100),
});
const limits: fc.Arbitrary<Limits> = fc.record({ timeout: rarely(limit, 7), retries: rarely(retries, 4) }).map(defined);
/** What undoes writes no state. */
const undoing = unnamed(label).map(
  (leaf): Leaf => ({ ...leaf, replies: leaf.replies.map(({ writes: _, cancels: __, ...given }) => given) }),
);
const undo = rarely(
  fc.record({ leaf: undoing, limits: fc.record({ timeout: limit, retries: rarely(retries, 4) }).map(defined) as fc.Arbitrary<Limits> }),
  3,
);
const grouped = { timeout: rarely(limit, 8), concurrency: rarely(fc.integer({ min: 1, max: 3 }), 3) };

type Unnamed<T> = T extends { readonly id: string } ? Omit<T, "id"> : never;
type Shape = Unnamed<NodeSpec>;

const { nodes } = fc.letrec<{ nodes: Shape[]; node: Shape; body: Body; arms: readonly Arm[]; plan: PlanSpec }>((tie) => {
  const keyed = (least: number, most: number, keys?: readonly string[]) =>
    fc
      .array(tie("body"), { minLength: least, maxLength: most, depthIdentifier: "plan", size: "max" })
      .map((bodies): readonly Arm[] => bodies.map((body, index) => ({ key: keys?.[index] ?? "", body })));
  const abc = ["a", "b", "c"];
  const shape = <T extends Shape>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Shape> => arbitrary.map((made) => defined(made) as Shape);
  const step = shape(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("step" as const), leaf: plain, limits, undo }) as fc.Arbitrary<Shape> },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("tap" as const), leaf: plain, limits }) },
    ),
  );
  return {
    nodes: fc.array(tie("node"), { minLength: 0, maxLength: 4, depthIdentifier: "plan", size: "max" }) as fc.Arbitrary<Shape[]>,
    plan: fc.record({ name: fc.constant(""), merges: fc.boolean(), nodes: tie("nodes") as unknown as fc.Arbitrary<NodeSpec[]> }),
    body: fc.oneof(
      { depthIdentifier: "plan", maxDepth: 4, depthSize: "max" },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant("call" as const), leaf: plain, limits, undo }).map(defined) as fc.Arbitrary<Body>,
      },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant("flow" as const), nodes: tie("nodes") as unknown as fc.Arbitrary<NodeSpec[]> }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant("plan" as const), plan: tie("plan"), limits, undo }).map(defined) as fc.Arbitrary<Body>,
      },
    ),
    node: fc.oneof(
      { depthIdentifier: "plan", maxDepth: 4, depthSize: "max" },
      { weight: 8, arbitrary: step },
      {
        weight: 2,
        arbitrary: shape(
          fc.record({
            kind: fc.constant("catch" as const),
            leaf: unnamed(label),
            limits,
            undo: rarely(fc.constant(true as const), 3),
          }) as fc.Arbitrary<Shape>,
        ),
      },
      { weight: 1, arbitrary: shape(fc.record({ kind: fc.constant("sleep" as const), duration: time })) },
      {
        weight: 6,
        arbitrary: shape(
          fc.record({
            kind: fc.constantFrom("parallel" as const, "settle" as const),
            arms: keyed(0, 4),
            ...grouped,
          }) as fc.Arbitrary<Shape>,
        ),
      },
      {
        weight: 2,
        arbitrary: shape(fc.record({ kind: fc.constant("race" as const), arms: keyed(1, 4), ...grouped }) as fc.Arbitrary<Shape>),
      },
      {
        weight: 2,
        arbitrary: shape(
          fc.record({
            kind: fc.constant("branch" as const),
            leaf: unnamed(constant(true, true, false)),
            limits,
            arms: keyed(1, 2, ["yes", "no"]),
          }),
        ),
      },
      {
        weight: 1,
        arbitrary: shape(
          fc.record({ kind: fc.constant("route" as const), leaf: unnamed(constant("a", "a", "b", "z")), limits, arms: keyed(1, 3, abc) }),
        ),
      },
      {
        weight: 1,
        arbitrary: shape(
          fc.record({
            kind: fc.constant("routeAll" as const),
            leaf: unnamed(constant([], ["a"], ["b", "a"], ["c", "a", "c"])),
            retries: rarely(retries, 3),
            arms: keyed(2, 3, abc),
            ...grouped,
          }) as fc.Arbitrary<Shape>,
        ),
      },
      { weight: 1, arbitrary: shape(fc.record({ kind: fc.constant("routeBy" as const), arms: keyed(1, 3, abc) })) },
      {
        weight: 2,
        arbitrary: shape(
          fc.record({
            ...{ kind: fc.constant("loop" as const), body: tie("body"), limits },
            leaf: unnamed(fc.integer({ min: 1, max: 4 }).map((turn): Gives => ({ kind: "from turn", turn }))),
            ...{ max: fc.integer({ min: 1, max: 3 }), onLimit: fc.constantFrom("continue" as const, "continue" as const, "fail" as const) },
          }),
        ),
      },
      {
        weight: 2,
        arbitrary: shape(
          fc.record({
            kind: fc.constant("map" as const),
            leaf: unnamed(constant([], ["x"], ["x", "y", "z"], ["v", "w", "x", "y"])),
            body: tie("body"),
            limits,
            concurrency: grouped.concurrency,
          }) as fc.Arbitrary<Shape>,
        ),
      },
      {
        weight: 1,
        arbitrary: shape(fc.record({ kind: fc.constant("plan" as const), plan: tie("plan"), limits, undo }) as fc.Arbitrary<Shape>),
      },
    ),
    arms: keyed(0, 3),
  };
});

export const runs: fc.Arbitrary<RunSpec> = fc
  .record({
    nodes: fc.array(nodes, { minLength: 3, maxLength: 3, size: "max" }).map((parts) => parts.flat()),
    merges: fc.boolean(),
    concurrency: fc.constantFrom(16, 16, 16, 1, 2, 3),
    grace: fc.constantFrom(0, 1, 3, 100),
    timeout: rarely(fc.constantFrom(1, 3, 8, 20, 50), 8),
    cancelAt: rarely(fc.oneof({ weight: 6, arbitrary: time }, { weight: 1, arbitrary: fc.constant("before the start" as const) }), 8),
  })
  .map(
    ({ nodes: shapes, merges, ...rest }) =>
      defined({ ...rest, plan: new Names().plan({ name: "", merges, nodes: shapes as unknown as readonly NodeSpec[] }) }) as RunSpec,
  );

/** Gives every step, arm, leaf and plan a name of its own, in the order of the text. */
class Names {
  #count = 0;

  plan({ merges, nodes: shapes }: PlanSpec, name = this.#next("plan")): PlanSpec {
    return { name, merges, nodes: this.#nodes(shapes) };
  }

  #nodes(shapes: readonly NodeSpec[]): readonly NodeSpec[] {
    return shapes.flatMap((shape) => this.#node(shape));
  }

  #node(shape: NodeSpec): readonly NodeSpec[] {
    const id = this.#next(shape.kind);
    const plain = (shape.kind === "step" || shape.kind === "tap") && shape.limits.retries === undefined;
    const leaf = "leaf" in shape ? { leaf: { ...(plain ? shape.leaf : withoutSyncCancel(shape.leaf)), label: id } } : {};
    const body = "body" in shape ? { body: this.#body(withoutLimits(shape), `${id}.body`) } : {};
    const named = ["parallel", "settle", "race"].includes(shape.kind);
    const arms =
      "arms" in shape
        ? {
            arms: shape.arms.map((arm, index) => ({
              key: named ? `${id}${"abcd"[index]}` : arm.key,
              body: this.#body(arm.body, `${id}${named ? "abcd"[index] : `.${arm.key}`}`),
            })),
          }
        : {};
    const plan = shape.kind === "plan" ? { plan: this.plan(shape.plan, id) } : {};
    const undo = "undo" in shape && typeof shape.undo === "object" ? { undo: withLabel(shape.undo, id) } : {};
    const given = { ...shape, id, ...leaf, ...body, ...arms, ...plan, ...undo } as NodeSpec;
    if (shape.kind !== "routeBy") return [given];
    // Most steps give nothing to route by: put one before that does.
    const tag = this.#next("step");
    const gives: Gives = { kind: "constant", value: { kind: "a" } };
    return [
      { kind: "step", id: tag, limits: {}, leaf: { label: tag, replies: [{ after: "at once", with: "value", onAbort: "stops" }], gives } },
      given,
    ];
  }

  #body(body: Body, label: string): Body {
    if (body.kind === "flow") return { ...body, nodes: this.#nodes(body.nodes) };
    const undo = body.undo === undefined ? {} : { undo: withLabel(body.undo, label) };
    if (body.kind === "call") return { ...body, leaf: { ...withoutSyncCancel(body.leaf), label }, ...undo };
    return { ...body, plan: this.plan(body.plan), ...undo };
  }

  #next(kind: string): string {
    return `${kind}${++this.#count}`;
  }
}

function withLabel({ leaf, limits }: Undo, of: string): Undo {
  return { leaf: { ...leaf, label: `${of}.undo` }, limits };
}

/** A map's limits are its items'. */
function withoutLimits({ kind, body }: Extract<NodeSpec, { readonly body: Body }>): Body {
  return kind === "map" && body.kind !== "flow" ? { ...body, limits: {} } : body;
}

/** A call that cancels its run before it returns is modelled for steps in a row alone: interpreter.ts says why. */
function withoutSyncCancel(leaf: Leaf): Leaf {
  return {
    ...leaf,
    replies: leaf.replies.map(({ cancels, ...given }) => (given.after === "at once" ? given : defined({ ...given, cancels }))),
  };
}

/** Leaves out what is undefined, as options do. */
function defined<T extends object>(given: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}
