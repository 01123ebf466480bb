/** A growing column of numbers, in segments: growth copies nothing. */

/** Entries per segment. */
const SEGMENT_BITS = 16;
const LOW_BITS = (1 << SEGMENT_BITS) - 1;

export class Column {
  length = 0;
  private readonly segments: Uint32Array[] = [];

  push(value: number): void {
    this.set(this.length, value);
  }

  get(at: number): number {
    return (this.segments[at >>> SEGMENT_BITS] as Uint32Array)[at & LOW_BITS] as number;
  }

  /** Sets an entry; those that it leaves out behind the end are 0. */
  set(at: number, value: number): void {
    const segment = at >>> SEGMENT_BITS;
    while (segment >= this.segments.length) this.segments.push(new Uint32Array(LOW_BITS + 1));
    (this.segments[segment] as Uint32Array)[at & LOW_BITS] = value;
    if (at >= this.length) this.length = at + 1;
  }
}
