/** Who holds which lock in a packed state, and which looks at a lock only ask whether the CPU itself does. */
import type { Cell } from '../../machine/layout.ts';
import type { CompiledMachine } from '../../machine/machine.ts';
import { codeIn, type Packing } from '../../machine/packing.ts';
import { addCell, emptyMask, type Mask } from '../masks.ts';

/** Locks told apart, a bit each; a further one keeps nobody out. */
const MOST_LOCKS = 30;

export interface LockCell extends Pick<Cell, 'offset' | 'width' | 'bias'> {
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
      const { offset, width, bias } = layout.cells[cell] as Cell;
      const mask = emptyMask(packing);
      addCell(mask, packing, { offset, width });
      addCell(this.mask, packing, { offset, width });
      for (let byte = 0; byte < width; byte += 1) this.byOffset.set(offset + byte, lock);
      return { offset, width, bias, mask };
    });
  }

  /** The lock that a byte belongs to, or -1. */
  at(offset: number): number {
    return this.byOffset.get(offset) ?? -1;
  }

  /** The lock of which a look asks no more than whether a CPU holds it, which what others do to it cannot change; else -1. */
  askedAsOwn(cpu: number, offset: number, low: number, high: number): number {
    const lock = this.at(offset);
    if (lock === -1) return -1;
    const { bias, width } = this.cells[lock] as LockCell;
    const first = cpu * 3 + bias + 1;
    return width === 1 && low === first && high === first + 2 ? lock : -1;
  }

  /** A bit per lock that each CPU holds, by CPU. */
  held(words: Uint32Array, from: number, into: Int32Array): void {
    into.fill(0);
    for (let lock = 0; lock < this.cells.length; lock += 1) {
      const cell = this.cells[lock] as LockCell;
      const cpu = ownerOf(cell, this.packing.codeAt(words, from, cell));
      if (cpu !== -1) into[cpu] = (into[cpu] as number) | (1 << lock);
    }
  }

  /** The CPU that holds a lock in a whole state, or -1. */
  owner(lock: number, bytes: Uint8Array): number {
    const cell = this.cells[lock] as LockCell;
    return ownerOf(cell, codeIn(bytes, cell));
  }
}

function ownerOf({ bias }: LockCell, code: number): number {
  return code > bias ? Math.floor((code - bias - 1) / 3) : -1;
}
