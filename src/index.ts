export { step } from "./builder/step.ts";
export { workflow } from "./builder/start.ts";
