/**
 * What is known of each point of a CPU's programs: what executing it there has looked at and stored, and where it has led. Assumed to
 * be all there is, and verified: what a later execution adds makes the search start again (optimistic, after Stoller, "Model-checking
 * multi-threaded distributed Java programs", 2000, and Stoller and Cohen, "Optimistic synchronization-based state-space reduction", 2003).
 */
import type { CompiledMachine, Slot } from '../../machine/machine.ts';
import type { Packing } from '../../machine/packing.ts';
import { add, emptyMask, type Mask, meets } from '../masks.ts';
import type { Symmetry } from '../symmetry/symmetry.ts';
import { type Exchange, exchangesOf } from './exchange.ts';
import { Holdings } from './holdings.ts';
import type { Rules } from './rules.ts';

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

/** Properties told apart. */
const MOST_ROWS = 31;

/** Where a context stands. */
export interface Place {
  readonly cpu: number;
  readonly level: number;
  readonly counter: number;
}

export class Points {
  /** Something was added since the last `settle`. */
  grew = false;
  /** Bits that properties of states look at, together and by property; the last has all from `MOST_ROWS` on. */
  readonly visible: Mask;
  readonly visibleTo: readonly Mask[];
  /** Bits that properties asked after a step look at. */
  readonly after: Mask;
  /** Locks that a CPU has stored to while another held them: they keep nobody out. */
  undisciplined = 0;
  /** By CPU and level, by counter; counter 0 is where a context starts. */
  private readonly points: readonly (readonly Point[])[][];
  /** What is known of a CPU is known, as an image, of those it may be exchanged with. */
  private readonly exchanges: readonly Exchange[];

  /** Who holds which token. */
  readonly holdings: Holdings;

  constructor(
    compiled: CompiledMachine,
    packing: Packing,
    symmetry: Symmetry | undefined,
    rules: Rules,
  ) {
    this.holdings = new Holdings(compiled, packing, symmetry, rules);
    this.exchanges = symmetry === undefined ? [] : exchangesOf(symmetry, compiled, packing);
    this.visible = emptyMask(packing);
    this.visibleTo = Array.from({ length: MOST_ROWS }, () => emptyMask(packing));
    this.after = emptyMask(packing);
    this.points = compiled.cpus.map(({ slots }) =>
      slots.map((slot) => (slot === undefined ? [] : pointsOf(slot, packing))),
    );
  }

  at(cpu: number, level: number, counter: number): Point {
    return this.points[cpu]?.[level]?.[counter] as Point;
  }

  /** Adds what an execution at a point has looked at and stored, and the locks it has taken or waited for. */
  note(place: Place, reads: Mask, writes: Mask, locks: number): void {
    const point = this.at(place.cpu, place.level, place.counter);
    let isNew = add(point.reads, reads);
    if (add(point.writes, writes)) isNew = true;
    if ((point.locks | locks) !== point.locks) isNew = true;
    point.locks |= locks;
    if (!isNew) return;
    this.grew = true;
    for (const one of this.exchanges)
      this.note(one.place(place), one.mask(reads), one.mask(writes), one.locks(locks));
  }

  /** A context at `place` has gone on to a counter. */
  lead(place: Place, counter: number): void {
    const { next } = this.at(place.cpu, place.level, place.counter);
    if (next.has(counter)) return;
    next.add(counter);
    this.grew = true;
    for (const one of this.exchanges) this.lead(one.place(place), counter);
  }

  noteVisible(row: number, mask: Mask): void {
    this.spread(this.visible, mask);
    this.spread(this.visibleTo[Math.min(row, MOST_ROWS - 1)] as Mask, mask);
  }

  /** The properties that may see one of some bits, a bit each. */
  seenBy(mask: Mask): number {
    if (!meets(mask, this.visible)) return 0;
    let rows = 0;
    for (const [row, visible] of this.visibleTo.entries())
      if (meets(mask, visible)) rows |= 1 << row;
    return rows;
  }

  noteAfter(mask: Mask): void {
    this.spread(this.after, mask);
  }

  private spread(into: Mask, mask: Mask): void {
    if (!add(into, mask)) return;
    this.grew = true;
    for (const one of this.exchanges) this.spread(into, one.mask(mask));
  }

  distrust(locks: number): void {
    if ((this.undisciplined | locks) === this.undisciplined) return;
    this.undisciplined |= locks;
    this.grew = true;
    for (const one of this.exchanges) this.distrust(one.locks(locks));
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
