import { workflow } from "heddle";

/**
 * The builder without its types, for mistakes that the compiler would refuse: what reaches it from JavaScript, or through
 * `as never`.
 */
export function loose(name: unknown = "w"): any {
  return (workflow as (name: unknown) => unknown)(name);
}

/** What a call threw; fails where it threw nothing. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (thrown) {
    return thrown;
  }
  throw new Error("Expected the call to throw");
}
