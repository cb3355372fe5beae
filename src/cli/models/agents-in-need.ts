import type { Definition } from "../../plan/node.ts";
import { walk } from "../../plan/walk.ts";

/** The agents and teams of a plan whose models have their key or address from the environment alone, by name. */
export function agentsInNeed({ root }: Definition): readonly string[] {
  const found = new Set<string>();
  const nothing = () => {};
  walk(root, {
    enter: (node) => {
      const exec = "exec" in node ? node.exec : undefined;
      if ((exec?.kind === "agent" || exec?.kind === "team") && exec.needsEnvironment === true) found.add(exec.name);
    },
    part: nothing,
    leavePart: nothing,
    leave: nothing,
  });
  return [...found];
}
