/** By which move of its parent each state was reached: a byte a state, and a table for the few of a higher number. */

const SEGMENT_BITS = 18;
const SEGMENT_STATES = 1 << SEGMENT_BITS;
const IN_SEGMENT = SEGMENT_STATES - 1;
/** Stands for all from it on. */
const HIGH = 0xff;

export class MoveNumbers {
  private readonly segments: Uint8Array[] = [];
  private readonly high = new Map<number, number>();

  readonly bytesPerState = 1;

  put(id: number, move: number): void {
    const index = id >>> SEGMENT_BITS;
    while (this.segments.length <= index) this.segments.push(new Uint8Array(SEGMENT_STATES));
    (this.segments[index] as Uint8Array)[id & IN_SEGMENT] = Math.min(move, HIGH);
    if (move >= HIGH) this.high.set(id, move);
  }

  get(id: number): number {
    const low = (this.segments[id >>> SEGMENT_BITS] as Uint8Array)[id & IN_SEGMENT] as number;
    return low === HIGH ? (this.high.get(id) as number) : low;
  }
}
