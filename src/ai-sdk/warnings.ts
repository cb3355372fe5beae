import { fields, list, text } from "../model/read.ts";

/** The provider's remarks on one request, a sentence each: a setting that the model does not know, for example. */
export function warningTexts(given: unknown): readonly string[] {
  return list(given).flatMap((one) => {
    const warning = fields(one);
    if (warning === undefined) return [];
    const said = text(warning["message"]) ?? text(warning["details"]);
    const subject = text(warning["feature"]) ?? text(warning["setting"]);
    if (subject === undefined) return said === undefined ? [] : [said];
    return [`${subject} is ${kinds[String(warning["type"])] ?? String(warning["type"])}${said === undefined ? "" : `: ${said}`}`];
  });
}

const kinds: { readonly [type: string]: string } = {
  unsupported: "not supported",
  compatibility: "emulated",
  deprecated: "deprecated",
};

/** Tells each remark once for one model, as a process warning: a fan-out would print it a thousand times. */
export function printOnce(model: string): (warning: string) => void {
  const printed = new Set<string>();
  return (warning) => {
    if (printed.has(warning) || printed.size >= 100) return;
    printed.add(warning);
    process.emitWarning(`Model ${JSON.stringify(model)}: ${warning}`, "AiSdkWarning");
  };
}
