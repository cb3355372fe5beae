const selecting: ReadonlySet<string> = new Set(["branch", "route", "routeAll", "routeBy"]);

/** Which arms the branches and routes under way have taken, told by the steps that start inside them. */
export class TakenArms {
  readonly #open = new Map<string, Set<string>>();

  started({ path, kind }: { readonly path: string; readonly kind: string }): void {
    if (this.#open.size > 0) this.#note(path);
    if (selecting.has(kind)) this.#open.set(path, new Set());
  }

  /** The arms of a branch or route that has ended; undefined for any other step. */
  ended(path: string): readonly string[] | undefined {
    const taken = this.#open.get(path);
    this.#open.delete(path);
    return taken === undefined ? undefined : [...taken];
  }

  #note(path: string): void {
    for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
      const arm = /^[^/#[~]+/.exec(path.slice(slash + 1));
      if (arm !== null) this.#open.get(path.slice(0, slash))?.add(arm[0]);
    }
  }
}
