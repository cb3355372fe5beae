/** For classes whose private marks are put on an object that is there already. */
export class Given {
  constructor(given: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the fields of what extends this are put on what a constructor returns.
    return given;
  }
}
