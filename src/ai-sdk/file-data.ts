import type { SharedV4FileDataData, SharedV4FileDataUrl } from "@ai-sdk/provider";

export interface FileData {
  readonly data: SharedV4FileDataData | SharedV4FileDataUrl;
  readonly mediaType: string;
}

/** A data URL, a URL on the web, or bare base64, as the AI SDK takes files. `mediaType` is what is known beforehand. */
export function fileData(given: string, mediaType: string): FileData {
  if (isWebUrl(given)) return { data: { type: "url", url: new URL(given) }, mediaType };
  const [whole, type, encoding] = /^data:([^;,]*)((?:;[^,]*)?),/.exec(given) ?? [""];
  const content = given.slice(whole.length);
  const base64 = whole === "" || /;base64$/i.test(encoding ?? "");
  return {
    data: { type: "data", data: base64 ? content : Buffer.from(decodeURIComponent(content)).toString("base64") },
    mediaType: type || mediaType,
  };
}

export function isWebUrl(given: string): boolean {
  return /^https?:\/\//i.test(given) && URL.canParse(given);
}
