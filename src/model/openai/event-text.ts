/**
 * The events of a stream that came as one text, parsed; one that is no JSON is its text. Undefined for any other text.
 * Proxies answer so that lose a stream's content type, or stream where nobody asked for it.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function eventsIn(body: string): readonly unknown[] | undefined {
  if (!/^\uFEFF?(?:(?::.*)?\r?\n)*(?:data|event|id|retry):/.test(body)) return undefined;
  return body.split(/\r?\n\r?\n/).flatMap((block) => {
    const data = block.split(/\r?\n/).flatMap((line) => /^\uFEFF?data: ?(.*)$/.exec(line)?.[1] ?? []);
    return data.length === 0 || data[0] === "[DONE]" ? [] : [parsed(data.join("\n"))];
  });
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
