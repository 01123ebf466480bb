/** Which of two moves have met in one state, by numbers that say what each touches. */
import { type Heap, ORDINARY } from './heap.ts';

const FIRST_ROOM = 1 << 5;
/** Numbers from here on are looked up in a set: a matrix of all would not fit. */
const MOST_ROOM = 1 << 11;

export class Meetings {
  /** A byte for each two numbers below `room`, whichever comes first. */
  met: Uint8Array = ORDINARY.uint8s(FIRST_ROOM * FIRST_ROOM);
  room = FIRST_ROOM;
  private readonly others = new Set<number>();
  private heap = ORDINARY;

  moveTo(heap: Heap): void {
    this.heap = heap;
    this.met = heap.larger(this.met, this.met.length);
  }

  has(one: number, other: number): boolean {
    if (one < this.room && other < this.room) return this.met[one * this.room + other] === 1;
    return this.others.has(keyOf(one, other));
  }

  note(one: number, other: number): void {
    const most = Math.max(one, other);
    while (most >= this.room && this.room < MOST_ROOM) this.grow();
    if (most >= this.room) this.others.add(keyOf(one, other));
    else {
      this.met[one * this.room + other] = 1;
      this.met[other * this.room + one] = 1;
    }
  }

  private grow(): void {
    const { met, room } = this;
    // Nothing is left of what lay in rows that were shorter.
    const rows = Array.from({ length: room }, (_, row) => met.slice(row * room, (row + 1) * room));
    this.room = room * 2;
    this.met = this.heap.larger(met, this.room * this.room);
    this.met.fill(0);
    for (const [row, values] of rows.entries()) this.met.set(values, row * this.room);
  }
}

function keyOf(one: number, other: number): number {
  return Math.max(one, other) * 2 ** 26 + Math.min(one, other);
}
