import fc from "fast-check";
import { expect, test } from "vitest";
import { resultText } from "../../src/agent/tools/result.ts";

test.each<[string, unknown, string]>([
  [
    "texts, a line each",
    {
      content: [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
    },
    "a\nb",
  ],
  ["an image by type and size", { content: [{ type: "image", data: "AAAA", mimeType: "image/png" }] }, "[image: image/png, 3 bytes]"],
  ["sound", { content: [{ type: "audio", data: "AAA=", mimeType: "audio/wav" }] }, "[audio: audio/wav, 2 bytes]"],
  [
    "a resource with its text",
    { content: [{ type: "resource", resource: { uri: "file:///a.md", text: "# A", mimeType: "text/markdown" } }] },
    "[file:///a.md]\n# A",
  ],
  [
    "a resource in bytes",
    { content: [{ type: "resource", resource: { uri: "file:///a.bin", blob: "AAAA", mimeType: "application/octet-stream" } }] },
    "[file:///a.bin: application/octet-stream, 3 bytes]",
  ],
  [
    "a link",
    { content: [{ type: "resource_link", uri: "file:///a", name: "a", description: "The first." }] },
    "[link to file:///a: The first.]",
  ],
  [
    "a structured result once",
    { content: [{ type: "text", text: '{ "b": 2, "a": 1 }' }], structuredContent: { a: 1, b: 2 } },
    '{ "b": 2, "a": 1 }',
  ],
  [
    "a structured result that the text does not have",
    { content: [{ type: "text", text: "Done." }], structuredContent: { a: 1 } },
    'Done.\n{"a":1}',
  ],
  ["a structured result alone", { content: [], structuredContent: { a: 1 } }, '{"a":1}'],
  ["nothing", { content: [] }, "(no output)"],
  ["a part of a kind to come", { content: [{ type: "hologram", depth: 3 }] }, '{"type":"hologram","depth":3}'],
  ["a result of the protocol's first version", { toolResult: [1, 2] }, "[1,2]"],
  ["what is no result at all", 7, "7"],
])("shows %s", (_, result, expected) => expect(resultText(result)).toBe(expected));

test("whatever a server sends becomes text", () => {
  const part = fc.record(
    {
      type: fc.constantFrom("text", "image", "audio", "resource", "resource_link", "?"),
      text: fc.anything(),
      data: fc.anything(),
      resource: fc.anything(),
      uri: fc.anything(),
    },
    { requiredKeys: ["type"] },
  );
  const result = fc.oneof(fc.anything(), fc.record({ content: fc.array(fc.oneof(part, fc.anything())), structuredContent: fc.anything() }));
  fc.assert(
    fc.property(result, (given) => {
      expect(typeof resultText(given)).toBe("string");
    }),
  );
});
