import type { RunEvent } from "../../types/event.ts";
import type { AnyFailure } from "../../types/failure.ts";
import type { Runnable } from "../project/runnable.ts";
import { jsonText } from "../text/json-text.ts";
import { type Line, lineText, type Paint, painter, piece } from "../text/line.ts";
import { printable } from "../text/printable.ts";
import { EventLines } from "./event-lines.ts";
import { failureLines } from "./failure-lines.ts";
import { layoutFor } from "./layout.ts";
import { planPaths } from "./plan-paths.ts";
import { Tally } from "./tally.ts";

/** What is shown of a run on standard error. */
export interface Screen {
  /** Sees every event; undefined where nothing is shown of them, so that none is made. */
  readonly observe: ((event: RunEvent) => void) | undefined;
  notice(text: string): void;
  /** One line for people; nothing where a program reads. */
  say(line: Line): void;
  /** What stands below all lines on a terminal, where somebody types; undefined for nothing any more. */
  prompt(text: string | undefined): void;
  failed(failure: AnyFailure): void;
  /** What can be done about it. */
  advise(lines: readonly Line[]): void;
  /** The last word, once the output is written. */
  sumUp(): void;
}

export type Style = "pretty" | "quiet" | "events";

interface Settings {
  readonly stderr: NodeJS.WriteStream;
  readonly verbose: boolean;
  readonly runnable: Runnable;
}

export function screenFor(style: Style, settings: Settings): Screen {
  if (style === "events") return eventScreen(settings.stderr);
  return style === "quiet" ? quietScreen(settings) : prettyScreen(settings);
}

/** One JSON line for each event: nothing else, so that a program can read it all. */
function eventScreen(stderr: NodeJS.WriteStream): Screen {
  const say = (value: object) => stderr.write(`${jsonText(value)}\n`);
  // A failure is part of the event `run.failed`.
  const nothing = () => {};
  return {
    observe: say,
    notice: (message) => say({ type: "notice", message }),
    say: nothing,
    prompt: nothing,
    failed: nothing,
    advise: nothing,
    sumUp: nothing,
  };
}

function quietScreen({ stderr, verbose }: Settings): Screen {
  const { say, prompt } = sayer(stderr);
  return {
    observe: undefined,
    notice: (text) => say([piece("quiet", text)]),
    say,
    prompt,
    failed: (failure) => {
      for (const line of failureLines(failure, { verbose })) say(line);
    },
    advise: (lines) => {
      for (const line of lines) say(line);
    },
    sumUp: () => {},
  };
}

function prettyScreen({ stderr, verbose, runnable }: Settings): Screen {
  const { say, prompt } = sayer(stderr);
  const lines = new EventLines(layoutFor(planPaths(runnable.steps), widthOf(stderr)));
  const tally = new Tally(runnable.name);
  let last: Line | undefined;
  return {
    observe: (event) => {
      tally.note(event);
      if (event.type === "run.started") say([piece("strong", printable(event.plan))]);
      else if (event.type === "run.resumed") say([piece("strong", printable(event.plan)), piece("quiet", " goes on")]);
      else if (event.type === "run.completed" || event.type === "run.failed" || event.type === "run.suspended") last = tally.line(event);
      const line = lines.of(event);
      if (line !== undefined) say(line, widthOf(stderr));
    },
    notice: (text) => say([piece("quiet", text)]),
    say,
    prompt,
    failed: (failure) => {
      say([]);
      for (const line of failureLines(failure, { verbose })) say(line);
    },
    advise: (lines) => {
      say([]);
      for (const line of lines) say(line);
    },
    sumUp: () => {
      if (last === undefined) return;
      say([]);
      say(last, widthOf(stderr));
    },
  };
}

/** Lines above a prompt, where there is one: what is typed at it meanwhile is not lost, though no longer seen. */
function sayer(stderr: NodeJS.WriteStream): { say(line: Line, columns?: number): void; prompt: Screen["prompt"] } {
  const paint: Paint = painter(stderr);
  let prompt: string | undefined;
  return {
    say: (line, columns) => {
      const above = `${lineText(line, paint, columns)}\n`;
      stderr.write(prompt === undefined ? above : `\r\u001b[K${above}${prompt}`);
    },
    prompt: (text) => {
      if (text !== undefined) stderr.write(text);
      prompt = text;
    },
  };
}

/** Read anew for every line, since a window may be resized; undefined without a terminal. */
function widthOf(stderr: NodeJS.WriteStream): number | undefined {
  return stderr.isTTY && stderr.columns > 0 ? stderr.columns : undefined;
}
