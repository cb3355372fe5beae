import { z } from "zod";
import { workflow } from "../../src/index.ts";

/** Three short steps, each told once it is done. */
export const quickPlan = (note: (what: string) => void, pause: (ms: number) => Promise<unknown>) => {
  const step = (name: string) => async (ctx: { readonly idempotencyKey: string; readonly attempt: number }) => {
    await pause(20);
    note(`${name} ${ctx.idempotencyKey} ${ctx.attempt}`);
    return name;
  };
  return workflow("quick").input(z.number()).then("a", step("a")).then("b", step("b")).then("c", step("c")).build();
};
