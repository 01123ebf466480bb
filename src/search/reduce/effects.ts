/**
 * What all moves of a CPU look at and store in a state, executed once more for each record of them (`search/learned.ts`), and noted
 * at the points they belong to.
 */
import { ACCESS_MASK, ACCESS_SHIFT, accesses, WRITE } from '../../design/processor.ts';
import type { Attempt } from '../../machine/engine.ts';
import { lookAt } from '../../machine/footprint.ts';
import type { StepInstruction } from '../../machine/instructions.ts';
import type { Cell } from '../../machine/layout.ts';
import type { CompiledCpu, Loaded, Slot } from '../../machine/machine.ts';
import { mayStart } from '../../machine/moves.ts';
import type { PackedEngine } from '../../machine/packed.ts';
import { codeIn, type Packing } from '../../machine/packing.ts';
import { add, addByte, addCell, addLooks, addRest, emptyMask, type Mask, meets } from '../masks.ts';
import type { Beside } from '../symmetry/differences.ts';
import type { Locks } from './locks.ts';
import type { Points } from './points.ts';
import type { Rules } from './rules.ts';

/** Steps that are not enabled in every state. */
const WAITING: ReadonlySet<StepInstruction['node']['form']> = new Set([
  'until',
  'spin_until',
  'pick',
]);

export interface Footprints {
  /** What decides on a move, and on what it finds. */
  readonly reads: Mask;
  readonly writes: Mask;
  /** The properties that may see what is stored, a bit each. */
  readonly seenBy: number;
}

/** Of all moves of a CPU together; also what decides that there are no others. */
export interface Effect extends Footprints {
  /** Of each that does not end its path, in their order. */
  readonly moves: readonly Footprints[];
  /** What those look at that lead nowhere, or end their path. */
  readonly idle: Mask;
  /** Bits of words with tokens that are stored to without a look at what they held; undefined for none. */
  readonly blind: Mask | undefined;
  /** Whether some step there may wait for another CPU, or race with it: that shows only where both stand before their steps. */
  readonly mayMeet: boolean;
}

export class Effects {
  private readonly engine: PackedEngine;
  private readonly packing: Packing;
  private readonly points: Points;
  private readonly locks: Locks;
  private readonly rules: Rules;
  /** Whether properties are asked after a step. */
  private readonly isAsked: (step: StepInstruction | undefined) => boolean;
  /** Whether coming to rest can be seen. */
  private readonly watchesRest: boolean;
  private readonly watchesRaces: boolean;
  /** Bits of all words with tokens. */
  private readonly tokens: Mask;
  private readonly whole: Uint8Array;
  private reads: Mask;
  private writes: Mask;
  private moves: Footprints[] = [];
  private idle: Mask;
  private blind: Mask | undefined;
  private mayMeet = false;
  private beside: Beside = [];

  constructor(
    engine: PackedEngine,
    packing: Packing,
    points: Points,
    locks: Locks,
    rules: Rules,
    isAsked: (step: StepInstruction | undefined) => boolean,
    watches: { readonly rest: boolean; readonly races: boolean },
  ) {
    this.engine = engine;
    this.packing = packing;
    this.points = points;
    this.locks = locks;
    this.rules = rules;
    this.isAsked = isAsked;
    this.watchesRest = watches.rest;
    this.watchesRaces = watches.races;
    this.whole = new Uint8Array(engine.memory.bytes.length);
    this.tokens = points.holdings.tokens.mask;
    this.reads = emptyMask(packing);
    this.writes = emptyMask(packing);
    this.idle = emptyMask(packing);
  }

  /** Of a CPU in the state in the engine's memory, which is the same afterwards; with what images of its moves touch beside. */
  of(cpu: CompiledCpu, beside: Beside = []): Effect {
    const { engine } = this;
    this.beside = beside;
    const { memory } = engine;
    this.whole.set(memory.bytes);
    this.reads = emptyMask(this.packing);
    this.writes = emptyMask(this.packing);
    this.idle = emptyMask(this.packing);
    this.blind = undefined;
    this.moves = [];
    this.mayMeet = this.watchesRaces;
    engine.heap.uncounted(() => this.tryAll(cpu));
    memory.footprint.begin();
    memory.footprint.end();
    const { reads, writes, moves, idle, blind, mayMeet } = this;
    return { reads, writes, seenBy: this.points.seenBy(writes), moves, idle, blind, mayMeet };
  }

  private tryAll(cpu: CompiledCpu): void {
    const { engine } = this;
    const { footprint } = engine.memory;
    footprint.begin();
    const active = engine.contexts.activeSlot(cpu);
    add(this.idle, this.look(cpu.index));
    if (active !== undefined) this.variants(active, false, this.none);
    for (const slot of cpu.slots) {
      if (slot === undefined || (slot.level > 0 && !this.rules.callbacks)) continue;
      footprint.begin();
      const starts = mayStart(engine, cpu, slot.level, active);
      const reads = this.look(cpu.index);
      add(this.idle, reads);
      // A task that has ended never starts again.
      if (slot.level > 0 || cpu.kind === 'kworker')
        this.points.note({ cpu: cpu.index, level: slot.level, counter: 0 }, reads, this.none, 0);
      if (starts) this.variants(slot, true, reads);
    }
  }

  /** Adds what was looked at since `begin`, and returns it. */
  private look(cpu: number): Mask {
    const reads = emptyMask(this.packing);
    const { locks } = this;
    addLooks(reads, this.packing, this.engine.memory.footprint.looks, (offset, low, high) => {
      const lock = locks.askedAsOwn(cpu, offset, low, high);
      return lock !== -1 && (this.points.undisciplined & (1 << lock)) === 0;
    });
    add(this.reads, reads);
    return reads;
  }

