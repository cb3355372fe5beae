import { Given } from "./given.ts";

/**
 * Marks a record of named outputs, which an agent is shown in sections. By a private field of the record itself: no plain
 * object can pass for one, and a `WeakSet` of them would take 90 ns each, and more when garbage is collected.
 */
export class Sectioned extends Given {
  readonly #sectioned = true;

  static is(value: unknown): boolean {
    return typeof value === "object" && value !== null && #sectioned in value;
  }
}
