/**
 * Memory that the inner loop can reach (WebAssembly, shared by threads), handed out in pieces; what is let go is handed out again. Each
 * thread has an arena of its own over the same memory, which hands out what that thread made it grow by.
 */
import { type LinearMemory, Memory } from './inner/webassembly.ts';

/** 64 KiB, in which such memory grows. */
const PAGE = 2 ** 16;
/** Pages there are at first, and may be: 4 GiB, what 32 bits of address reach. Those that nobody touches cost nothing. */
const FIRST_PAGES = 2 ** 10;
const MOST_PAGES = 2 ** 16;
/** Growing waits for all threads, some milliseconds each time: pages at least, or this share of what there is. */
const FEWEST_PAGES = 2 ** 10;
const SHARE = 1 / 8;
/** Pieces begin at lines of the cache. */
const LINE = 64;

interface Extent {
  at: number;
  bytes: number;
}

export class Arena {
  readonly memory: LinearMemory;
  /** Bytes that were let go and wait for use. */
  idle = 0;
  /** Nobody has had what lies from here on, before `end`. */
  private next = LINE;
  private end = FIRST_PAGES * PAGE;
  /** What was let go, by address; no two of them touch. */
  private readonly free: Extent[] = [];

  /** Over the memory of another thread where that is given. */
  constructor(memory?: LinearMemory) {
    this.memory = memory ?? newMemory();
    if (memory !== undefined) this.next = this.end;
  }

  get buffer(): SharedArrayBuffer {
    return this.memory.buffer;
  }

  /** Zeroed memory: where it begins; undefined where there is none. */
  take(bytes: number): number | undefined {
    const size = sizeOf(bytes);
    const index = this.free.findIndex((extent) => extent.bytes >= size);
    if (index !== -1) return this.again(index, size);
    if (this.end - this.next < size && !this.grow(size)) return undefined;
    const at = this.next;
    this.next += size;
    return at;
  }

  /** Lets go what was taken: whoever looked at it must not any more. */
  give(at: number, bytes: number): void {
    const size = sizeOf(bytes);
    this.idle += size;
    let index = this.free.findIndex((extent) => extent.at > at);
    if (index === -1) index = this.free.length;
    const [before, after] = [this.free[index - 1], this.free[index]];
    const own = { at, bytes: size };
    if (after !== undefined && at + size === after.at) {
      own.bytes += after.bytes;
      this.free.splice(index, 1);
    }
    if (before !== undefined && before.at + before.bytes === at) before.bytes += own.bytes;
    else this.free.splice(index, 0, own);
  }

  private again(index: number, size: number): number {
    const extent = this.free[index] as Extent;
    const { at } = extent;
    extent.at += size;
    extent.bytes -= size;
    if (extent.bytes === 0) this.free.splice(index, 1);
    this.idle -= size;
    new Uint8Array(this.buffer, at, size).fill(0);
    return at;
  }

  private grow(size: number): boolean {
    const pages = Math.ceil(size / PAGE);
    const wanted = Math.max(pages, FEWEST_PAGES, Math.ceil((this.end / PAGE) * SHARE));
    for (const more of [wanted, pages]) {
      try {
        const at = this.memory.grow(more) * PAGE;
        if (at !== this.end) {
          if (this.end > this.next) this.give(this.next, this.end - this.next);
          this.next = at;
        }
        this.end = at + more * PAGE;
        return this.end - this.next >= size;
      } catch {
        // There is no more, or not so much at once.
      }
    }
    return false;
  }
}

/** What a piece of so many bytes takes. */
function sizeOf(bytes: number): number {
  return Math.max(LINE, Math.ceil(bytes / LINE) * LINE);
}

function newMemory(): LinearMemory {
  return new Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES, shared: true });
}

/** An arena of its own, where this system has room for one. */
export function newArena(): Arena | undefined {
  try {
    return new Arena();
  } catch {
    return undefined;
  }
}
