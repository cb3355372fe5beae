import { type Foreign, increment, type Job, type Library, pauseAndIncrement, peer, upTo } from "../library.ts";

const { Annotation, END, Send, START, StateGraph } = await peer("@langchain/langgraph");

type Run = (value: number) => Promise<number>;

interface State {
  readonly last: number;
}

/** Its limit on supersteps is 25 unless told. */
const unlimited = { recursionLimit: 1_000_000 };

/** `last` is what the step before came to; what arms come to is added up. */
const state = Annotation.Root({
  last: Annotation(),
  total: Annotation({ reducer: (total: number, value: number) => total + value, default: () => 0 }),
});

const node = (run: Run) => async (given: State) => ({ last: await run(given.last) });

const arm = (run: Run) => async (given: State) => ({ total: await run(given.last) });

const job = (graph: Foreign, field: "last" | "total", options: object = {}): Job => ({
  run: () => graph.invoke({ last: 0 }, { ...unlimited, ...options }),
  result: (raw) => (raw as Record<string, number>)[field] as number,
});

function inOrder(steps: number, run: Run): Job {
  const graph = new StateGraph(state);
  for (let index = 0; index < steps; index++)
    graph.addNode(`step${index}`, node(run)).addEdge(index === 0 ? START : `step${index - 1}`, `step${index}`);
  return job(graph.addEdge(`step${steps - 1}`, END).compile(), "last");
}

const innermost = () => {
  const graph = new StateGraph(state).addNode("first", node(increment)).addNode("second", node(increment));
  return graph.addEdge(START, "first").addEdge("first", "second").addEdge("second", END).compile();
};

function around(inner: Foreign, field: "last" | "total") {
  const invoke = arm(async (last) => (await inner.invoke({ last }, unlimited))[field]);
  const graph = new StateGraph(state).addNode("first", node(increment)).addNode("left", invoke).addNode("right", invoke);
  return graph
    .addEdge(START, "first")
    .addEdge("first", "left")
    .addEdge("first", "right")
    .addEdge("left", END)
    .addEdge("right", END)
    .compile();
}

export const library: Library = {
  sequential: (steps) => inOrder(steps, increment),
  parallel: (arms) => {
    const graph = new StateGraph(state);
    for (let index = 0; index < arms; index++)
      graph.addNode(`arm${index}`, arm(increment)).addEdge(START, `arm${index}`).addEdge(`arm${index}`, END);
    return job(graph.compile(), "total");
  },
  loop: (turns) => {
    const graph = new StateGraph(state).addNode("count", node(increment)).addEdge(START, "count");
    return job(graph.addConditionalEdges("count", ({ last }: State) => (last >= turns ? END : "count")).compile(), "last");
  },
  map: (items, width) => {
    const graph = new StateGraph(state).addNode("each", arm(increment)).addEdge("each", END);
    graph.addConditionalEdges(START, () => upTo(items).map((last) => new Send("each", { last })));
    return job(graph.compile(), "total", { maxConcurrency: width });
  },
  nest: () => job(around(around(innermost(), "last"), "total"), "total"),
  pauses: (steps, ms) => inOrder(steps, (value) => pauseAndIncrement(value, ms)),
};
