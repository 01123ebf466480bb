/**
 * The choices inside one move, enumerated like an odometer: run the move, advance, run it again
 * from the same state.
 */

/** Choices one move can make in a row; a move with more is a loop that never makes a step. */
const MAX_DEPTH = 256;

export class Choices {
  /** Which variant is running: counts all that were tried, enabled or not. */
  ordinal = 0;
  /** Something else than a step is running: its choices are not explored. */
  aside = false;
  private readonly taken = new Int32Array(MAX_DEPTH);
  private readonly limits = new Int32Array(MAX_DEPTH);
  private depth = 0;
  private position = 0;

  begin(): void {
    this.depth = 0;
    this.ordinal = 0;
  }

  /** Back to the first choice of the variant that runs next. */
  rewind(): void {
    this.position = 0;
  }

  choose(n: number): number {
    if (this.aside) return 0;
    const at = this.position;
    this.position += 1;
    if (at < this.depth) return this.taken[at] as number;
    if (at === MAX_DEPTH) throw new RangeError(`a step makes more than ${MAX_DEPTH} choices`);
    this.taken[at] = 0;
    this.limits[at] = n;
    this.depth += 1;
    return 0;
  }

  /** Turns to the next variant; false after the last. */
  advance(): boolean {
    this.ordinal += 1;
    while (this.depth > 0) {
      const last = this.depth - 1;
      const next = (this.taken[last] as number) + 1;
      if (next < (this.limits[last] as number)) {
        this.taken[last] = next;
        return true;
      }
      this.depth = last;
    }
    return false;
  }
}
