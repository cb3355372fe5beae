import { styleText } from "node:util";
import { displayWidth, leading } from "./display-width.ts";

/** Few tones, so that what matters stands out. */
export type Tone = "plain" | "strong" | "quiet" | "good" | "bad" | "notice";

/** One line: pieces of text, each in one tone. */
export type Line = readonly Piece[];
export interface Piece {
  readonly text: string;
  readonly tone: Tone;
}

/** How a terminal shows a tone. */
export type Paint = (tone: Tone, text: string) => string;

const formats = { strong: "bold", quiet: "dim", good: "green", bad: "red", notice: "yellow" } as const;

/** Colours as the stream takes them: none without a terminal or with NO_COLOR, unless FORCE_COLOR asks for them. */
export function painter(stream: NodeJS.WriteStream): Paint {
  return (tone, text) => (tone === "plain" || text === "" ? text : styleText(formats[tone], text, { stream }));
}

export function piece(tone: Tone, text: string): Piece {
  return { tone, text };
}

/** The line as text without blanks at its end; where it is wider than `columns`, cut, with an ellipsis. */
export function lineText(line: Line, paint: Paint, columns = Number.POSITIVE_INFINITY): string {
  const whole = trimmed(line);
  const over = whole.reduce((sum, { text }) => sum + displayWidth(text), 0) > columns;
  let left = over ? columns - 1 : columns;
  const kept = whole.map(({ tone, text }) => {
    const fitting = leading(text, left);
    left -= displayWidth(fitting);
    return paint(tone, fitting);
  });
  return kept.join("") + (over ? "…" : "");
}

/** Writes one line as the stream takes it. */
export function writeLine(stream: NodeJS.WriteStream, line: Line): void {
  stream.write(`${lineText(line, painter(stream))}\n`);
}

function trimmed(line: Line): Line {
  const last = line.findLastIndex(({ text }) => text.trim() !== "");
  return line.slice(0, last + 1).map((one, index) => (index === last ? piece(one.tone, one.text.trimEnd()) : one));
}
