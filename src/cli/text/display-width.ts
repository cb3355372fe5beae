const segmenter = new Intl.Segmenter();
const ascii = /^[ -~]*$/;
const invisible = /^[\p{Default_Ignorable_Code_Point}\p{Mark}\p{Control}]+$/u;
const emoji = /^(?:\p{RGI_Emoji}|\p{Emoji_Presentation})/v;
/** The blocks whose East Asian Width is W or F (https://www.unicode.org/reports/tr11/), emoji apart. */
const wide =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{1B2FF}\u{20000}-\u{3FFFD}]/u;

/** How many columns of a terminal a text takes: a Chinese character or an emoji takes two. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** As much of the text as fits into so many columns. */
export function leading(text: string, columns: number): string {
  return displayWidth(text) <= columns ? text : fitting(graphemes(text), columns).join("");
}

/** The text in at most so many columns, cut at its start: the end of a path tells more than its start. */
export function cutStart(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  return columns < 1
    ? ""
    : `…${fitting(graphemes(text).reverse(), columns - 1)
        .reverse()
        .join("")}`;
}

export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}

function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function fitting(pieces: readonly string[], columns: number): string[] {
  let left = columns;
  const over = pieces.findIndex((piece) => {
    left -= graphemeWidth(piece);
    return left < 0;
  });
  return pieces.slice(0, over === -1 ? pieces.length : over);
}

function graphemeWidth(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  return emoji.test(grapheme) || wide.test(grapheme) ? 2 : 1;
}
