/**
 * The states that the moves of some states lead to, packed, before they are looked up: so that memory is fetched for all at once.
 */
import { finished, mixed, sumOf } from './hash.ts';
import { type Heap, ORDINARY } from './heap.ts';

/** Room at first, in states led to and in states whose moves they are; doubles. */
const FIRST_ROOM = 64;

export class Batch {
  /** States led to. */
  count = 0;
  readonly width: number;
  /** Words of each, its hash, and by which deed it is reached. */
  words: Uint32Array;
  hashes: Int32Array;
  numbers: Int32Array;
  /** Whether the move leads back to where it began. */
  loops: Uint8Array;
  /** What the visited table holds where the search for each begins (`Visited.fetch`), or the state it is likely to be (the inner loop). */
  entries: Int32Array;
  /** States whose moves were added, and their words. */
  origins = 0;
  sources: Uint32Array;
  /** By origin and CPU: where the states that its moves lead to end, and those of the next begin. */
  endOf: Int32Array;
  readonly cpus: number;
  /** What the hash of the last origin is made of. */
  private sum = 0;

  private heap = ORDINARY;

  constructor(width: number, cpus: number) {
    this.width = width;
    this.cpus = cpus;
    this.words = new Uint32Array(width * FIRST_ROOM);
    this.hashes = new Int32Array(FIRST_ROOM);
    this.numbers = new Int32Array(FIRST_ROOM);
    this.loops = new Uint8Array(FIRST_ROOM);
    this.entries = new Int32Array(FIRST_ROOM);
    this.sources = new Uint32Array(width * FIRST_ROOM);
    this.endOf = new Int32Array(cpus * FIRST_ROOM);
  }

  /** Has it lie where the inner loop reaches it, with room for so many moves and origins. */
  moveTo(heap: Heap, room: number): void {
    this.heap = heap;
    do this.grow();
    while (this.hashes.length < room);
    do this.growOrigins();
    while (this.sources.length < room * this.width);
  }

  begin(): void {
    this.count = 0;
    this.origins = 0;
  }

  /** Makes room for a further origin; where its words are to be put. */
  open(): number {
    const from = this.origins * this.width;
    if (from === this.sources.length) this.growOrigins();
    this.origins += 1;
    return from;
  }

  /** To be called once the words of the last origin are there. */
  opened(): void {
    this.sum = sumOf(this.sources, (this.origins - 1) * this.width, this.width);
  }

  /** The moves of a CPU of the last origin are all there. */
  close(cpu: number): void {
    this.endOf[(this.origins - 1) * this.cpus + cpu] = this.count;
  }

  /** Adds an origin whose moves are not made. */
  skip(): void {
    this.open();
    for (let cpu = 0; cpu < this.cpus; cpu += 1) this.close(cpu);
  }

  /** Where the states that an origin leads to begin. */
  startOf(origin: number): number {
    return origin === 0 ? 0 : (this.endOf[origin * this.cpus - 1] as number);
  }

  /** The same for the moves of one CPU, and where they end. */
  startOfCpu(origin: number, cpu: number): number {
    const at = origin * this.cpus + cpu;
    return at === 0 ? 0 : (this.endOf[at - 1] as number);
  }

  endOfCpu(origin: number, cpu: number): number {
    return this.endOf[origin * this.cpus + cpu] as number;
  }

  /** Adds the last origin with the stores between `from` and `end` of `records` made. */
  add(records: Int32Array, from: number, end: number, number: number): void {
    const { width, count } = this;
    if (count === this.hashes.length) this.grow();
    const { words, sources } = this;
    const start = count * width;
    const source = (this.origins - 1) * width;
    for (let word = 0; word < width; word += 1)
      words[start + word] = sources[source + word] as number;
    let { sum } = this;
    let changed = 0;
    for (let store = from; store < end; store += 3) {
      const word = records[store] as number;
      const at = start + word;
      const old = words[at] as number;
      const stored = (old & (records[store + 1] as number)) | (records[store + 2] as number);
      words[at] = stored;
      changed |= old ^ stored;
      sum = (sum + mixed(word, stored) - mixed(word, old)) | 0;
    }
    this.hashes[count] = finished(sum);
    this.numbers[count] = number;
    this.loops[count] = changed === 0 ? 1 : 0;
    this.count = count + 1;
  }

  private grow(): void {
    this.words = this.doubled(this.words);
    this.hashes = this.doubled(this.hashes);
    this.numbers = this.doubled(this.numbers);
    this.loops = this.doubled(this.loops);
    this.entries = this.doubled(this.entries);
  }

  private growOrigins(): void {
    this.sources = this.doubled(this.sources);
    this.endOf = this.doubled(this.endOf);
  }

  private doubled<T extends Uint8Array | Int32Array | Uint32Array>(old: T): T {
    return this.heap.larger(old, old.length * 2);
  }
}
