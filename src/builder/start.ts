import { executablePlan } from "../execute/run/executable-plan.ts";
import type { WorkflowFunction } from "../types/constructors.ts";
import { Chain } from "./chain.ts";

// The one place where the builder's precise public types meet its one loose implementation.
export const workflow = ((name: unknown) => Chain.begin(name, executablePlan)) as unknown as WorkflowFunction;
