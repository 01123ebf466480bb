/**
 * The moves of a CPU, executed once for all states that agree in what they look at. A step depends on nothing but the state
 * (semantics.md section 12), so what it did where it looked at the same bits it would do again: only the words it stores are put
 * into the packed state.
 */
import type { Attempt } from '../machine/engine.ts';
import type { CompiledCpu, Slot } from '../machine/machine.ts';
import { expand, type MoveVisitor } from '../machine/moves.ts';
import type { PackedEngine } from '../machine/packed.ts';
import type { Packing } from '../machine/packing.ts';
import type { Deeds } from './deeds.ts';
import { type Heap, ORDINARY } from './heap.ts';
import { Meetings } from './meetings.ts';
import {
  DONE,
  FIRST_MOVE,
  FIRST_STORE,
  FREE,
  MOVES,
  NUMBER,
  OUTCOME,
  PLACE,
  RACES,
  REFUSED,
  SHORTAGES,
  SPUN,
  STORES,
  USES,
  WAITS,
} from './records.ts';
import { Tree, UNKNOWN, Worth } from './tree.ts';

/** Told of every variant that is executed, with the engine and its memory as it left them, before a state is known to have it. */
export interface Executed {
  /** Before the moves of a CPU; the memory holds the state. */
  begin(cpu: CompiledCpu): void;
  /** Returns the number under which the search keeps what playing this move does beside storing; -1 where it is not enabled. */
  executed(slot: Slot, outcome: Attempt): number;
  readonly watchesRaces: boolean;
  /** A number for what the moves of the CPU touch that somebody else's may race with; 0 for nothing. */
  races(): number;
}

/** Words that all trees and records may take together; what comes later is executed every time. */
const MOST_WORDS = 1 << 25;

export class LearnedMoves implements MoveVisitor {
  /** All records, one after the other. */
  records: Int32Array = ORDINARY.int32s(1 << 12);
  private end = 0;
  private at = 0;
  private readonly engine: PackedEngine;
  private readonly packing: Packing;
  private readonly told: Executed;
  /** By CPU. */
  readonly trees: readonly Tree[];
  /** The state at hand, packed, with where it starts and, once something has to be executed, whole. */
  private words: Uint32Array = new Uint32Array(0);
  private from = 0;
  private readonly whole: Uint8Array;
  private isWhole = false;
  private isClosed = false;
  /** By CPU: where its places begin; a place is the CPU with the counter of its topmost context, of all its programs. */
  private readonly firstPlace: readonly number[];
  private readonly places: Worth[] = [];
  /** By place: how often records were used. */
  uses: Int32Array;
  /** By CPU: what its moves asked for last would race with; and which of two such numbers have met. */
  private readonly current: Int32Array;
  readonly meetings = new Meetings();
  private heap = ORDINARY;
  /** Told of the moves of a CPU from a packed state that were executed, before it is learned what they have looked at. */
  onExecuted: ((words: Uint32Array, from: number, cpu: number) => void) | undefined;
  /** Whether what is asked for counts as made. */
  counts = true;
  /** What is counted of records that were not kept: deeds, with how often each was done. */
  private readonly loose: number[] = [];

  constructor(engine: PackedEngine, packing: Packing, told: Executed) {
    this.engine = engine;
    this.packing = packing;
    this.told = told;
    const { cpus } = engine.compiled;
    this.trees = cpus.map(() => new Tree(packing));
    this.current = new Int32Array(cpus.length);
    this.whole = new Uint8Array(engine.memory.bytes.length);
    this.firstPlace = cpus.map(({ slots }) => {
      const first = this.places.length;
      const points = slots.reduce((sum, slot) => sum + (slot?.loadedAt.length ?? 0), 1);
      for (let at = 0; at < points; at += 1) this.places.push(new Worth());
      return first;
    });
    this.uses = ORDINARY.int32s(this.places.length);
  }

  /** Has what was learned lie where the inner loop reaches it. */
  moveTo(heap: Heap): void {
    this.heap = heap;
    this.records = heap.larger(this.records, this.records.length);
    this.uses = heap.larger(this.uses, this.uses.length);
    this.meetings.moveTo(heap);
    for (const tree of this.trees) tree.moveTo(heap);
  }

