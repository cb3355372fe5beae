/** First in, first out, in constant time however long it grows. */
export class Queue<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  push(item: T): void {
    this.#items.push(item);
  }

  get last(): T | undefined {
    return this.#items.length === this.#head ? undefined : this.#items.at(-1);
  }

  /** Puts `item` in the place of the last. */
  amend(item: T): void {
    this.#items[this.#items.length - 1] = item;
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head++] = undefined;
    // Also where it never runs empty, as with more loops than permits.
    if (this.#head >= shortest && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

/** How many places are freed before it is worth it, whatever they hold. */
const shortest = 64;
