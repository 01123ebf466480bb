/** The choices inside one move, enumerated like an odometer: run the move, advance, run it again from the same state. */
export class Choices {
  /** Which variant is running: counts all that were tried, enabled or not. */
  ordinal = 0;
  /** Something else than a step is running: its choices are not explored. */
  aside = false;
  private readonly taken: number[] = [];
  private readonly limits: number[] = [];
  private position = 0;

  begin(): void {
    this.taken.length = 0;
    this.limits.length = 0;
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
    if (at < this.taken.length) return this.taken[at] as number;
    this.taken.push(0);
    this.limits.push(n);
    return 0;
  }

  /** Turns to the next variant; false after the last. */
  advance(): boolean {
    this.ordinal += 1;
    while (this.taken.length > 0) {
      const last = this.taken.length - 1;
      if ((this.taken[last] as number) + 1 < (this.limits[last] as number)) {
        this.taken[last] = (this.taken[last] as number) + 1;
        return true;
      }
      this.taken.pop();
      this.limits.pop();
    }
    return false;
  }
}
