/**
 * Arrays of one thread that grow: in an arena, where the inner loop reaches them, or in the heap of JavaScript, where there is none or
 * it is full.
 */
import type { Arena } from './arena.ts';

type Numbers = Uint8Array | Int32Array | Uint32Array;
type Kind<T> = new (buffer: SharedArrayBuffer | number, at?: number, length?: number) => T;

export class Heap {
  /** Whether something had no room in the arena. */
  hasSpilled = false;
  private readonly arena: Arena | undefined;

  constructor(arena?: Arena) {
    this.arena = arena;
  }

  /** Zeroed. */
  int32s(length: number): Int32Array {
    return this.take(Int32Array as Kind<Int32Array>, length);
  }

  uint8s(length: number): Uint8Array {
    return this.take(Uint8Array as Kind<Uint8Array>, length);
  }

  /** The same numbers with room for more after them; whoever looked at the old ones must not any more. */
  larger<T extends Numbers>(old: T, length: number): T {
    const larger = this.take(old.constructor as Kind<T>, length);
    larger.set(old);
    // Here only what is in the arena is shared.
    if (old.buffer instanceof SharedArrayBuffer) this.arena?.give(old.byteOffset, old.byteLength);
    return larger;
  }

  private take<T extends Numbers>(kind: Kind<T>, length: number): T {
    const { arena } = this;
    const at = arena?.take(length * kind.prototype.BYTES_PER_ELEMENT);
    if (arena !== undefined && at !== undefined) return new kind(arena.buffer, at, length);
    this.hasSpilled ||= arena !== undefined;
    return new kind(length);
  }
}

/** The heap of JavaScript. */
export const ORDINARY = new Heap();
