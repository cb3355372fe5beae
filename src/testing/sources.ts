/** A text the offline engine may quote. */
export interface Source {
  readonly title: string;
  readonly text: string;
}

/** What the offline engine knows unless it is given other sources: short texts written for this library. */
export const sources: readonly Source[] = [
  {
    title: "What an AI agent is",
    text: `An AI agent is a program in which a language model decides what to do next. An agent is given instructions, a task and a set of tools, and works in turns until it has an answer. The current state of AI agents is that of useful assistants with narrow duties rather than of independent workers. The model chooses, but ordinary code still carries out every action. An agent is therefore only as safe as the tools it was handed. Most agents in daily use do one job within a larger program that people wrote by hand.`,
  },
  {
    title: "Workflows and agents",
    text: `A workflow fixes the order of its steps in code, while an agent chooses the order itself. Fixed order makes a program easier to test, to bill and to explain. Free choice helps when nobody can list the steps in advance. Many teams combine the two: a workflow decides the stages, and an agent works inside each stage. A good rule is to give an agent only as much freedom as the task needs.`,
  },
  {
    title: "Typed pipelines",
    text: `Types let a compiler check that one step produces what the next step reads. In a typed workflow a misspelled step name is an error in the editor and not a failure at night. A model's answer is untrusted input, so it must be validated against a schema before it counts as typed data. Schemas serve twice: they tell the model what shape to produce, and they check what came back. Reusable pipelines depend on such contracts, because their authors never meet their users.`,
  },
  {
    title: "Tool use",
    text: `Tools connect an agent to the world: search, databases, files and other services. A model does not run a tool; it asks for a call, and the host program decides whether to make it. Tool descriptions are prompts, and vague ones lead to wrong calls. Arguments that a model made up must be checked like any other user input. Text that a tool returns may contain instructions by an attacker, and an agent must treat it as data. Protocols for tools make it possible to share one tool among many agents.`,
  },
  {
    title: "Evaluating agents",
    text: `An evaluation runs an agent on known tasks and compares what it did with what it should have done. Final answers are not enough, since an agent can reach a right answer by a wrong way. Papers on evaluation warn that a benchmark stops being informative once its tasks have leaked into training data. A language model can grade answers, but its grades need to be checked against people's. A rubric with concrete criteria gives steadier grades than a general question about quality. Regression tests with recorded replies tell a change in the code from a change in the model.`,
  },
  {
    title: "Reliability of model calls",
    text: `Calls to a model fail in ordinary ways: rate limits, overload, timeouts and broken connections. Retries with growing delays and some randomness keep many clients from returning at the same moment. A retry is safe only when the step can be repeated without harm, which is why side effects carry an idempotency key. A cut stream must never pass for a finished answer. Errors should be values with a type, so that a caller can tell what may be tried again. Fallback to a second model helps against an outage, and it changes the quality of the answers.`,
  },
  {
    title: "The cost of agents",
    text: `The cost of an agent grows with the tokens it reads and writes, and every turn sends the whole conversation again. Long tool results are the commonest reason for a surprising bill. A budget that is checked before each call stops a runaway loop; one that is checked afterwards only reports it. Small models suffice for routing, extraction and formatting, while planning profits from larger ones. Caching of repeated prompt beginnings lowers both price and delay.`,
  },
  {
    title: "Retrieval",
    text: `Retrieval gives a model passages from documents so that it need not rely on memory. Searching the web finds fresh pages, but their quality varies and they may be written to mislead. Keyword ranking such as BM25 finds exact names and rare terms, while embeddings find passages of similar meaning. Keywords and embeddings together usually serve readers better than either alone. An answer should cite the passages it used, so that a reader can check them. When nothing relevant is found, saying so is the right answer.`,
  },
  {
    title: "Teams of agents",
    text: `A multi-agent team splits a task among specialists: one researches, another writes, a third reviews. A leader who delegates sees less detail, and each member sees a shorter and cleaner context. Members that work in parallel save time but may contradict each other. Every message between agents is a place where meaning can get lost. A team costs more than a single agent, so it has to earn its place by better results. Separate roles for writing and reviewing catch mistakes that a single agent overlooks.`,
  },
  {
    title: "Human approval",
    text: `Some actions deserve a person's consent: payments, messages to customers, deletions and publication. An approval step stores the state of the run, asks, and goes on when the answer comes, which may take days. The request must show what will happen in plain words, because a person who cannot judge will simply agree. Too many questions train people to click through. Approvals should be bound to one action and expire.`,
  },
  {
    title: "Durable execution",
    text: `Durable execution records the outcome of every step, so that a run goes on after a crash where it stopped. Recorded steps are replayed from the journal and not executed again. Between an action and its record there is a moment in which a crash leaves doubt, and no engine can remove it entirely. Code that is replayed must be deterministic: time and randomness have to come from the journal. Long waits become cheap, since a suspended run needs no process.`,
  },
  {
    title: "Observing agents",
    text: `A trace shows each model call, tool call and retry with its time and tokens. Without a trace an agent's mistakes can hardly be told from a model's mood. Traces hold prompts and answers, so they may hold personal data and need protection. Events that stream while a run is going let a user interface show progress. Analysis of many traces shows where time and money go.`,
  },
  {
    title: "Review loops",
    text: `A review loop sends a draft to a critic and returns the critic's notes to the writer until the draft passes. The loop needs a limit, because a critic and a writer may never agree. Concrete notes lead to better revisions than a bare score. A structured verdict lets the program branch without guessing at the meaning of a sentence. The writer has to see both the draft and the notes, or it will start over.`,
  },
  {
    title: "Where agents fall short",
    text: `Agents still lose the thread in long tasks and repeat steps that already failed. Language models state wrong things in the same tone as right ones. Instructions hidden in web pages or papers can divert an agent that reads them. Published results are hard to compare, since prompts, tools and models all differ. What works in a demonstration often needs months of work before it can be relied upon.`,
  },
];
