/** Short rows of words, each stored once and known by its number. Several threads put rows in at once; one of them makes room. */
import { hashOf } from '../hash.ts';
import { int32s, isAt, type Memory, type Piece, uint32s } from '../memory.ts';
import { ROW_SEGMENT_BITS } from '../shapes.ts';

/** Rows per segment; memory is taken only where a row has been stored. */
const IN_SEGMENT = (1 << ROW_SEGMENT_BITS) - 1;
const FIRST_SLOTS = 1 << 8;
/** The slots double when this share of them is taken. */
const FULL = 0.75;
/** Numbers that threads may hold ready without a row. */
const SPARE = 256;

export class Component {
  /** 32-bit words of one row. */
  readonly width: number;
  /** Words kept for each row: one more where its part of the hash of a state is among them, which says nothing of its own. */
  readonly kept: number;
  /** Rows, in segments that never move. */
  readonly segments: Uint32Array[] = [];
  private readonly name: string;
  private readonly memory: Memory;
  /** Per slot 0, or the number of a row + 1 in the low bits, and above it what the slot does not say of its hash. */
  slots: Int32Array = new Int32Array(0);
  /** Numbers given out, seen by all threads. */
  readonly given: Int32Array;
  /** A number this thread was given and could not use; -1 for none. */
  private spare = -1;

  constructor(name: string, width: number, keepsSum: boolean, memory: Memory) {
    this.name = name;
    this.width = width;
    this.kept = keepsSum ? width + 1 : width;
    this.memory = memory;
    const given = memory.get(`${name} given`, 0);
    this.given = int32s(given ?? memory.take(`${name} given`, 0, 4));
    if (given === undefined) memory.take(`${name} slots`, 0, FIRST_SLOTS * 4);
    this.adopt();
  }

  get count(): number {
    return this.given[0] as number;
  }

  /** Bytes of the rows and of what finds them, were that as large as it must be; what is allocated ahead is not counted. */
  get bytes(): number {
    let slots = FIRST_SLOTS;
    while (this.count > slots * FULL) slots *= 2;
    return this.count * this.kept * 4 + slots * 4;
  }

  /** Turns to memory that was taken by another thread. */
  adopt(): void {
    const slots = this.memory.get(`${this.name} slots`, 0) as Piece;
    if (!isAt(this.slots, slots)) this.slots = int32s(slots);
    for (let index = this.segments.length; ; index += 1) {
      const rows = this.memory.get(`${this.name} rows`, index);
      if (rows === undefined) return;
      this.segments.push(uint32s(rows));
    }
  }

  /** Makes room for so many rows more. Only the thread that leads does, while no other puts any in. */
  reserve(more: number): void {
    const most = this.count + more + SPARE;
    while (this.segments.length << ROW_SEGMENT_BITS < most) {
      const index = this.segments.length;
      const rows = this.memory.take(
        `${this.name} rows`,
        index,
        (this.kept * 4) << ROW_SEGMENT_BITS,
      );
      this.segments.push(uint32s(rows));
    }
    let length = this.slots.length;
    while (most > length * FULL) length *= 2;
    if (length > this.slots.length) this.widen(length);
  }

  /** The number of a row, which is stored where it is new. */
  put(row: Uint32Array): number {
    const { width } = this;
    const hash = hashOf(row, 0, width);
    const known = this.slots.length - 1;
    for (let slot = hash & known; ; slot = (slot + 1) & known) {
      let entry = this.slots[slot] as number;
      if (entry === 0) {
        const number = this.store(row);
        entry = Atomics.compareExchange(this.slots, slot, 0, (hash & ~known) | (number + 1));
        if (entry === 0) return number;
        this.spare = number;
      }
      if (((entry ^ hash) & ~known) !== 0) continue;
      const number = (entry & known) - 1;
      if (this.equals(number, row)) return number;
    }
  }

  private store(row: Uint32Array): number {
    const number = this.spare === -1 ? Atomics.add(this.given, 0, 1) : this.spare;
    this.spare = -1;
    const segment = this.segments[number >>> ROW_SEGMENT_BITS] as Uint32Array;
    const to = this.placeOf(number);
    for (let word = 0; word < this.kept; word += 1) segment[to + word] = row[word] as number;
    return number;
  }

  private equals(number: number, row: Uint32Array): boolean {
    const segment = this.segments[number >>> ROW_SEGMENT_BITS] as Uint32Array;
    const at = this.placeOf(number);
    for (let word = 0; word < this.width; word += 1)
      if (segment[at + word] !== row[word]) return false;
    return true;
  }

  /** The segment that holds a row. */
  segmentOf(number: number): Uint32Array {
    return this.segments[number >>> ROW_SEGMENT_BITS] as Uint32Array;
  }

  /** What was kept with a row. */
  sumOf(number: number): number {
    return this.segmentOf(number)[this.placeOf(number) + this.width] as number;
  }

  /** Where a row begins in its segment. */
  placeOf(number: number): number {
    return (number & IN_SEGMENT) * this.kept;
  }

  private widen(length: number): void {
    const old = this.slots;
    const before = old.length - 1;
    const slots = int32s(this.memory.take(`${this.name} slots`, 0, length * 4));
    const known = length - 1;
    for (const entry of old) {
      if (entry === 0) continue;
      const number = (entry & before) - 1;
      const hash = hashOf(this.segmentOf(number), this.placeOf(number), this.width);
      let slot = hash & known;
      while (slots[slot] !== 0) slot = (slot + 1) & known;
      slots[slot] = (hash & ~known) | (number + 1);
    }
    this.slots = slots;
  }
}
