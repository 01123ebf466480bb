/** Packed states by number, of which only the first ones and those of the levels at hand are kept. */

const SEGMENT_BITS = 14;
const SEGMENT_STATES = 1 << SEGMENT_BITS;
const IN_SEGMENT = SEGMENT_STATES - 1;

/** States that are kept for good: as many as are executed a second time, and some more. */
export const KEPT_STATES = SEGMENT_STATES;

export class Window {
  /** The first state kept, but for the first ones of all. */
  first = 0;
  /** Bytes taken at most so far. */
  mostBytes = 0;
  private readonly width: number;
  private readonly segments: (Uint32Array | undefined)[] = [];
  /** Segments to be used again. */
  private readonly free: Uint32Array[] = [];
  private bytes = 0;

  constructor(width: number) {
    this.width = width;
  }

  put(id: number, words: Uint32Array, from: number): void {
    const index = id >>> SEGMENT_BITS;
    const segment = this.segments[index] ?? this.open(index);
    const to = (id & IN_SEGMENT) * this.width;
    for (let word = 0; word < this.width; word += 1)
      segment[to + word] = words[from + word] as number;
  }

  private open(index: number): Uint32Array {
    const segment = this.free.pop() ?? new Uint32Array(SEGMENT_STATES * this.width);
    this.segments[index] = segment;
    this.bytes += segment.byteLength;
    this.mostBytes = Math.max(this.mostBytes, this.bytes);
    return segment;
  }

  /** @throws Error for a state that is not kept. */
  load(id: number, into: Uint32Array, to: number): void {
    const segment = this.segments[id >>> SEGMENT_BITS];
    if (segment === undefined) throw new Error(`state ${id} is not kept`);
    const from = (id & IN_SEGMENT) * this.width;
    for (let word = 0; word < this.width; word += 1)
      into[to + word] = segment[from + word] as number;
  }

  /** States before this one are not asked for any more. */
  forget(before: number): void {
    for (let index = Math.max(1, this.first >>> SEGMENT_BITS); index < before >>> SEGMENT_BITS; ) {
      const segment = this.segments[index];
      this.segments[index] = undefined;
      if (segment !== undefined) {
        this.bytes -= segment.byteLength;
        this.free.push(segment);
      }
      index += 1;
    }
    this.first = Math.max(this.first, before);
  }
}
