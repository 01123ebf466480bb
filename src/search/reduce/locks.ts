/** Who holds which lock in a packed state, and which looks at a lock only ask whether the CPU itself does. */
import type { CompiledMachine } from '../../machine/machine.ts';
import type { Packing } from '../../machine/packing.ts';
import { addByte, emptyMask, type Mask } from './masks.ts';

/** Locks told apart, a bit each; a further one keeps nobody out. */
const MOST_LOCKS = 30;

interface LockCell {
  readonly offset: number;
  readonly width: number;
  readonly bias: number;
  /** Its bits in a packed state. */
  readonly mask: Mask;
}

export class Locks {
  readonly cells: readonly LockCell[];
  /** Bits of all locks. */
  readonly mask: Mask;
  private readonly packing: Packing;
  private readonly byOffset = new Map<number, number>();

  constructor(compiled: CompiledMachine, packing: Packing) {
    const { layout } = compiled;
    this.packing = packing;
    this.mask = emptyMask(packing);
    this.cells = layout.locks.slice(0, MOST_LOCKS).map(({ cell }, lock) => {
      const { offset, width, bias } = layout.cells[cell] as (typeof layout.cells)[number];
      const mask = emptyMask(packing);
      for (let byte = 0; byte < width; byte += 1) {
        addByte(mask, packing, offset + byte, 0xff);
        addByte(this.mask, packing, offset + byte, 0xff);
        this.byOffset.set(offset + byte, lock);
      }
      return { offset, width, bias, mask };
    });
  }

  /** The lock that a byte belongs to, or -1. */
  at(offset: number): number {
    return this.byOffset.get(offset) ?? -1;
  }

  /** Whether a look asks no more than whether a CPU holds the lock: what others do to it cannot change that. */
  isOwn(cpu: number, offset: number, low: number, high: number): boolean {
    const lock = this.byOffset.get(offset);
    if (lock === undefined) return false;
    const { bias, width } = this.cells[lock] as LockCell;
    const first = cpu * 3 + bias + 1;
    return width === 1 && low === first && high === first + 2;
  }

  /** A bit per lock that each CPU holds, by CPU. */
  held(words: Uint32Array, from: number, into: Int32Array): void {
    into.fill(0);
    for (const [lock, { offset, width, bias }] of this.cells.entries()) {
      const cpu = this.ownerOf(bias, (at) => this.byteOf(words, from, offset + at), width);
      if (cpu !== -1) into[cpu] = (into[cpu] as number) | (1 << lock);
    }
  }

  /** The CPU that holds a lock in a whole state, or -1. */
  owner(lock: number, bytes: Uint8Array): number {
    const { offset, width, bias } = this.cells[lock] as LockCell;
    return this.ownerOf(bias, (at) => bytes[offset + at] as number, width);
  }

  private ownerOf(bias: number, byte: (at: number) => number, width: number): number {
    let code = 0;
    for (let at = width - 1; at >= 0; at -= 1) code = code * 256 + byte(at);
    return code > bias ? Math.floor((code - bias - 1) / 3) : -1;
  }

  private byteOf(words: Uint32Array, from: number, offset: number): number {
    const word = words[from + (this.packing.word[offset] as number)] as number;
    return (
      (word >>> (this.packing.shift[offset] as number)) & (this.packing.mask[offset] as number)
    );
  }
}
