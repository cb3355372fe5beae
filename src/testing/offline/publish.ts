import { looksLikeTitle } from "./brief.ts";

/** A text as Markdown: its first line as the heading, short lines of their own as headings below it. */
export function publish(text: string): string {
  const blocks = text.trim().split(/\n\s*\n/);
  return blocks
    .map((block, index) => {
      const line = block.trim();
      const heading = !line.includes("\n") && !/^(?:[#>|`*-]|\d+[.)])/.test(line) && looksLikeTitle(line);
      if (!heading) return line;
      return index === 0 ? `# ${line}` : `## ${line}`;
    })
    .join("\n\n");
}
