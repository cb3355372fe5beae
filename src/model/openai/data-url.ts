/** Base64 data as a data URL; one that is a URL already stays. */
export function dataUrl(data: string, mediaType: string): string {
  return data.startsWith("data:") ? data : `data:${mediaType};base64,${data}`;
}