  /** `reads` decide on whether there are any. */
  private variants(slot: Slot, entering: boolean, reads: Mask): void {
    const { engine } = this;
    const { memory } = engine;
    engine.choices.begin();
    do {
      memory.footprint.begin();
      const outcome = engine.attempt(slot, entering);
      if (outcome !== 'disabled' || this.rules.guards)
        this.noteVariant(slot, entering, outcome, reads);
      memory.bytes.set(this.whole);
    } while (engine.choices.advance());
  }

  private noteVariant(slot: Slot, entering: boolean, outcome: Attempt, before: Mask): void {
    const { engine, points } = this;
    const counter = entering ? 0 : this.codeOf(slot.counter, this.whole);
    const { step } = engine;
    const inside =
      step === undefined || entering ? counter : (engine.loadedNow as Loaded).base + step.point;
    const { cpu, level } = slot;
    const place = { cpu, level, counter: inside };
    const { takesLock } = points.at(cpu, level, inside);
    if (step !== undefined && WAITING.has(step.node.form)) this.mayMeet = true;
    if (inside !== counter) points.lead({ cpu, level, counter }, inside);
    const reads = this.look(slot.cpu);
    add(reads, before);
    const beside = this.beside[level];
    if (beside !== undefined) {
      add(reads, beside.reads);
      add(this.reads, beside.reads);
    }
    if (outcome === 'done' && this.isAsked(step)) {
      add(reads, points.after);
      add(this.reads, points.after);
    }
    const writes = outcome === 'done' ? this.stored() : this.none;
    this.addBlind(writes);
    if (outcome === 'done' && beside !== undefined) {
      add(writes, beside.writes);
      add(this.writes, beside.writes);
    }
    if (this.watchesRaces) this.addAccesses(reads, writes);
    if (outcome === 'done' && this.watchesRest) this.noteRest(slot, counter, writes);
    if (outcome === 'done' || outcome === 'spun')
      this.moves.push({ reads, writes, seenBy: points.seenBy(writes) });
    else add(this.idle, reads);
    if (outcome !== 'done') {
      points.note(place, reads, writes, takesLock ? this.locksIn(reads) : 0);
      return;
    }
    points.note(place, reads, writes, takesLock ? this.locksIn(writes) : 0);
    points.lead(place, this.codeOf(slot.counter, engine.memory.bytes));
    points.distrust(this.snatched(slot.cpu, writes));
  }

  private addBlind(writes: Mask): void {
    const { tokens, packing } = this;
    if (!meets(writes, tokens)) return;
    const seen = emptyMask(packing);
    for (const look of this.engine.memory.footprint.looks) {
      const { offset, mask, low, high } = lookAt(look);
      if (low === 0 && high === 0xff) addByte(seen, packing, offset, mask);
    }
    for (const [word, bits] of tokens.entries()) {
      const blind = bits & (writes[word] as number) & ~(seen[word] as number);
      if (blind === 0) continue;
      this.blind ??= emptyMask(packing);
      this.blind[word] = (this.blind[word] as number) | blind;
    }
  }

  /** To KCSAN an access that stores nothing after all is a write too. */
  private addAccesses(reads: Mask, writes: Mask): void {
    const { cells } = this.engine.compiled.layout;
    const touched = emptyMask(this.packing);
    for (let at = 0; at < accesses.count && at <= ACCESS_MASK; at += 1) {
      const entry = accesses.entries[at] as number;
      const into = (entry & WRITE) === 0 ? reads : touched;
      addCell(into, this.packing, cells[entry >>> ACCESS_SHIFT] as Cell);
    }
    add(writes, touched);
    add(this.writes, touched);
    add(this.reads, reads);
  }

  private noteRest({ cpu, level, counter }: Slot, before: number, writes: Mask): void {
    const after = this.codeOf(counter, this.engine.memory.bytes);
    const { points } = this;
    if (points.at(cpu, level, before).isRest === points.at(cpu, level, after).isRest) return;
    addRest(writes);
    addRest(this.writes);
  }

  private stored(): Mask {
    const { footprint } = this.engine.memory;
    const writes = emptyMask(this.packing);
    for (const offset of footprint.stored)
      addByte(writes, this.packing, offset, footprint.storedBits[offset] as number);
    add(this.writes, writes);
    return writes;
  }

  private locksIn(mask: Mask): number {
    let locks = 0;
    for (const [lock, cell] of this.locks.cells.entries())
      if (meets(cell.mask, mask)) locks |= 1 << lock;
    return locks;
  }

  /** Locks stored to that another CPU held, or holds now. */
  private snatched(cpu: number, writes: Mask): number {
    let snatched = 0;
    const stored = this.locksIn(writes);
    for (const lock of this.locks.cells.keys()) {
      if ((stored & (1 << lock)) === 0) continue;
      for (const bytes of [this.whole, this.engine.memory.bytes]) {
        const owner = this.locks.owner(lock, bytes);
        if (owner !== -1 && owner !== cpu) snatched |= 1 << lock;
      }
    }
    return snatched;
  }

  private codeOf(cell: number, bytes: Uint8Array): number {
    return codeIn(bytes, this.engine.compiled.layout.cells[cell] as Cell);
  }

  private get none(): Mask {
    return emptyMask(this.packing);
  }
}