  /** Turns to the packed state that starts at `from`; it must not change before the next. */
  begin(words: Uint32Array, from: number): void {
    this.words = words;
    this.from = from;
    this.isWhole = false;
  }

  /** Puts the state at hand into the engine's memory, for something to be executed on it. */
  show(): void {
    const { bytes } = this.engine.memory;
    if (!this.isWhole) this.packing.unpack(this.words, this.whole, this.from);
    this.isWhole = true;
    bytes.set(this.whole);
    this.engine.attach();
  }

  /** Where the records of the moves of a CPU from the state at hand begin; good until the next call. */
  of(cpu: number): number {
    const record = (this.trees[cpu] as Tree).walk(this.words, this.from);
    if (record === UNKNOWN) return this.execute(cpu);
    const { records } = this;
    if (this.told.watchesRaces) this.current[cpu] = records[record + RACES] as number;
    if (this.counts) records[record + USES] = (records[record + USES] as number) + 1;
    const place = records[record + PLACE] as number;
    this.uses[place] = (this.uses[place] as number) + 1;
    return record;
  }

  /** Adds the moves counted since the last time to how often each deed was done. */
  settle(deeds: Deeds): void {
    const { records } = this;
    for (const [number, times] of this.loose.entries()) if (times > 0) deeds.take(number, times);
    this.loose.length = 0;
    for (let record = 0; record < this.end; ) {
      const uses = records[record + USES] as number;
      records[record + USES] = 0;
      this.engine.heap.refused += uses * (records[record + SHORTAGES] as number);
      let move = record + FIRST_MOVE;
      for (let left = records[record + MOVES] as number; left > 0; left -= 1) {
        deeds.take(records[move + NUMBER] as number, uses);
        move += FIRST_STORE + 3 * (records[move + STORES] as number);
      }
      record = move;
    }
  }

  /** Whether a record that `of` gave stays as it is. */
  isKept(record: number): boolean {
    return record < this.end;
  }

  /** Whether what some two CPUs would touch, by their moves asked for last, has not met in one state before; it has then, if noted. */
  isNewMeeting(isNoted = true): boolean {
    const { current, meetings } = this;
    let isNew = false;
    for (let one = 0; one < current.length; one += 1) {
      if (current[one] === 0) continue;
      for (let other = one + 1; other < current.length; other += 1) {
        if (current[other] === 0) continue;
        const [own, others] = [current[one] as number, current[other] as number];
        if (meetings.has(own, others)) continue;
        isNew = true;
        if (isNoted) meetings.note(own, others);
      }
    }
    return isNew;
  }

  /**
   * Learns nothing from here on. What is executed once the search is over is told to nobody, and what it is told looks at the state
   * too: it would not fit among what was learned before.
   */
  close(): void {
    this.isClosed = true;
  }

  private execute(cpu: number): number {
    const { memory, heap, compiled } = this.engine;
    const { footprint } = memory;
    this.show();
    const compiledCpu = compiled.cpus[cpu] as CompiledCpu;
    const place = this.placeOf(compiledCpu);
    const worth = this.places[place] as Worth;
    worth.used = this.uses[place] as number;
    const learns = !this.isClosed && worth.pays && this.size < MOST_WORDS;
    if (learns) footprint.begin();
    else footprint.beginAttempt();
    const start = this.end;
    this.at = start;
    this.reserve(FIRST_MOVE);
    this.at = start + FIRST_MOVE;
    this.records.fill(0, start, this.at);
    this.records[start + PLACE] = place;
    const { refused } = heap;
    this.told.begin(compiledCpu);
    expand(this.engine, this, cpu);
    footprint.end();
    this.onExecuted?.(this.words, this.from, cpu);
    this.records[start + SHORTAGES] = heap.refused - refused;
    heap.refused = refused;
    this.current[cpu] = this.told.races();
    this.records[start + RACES] = this.current[cpu] as number;
    if (learns) {
      (this.trees[cpu] as Tree).grow(this.words, this.from, footprint.looks, start);
      this.end = this.at;
      worth.learned += 1;
      if (this.counts) this.records[start + USES] = 1;
    } else if (this.counts) this.countLoose(start);
    return start;
  }

