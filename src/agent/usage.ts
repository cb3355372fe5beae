/** Usages are summed by the executor, for every step; agents sum those of their own calls in the same way. */
export { addUsage, noUsage } from "../execute/usage.ts";
