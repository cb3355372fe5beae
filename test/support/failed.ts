import { VirtualClock } from "./virtual-clock.ts";

/** The failure of a workflow that is not built yet, run on a clock that jumps from timer to timer. */
export async function failed(chain: any, { input = "in", ...options }: any = {}): Promise<any> {
  const clock = new VirtualClock();
  return (await clock.until<any>(chain.build().run(input, { clock, ...options })))._unsafeUnwrapErr();
}
