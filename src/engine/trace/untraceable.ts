/** Something in a step that a program cannot hold; the message says what and, where there is one, the remedy. */
export class Untraceable extends Error {
  constructor(
    readonly operation: string,
    message: string,
  ) {
    super(message);
    this.name = 'Untraceable';
  }
}
