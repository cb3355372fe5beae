/** First in, first out, in constant time however long it grows. Mostly it holds one item, and then it is no more than that. */
export class Queue<T> {
  #first: T | undefined;
  /** What waits behind the first, from `#head` on. */
  #rest: (T | undefined)[] | undefined;
  #head = 0;

  get idle(): boolean {
    return this.#first === undefined;
  }

  get last(): T | undefined {
    return this.#rest === undefined ? this.#first : this.#rest.at(-1);
  }

  push(item: T): void {
    if (this.#first === undefined) this.#first = item;
    else if (this.#rest === undefined) this.#rest = [item];
    else this.#rest.push(item);
  }

  /** Puts `item` in the place of the last. */
  amend(item: T): void {
    if (this.#rest === undefined) this.#first = item;
    else this.#rest[this.#rest.length - 1] = item;
  }

  shift(): T | undefined {
    const item = this.#first;
    if (this.#rest === undefined) this.#first = undefined;
    else this.#advance(this.#rest);
    return item;
  }

  #advance(rest: (T | undefined)[]): void {
    this.#first = rest[this.#head];
    rest[this.#head++] = undefined;
    if (this.#head === rest.length) {
      this.#rest = undefined;
      this.#head = 0;
    }
    // Also where it never runs empty, as with more loops than permits.
    else if (this.#head >= shortest && this.#head * 2 >= rest.length) {
      this.#rest = rest.slice(this.#head);
      this.#head = 0;
    }
  }
}

/** How many places are freed before it is worth it, whatever they hold. */
const shortest = 64;
