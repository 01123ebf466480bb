/**
 * Which state has led to each, by number. In breadth-first order parents never get smaller, so that a byte of each is enough: with
 * every 256th parent there is noted which state was the first to have it or a later one. In any other order they are kept whole.
 */
import { int32s, type Memory, SharedMemory, uint8s } from './memory.ts';
import { LOW_BITS, NAMES, PAGE_BITS, SEGMENT_BITS } from './shapes.ts';

/** States per segment, and notes per page. */
const SEGMENT_STATES = 1 << SEGMENT_BITS;
const IN_SEGMENT = SEGMENT_STATES - 1;
const IN_PAGE = (1 << PAGE_BITS) - 1;
/** Parents that differ only in the bits beside their states. */
const LOW_PARENTS = 1 << LOW_BITS;

export class Parents {
  private readonly memory: Memory;
  /** In segments. */
  readonly lows: Uint8Array[] = [];
  /** By the rest of a parent: the first state that has it, plus 1; 0 for none. */
  readonly firsts: Int32Array[] = [];
  /** Whole parents, where they do not come in order. */
  private whole: Int32Array[] | undefined;
  /** What this thread has put last, counted from the first name, and all of it but its low bits. */
  private last = -1;
  private high = -1;
  /** What `get` has found last, and the states from and before which it is that. */
  private found = 0;
  private foundFrom = 0;
  private foundBefore = 0;

  constructor(memory: Memory = new SharedMemory()) {
    this.memory = memory;
  }

  /** Whether they come in order so far. */
  get areInOrder(): boolean {
    return this.whole === undefined;
  }

  get bytesPerState(): number {
    return this.whole === undefined ? 1 + 4 / LOW_PARENTS : 4;
  }

  /** Makes room for so many states in all. Only the thread that leads does. */
  reserve(count: number): void {
    const { whole } = this;
    if (whole !== undefined) {
      while (whole.length * SEGMENT_STATES < count) whole.push(new Int32Array(SEGMENT_STATES));
      return;
    }
    while (this.lows.length * SEGMENT_STATES < count) {
      this.memory.take('parents', this.lows.length, SEGMENT_STATES);
      const highs = (this.lows.length + 1) * (SEGMENT_STATES >>> LOW_BITS) + (NAMES >>> LOW_BITS);
      for (let page = this.firsts.length; page << PAGE_BITS < highs; page += 1)
        this.memory.take('first children', page, 4 << PAGE_BITS);
      this.adopt();
    }
  }

  /** Turns to memory that was taken by another thread. */
  adopt(): void {
    for (let page = this.firsts.length; ; page += 1) {
      const firsts = this.memory.get('first children', page);
      if (firsts === undefined) break;
      this.firsts.push(int32s(firsts));
    }
    for (let index = this.lows.length; ; index += 1) {
      const lows = this.memory.get('parents', index);
      if (lows === undefined) return;
      this.lows.push(uint8s(lows));
    }
  }

  /** In any order, while no other thread puts any in. */
  put(id: number, parent: number): void {
    if (this.whole === undefined && !this.putInOrder(id, parent)) this.spread(id);
    if (this.whole !== undefined)
      (this.whole[id >>> SEGMENT_BITS] as Int32Array)[id & IN_SEGMENT] = parent;
  }

  /**
   * As several threads do at once, each with states and parents in order; false, with nothing done, where a parent is smaller than the
   * one before, or no smaller than its state.
   */
  putInOrder(id: number, parent: number): boolean {
    const place = parent < 0 ? -1 - parent : parent + NAMES;
    if (place < this.last || parent >= id || parent < -NAMES) return false;
    this.last = place;
    if (place >>> LOW_BITS !== this.high) this.begin(place >>> LOW_BITS, id);
    (this.lows[id >>> SEGMENT_BITS] as Uint8Array)[id & IN_SEGMENT] = place;
    return true;
  }

  /** Notes the first state, of whatever thread. */
  private begin(high: number, id: number): void {
    this.high = high;
    const page = this.firsts[high >>> PAGE_BITS] as Int32Array;
    const at = high & IN_PAGE;
    for (let old = Atomics.load(page, at); old === 0 || id + 1 < old; ) {
      const seen = Atomics.compareExchange(page, at, old, id + 1);
      if (seen === old) return;
      old = seen;
    }
  }

  get(id: number): number {
    if (this.whole !== undefined)
      return (this.whole[id >>> SEGMENT_BITS] as Int32Array)[id & IN_SEGMENT] as number;
    if (id < this.foundFrom || id >= this.foundBefore) this.find(id);
    const low = (this.lows[id >>> SEGMENT_BITS] as Uint8Array)[id & IN_SEGMENT] as number;
    const place = this.found * LOW_PARENTS + low;
    return place < NAMES ? -1 - place : place - NAMES;
  }

  /** Finds the last of what is noted that begins at a state or before it. */
  private find(id: number): void {
    let low = 0;
    // A parent is smaller than its state.
    const most = (id + NAMES) >>> LOW_BITS;
    for (let high = most; low < high; ) {
      const middle = Math.ceil((low + high) / 2);
      const next = this.nextNoted(middle, high);
      if (next !== -1 && this.firstOf(next) <= id) low = next;
      else high = middle - 1;
    }
    const after = this.nextNoted(low + 1, most + 1);
    this.found = low;
    this.foundFrom = this.firstOf(low);
    // Where nothing is noted yet behind it, something may be soon.
    this.foundBefore = after === -1 ? id + 1 : this.firstOf(after);
  }

  private firstOf(high: number): number {
    return ((this.firsts[high >>> PAGE_BITS] as Int32Array)[high & IN_PAGE] as number) - 1;
  }

  /** The first of what is noted from one on, up to another; or -1. */
  private nextNoted(from: number, to: number): number {
    const last = Math.min(to, (this.firsts.length << PAGE_BITS) - 1);
    for (let high = from; high <= last; high += 1) if (this.firstOf(high) !== -1) return high;
    return -1;
  }

  /** Turns to whole parents; there are some of the states before one. */
  private spread(count: number): void {
    const whole = this.lows.map(() => new Int32Array(SEGMENT_STATES));
    for (let id = 0; id < count; id += 1)
      (whole[id >>> SEGMENT_BITS] as Int32Array)[id & IN_SEGMENT] = this.get(id);
    for (const index of this.lows.keys()) this.memory.drop('parents', index);
    this.lows.length = 0;
    this.whole = whole;
  }
}
