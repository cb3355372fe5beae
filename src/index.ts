export { agent } from "./agent/agent.ts";
export { tool } from "./agent/tool.ts";
export { workflow } from "./builder/start.ts";
export { step } from "./builder/step.ts";
export { openai } from "./model/openai.ts";