  /** Counts the moves of a record that is not kept. */
  private countLoose(record: number): void {
    const { records, loose } = this;
    this.engine.heap.refused += records[record + SHORTAGES] as number;
    let move = record + FIRST_MOVE;
    for (let left = records[record + MOVES] as number; left > 0; left -= 1) {
      const number = records[move + NUMBER] as number;
      while (loose.length <= number) loose.push(0);
      loose[number] = (loose[number] as number) + 1;
      move += FIRST_STORE + 3 * (records[move + STORES] as number);
    }
  }

  private get size(): number {
    return this.trees.reduce((sum, { words }) => sum + words, this.end);
  }

  private placeOf(cpu: CompiledCpu): number {
    const active = this.engine.contexts.activeSlot(cpu);
    let place = this.firstPlace[cpu.index] as number;
    if (active === undefined) return place;
    for (const slot of cpu.slots) {
      if (slot === active) return place + this.engine.memory.code(active.counter);
      place += slot?.loadedAt.length ?? 0;
    }
    return place;
  }

  restore(): void {
    const { bytes, footprint } = this.engine.memory;
    for (const at of footprint.stored) bytes[at] = this.whole[at] as number;
    footprint.beginAttempt();
  }

  visit(slot: Slot, entering: boolean, outcome: Attempt): void {
    const start = this.end;
    if (!entering) {
      const { waitsFor } = this.engine;
      const waits = outcome === 'disabled' && waitsFor !== -1;
      const bit = waits ? 1 << Math.floor(waitsFor / 3) : FREE;
      this.records[start + WAITS] = (this.records[start + WAITS] as number) | bit;
    }
    if (outcome === 'spun') this.restore();
    const number = this.told.executed(slot, outcome);
    if (number === -1) return;
    this.reserve(FIRST_STORE + 3 * this.packing.width);
    const { records, at } = this;
    records[start + MOVES] = (records[start + MOVES] as number) + 1;
    records[at + OUTCOME] = outcome === 'done' ? DONE : outcome === 'spun' ? SPUN : REFUSED;
    records[at + NUMBER] = number;
    records[at + STORES] = 0;
    this.at = at + FIRST_STORE;
    if (outcome === 'done') this.recordStores(at);
  }

  /** What was stored, word by word of the packed state. */
  private recordStores(move: number): void {
    const { records, packing } = this;
    const { bytes, footprint } = this.engine.memory;
    for (const offset of footprint.stored) {
      const value = bytes[offset] as number;
      const field = packing.mask[offset] as number;
      if ((value & ~field) !== 0)
        throw new Error(`byte ${offset} holds ${value}, which no cell there can`);
      const bits = field & (footprint.storedBits[offset] as number);
      if (bits === 0) continue;
      const shift = packing.shift[offset] as number;
      const store = this.storeOf(move, packing.word[offset] as number);
      records[store + 1] = (records[store + 1] as number) & ~(bits << shift);
      records[store + 2] = (records[store + 2] as number) | ((value & bits) << shift);
    }
  }

  private storeOf(move: number, word: number): number {
    const { records } = this;
    for (let store = move + FIRST_STORE; store < this.at; store += 3)
      if (records[store] === word) return store;
    const store = this.at;
    records[store] = word;
    records[store + 1] = -1;
    records[store + 2] = 0;
    records[move + STORES] = (records[move + STORES] as number) + 1;
    this.at += 3;
    return store;
  }

  private reserve(words: number): void {
    if (this.at + words <= this.records.length) return;
    this.records = this.heap.larger(this.records, this.records.length * 2 + words);
  }
}

/** Whether a move of a record ends its path. */
export function refusesIn(records: Int32Array, record: number): boolean {
  let move = record + FIRST_MOVE;
  for (let left = records[record + MOVES] as number; left > 0; left -= 1) {
    if (records[move + OUTCOME] === REFUSED) return true;
    move += FIRST_STORE + 3 * (records[move + STORES] as number);
  }
  return false;
}
