/**
 * What is known of each point of a CPU's programs: what executing it there has looked at and stored, and where it has led. Assumed to
 * be all there is, and verified: what a later execution adds makes the search start again (optimistic, after Stoller, "Model-checking
 * multi-threaded distributed Java programs", 2000, and Stoller and Cohen, "Optimistic synchronization-based state-space reduction", 2003).
 */
import type { CompiledMachine, Slot } from '../../machine/machine.ts';
import type { Packing } from '../../machine/packing.ts';
import { add, emptyMask, type Mask } from './masks.ts';

export interface Point {
  readonly reads: Mask;
  readonly writes: Mask;
  /** Counters it has led to; 0 for the end. */
  readonly next: Set<number>;
  /** Whether it is a kernel word that blocks until a lock is free, and nothing else. */
  readonly takesLock: boolean;
  /** Whether a context that stands here is at rest: it has ended, or stands between operations. */
  readonly isRest: boolean;
  /** Locks it has taken or waited for, a bit each. */
  locks: number;
}

export class Points {
  /** Something was added since the last `settle`. */
  grew = false;
  /** Bits that properties of states look at, and properties asked after a step. */
  readonly visible: Mask;
  readonly after: Mask;
  /** Locks that a CPU has stored to while another held them: they keep nobody out. */
  undisciplined = 0;
  /** By CPU and level, by counter; counter 0 is where a context starts. */
  private readonly points: readonly (readonly Point[])[][];

  constructor(compiled: CompiledMachine, packing: Packing) {
    this.visible = emptyMask(packing);
    this.after = emptyMask(packing);
    this.points = compiled.cpus.map(({ slots }) =>
      slots.map((slot) => (slot === undefined ? [] : pointsOf(slot, packing))),
    );
  }

  at(cpu: number, level: number, counter: number): Point {
    return this.points[cpu]?.[level]?.[counter] as Point;
  }

  /** Adds what an execution at a point has looked at and stored. */
  note(point: Point, reads: Mask, writes: Mask, locks: number): void {
    if (add(point.reads, reads)) {
      this.grew = true;
    }
    if (add(point.writes, writes)) {
      this.grew = true;
    }
    if ((point.locks | locks) === point.locks) return;
    point.locks |= locks;
    this.grew = true;
  }

  lead(point: Point, counter: number): void {
    if (point.next.has(counter)) return;
    point.next.add(counter);
    this.grew = true;
  }

  noteVisible(mask: Mask): void {
    if (add(this.visible, mask)) {
      this.grew = true;
    }
  }

  noteAfter(mask: Mask): void {
    if (add(this.after, mask)) {
      this.grew = true;
    }
  }

  distrust(locks: number): void {
    if ((this.undisciplined | locks) === this.undisciplined) return;
    this.undisciplined |= locks;
    this.grew = true;
  }
}

function pointsOf(slot: Slot, packing: Packing): Point[] {
  return slot.loadedAt.map((loaded, counter) => {
    const number = counter - (loaded?.base ?? 0);
    const at = loaded?.program.points[number] ?? -1;
    const instruction = loaded?.program.instructions[at];
    const node = instruction?.op === 'step' ? instruction.node : undefined;
    const isRest = counter === 0 || (instruction?.op === 'choose' && instruction.between);
    return {
      isRest,
      reads: emptyMask(packing),
      writes: emptyMask(packing),
      next: new Set<number>(),
      takesLock:
        node?.form === 'until' && node.core === true && node.uses?.includes('lock') === true,
      locks: 0,
    };
  });
}
