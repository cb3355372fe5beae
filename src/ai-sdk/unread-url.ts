import type { Message } from "../model/model.ts";
import type { Trouble } from "../model/trouble.ts";
import { show } from "../plan/show.ts";
import { isWebUrl } from "./file-data.ts";
import type { LanguageModel } from "./language-model.ts";

/**
 * The first image of a conversation that the provider cannot read: many take data only. heddle fetches nothing for
 * them, since a prompt may hold a URL that is nobody's business.
 */
export async function unreadUrl(
  messages: readonly Message[],
  { provider, supportedUrls }: Pick<LanguageModel, "provider" | "supportedUrls">,
): Promise<Trouble | undefined> {
  const urls = messages.flatMap(({ content }) =>
    typeof content === "string"
      ? []
      : content.flatMap((part) => (part.type === "image" && !part.url.startsWith("data:") ? [part.url] : [])),
  );
  if (urls.length === 0) return undefined;
  const supported = Object.entries(await supportedUrls).flatMap(([type, patterns]) => (/^(?:\*|image\/)/.test(type) ? patterns : []));
  const unread = urls.find((url) => !isWebUrl(url) || !supported.some((pattern) => url.search(pattern) >= 0));
  if (unread === undefined) return undefined;
  return {
    type: "bad_request",
    expected: `an image's URL that ${provider} reads itself`,
    got: show(unread),
    advice: "give the image as a data URL",
  };
}
