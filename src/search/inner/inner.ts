/**
 * The inner loop of a search, in WebAssembly: moves that were learned are made, states that were met are found and new ones stored, and
 * properties are asked as far as answers were learned. Whatever has to be executed, and whatever is wrong, is left to the expander: both
 * together do what the expander alone would.
 */
import type { Asked } from '../answers.ts';
import type { Arena } from '../arena.ts';
import type { Expander } from '../expander.ts';
import { Heap } from '../heap.ts';
import type { SharedMemory } from '../memory.ts';
import { PARTS } from '../shapes.ts';
import { type StateStore, Store } from '../store.ts';
import { TreeStore } from '../stores/tree.ts';
import type { Outbox } from '../team/outbox.ts';
import type { Tree } from '../tree.ts';
import { CODE } from './code.ts';
import * as FIELD from './fields.ts';
import { append } from './tables.ts';
import { TreePlan } from './tree-plan.ts';
import { Instance, Module, type WebAssemblyModule } from './webassembly.ts';

interface Exports {
  gather(block: number, from: number, to: number): number;
  fetch(block: number): number;
  insert(block: number): number;
  refill(block: number, old: number, oldLength: number, part: number, length: number): number;
  claim(block: number): number;
  fetchClaims(block: number): number;
  confirm(block: number): number;
}

/** Moves after which a block ends, and those that there is room for: of a state more, which may have many. */
export const BLOCK_MOVES = 1 << 10;
const ROOM = 1 << 11;
/** Room in tables; where more is needed, the expander goes on alone. */
const MOST_DEEDS = 1 << 14;
const MOST_SEGMENTS = 1 << 14;
/** Profiles that are counted here. */
const MOST_TALLIES = 16;

let loop: WebAssemblyModule | undefined;

export class InnerLoop {
  private readonly expander: Expander;
  private readonly memory: SharedMemory;
  private readonly heap: Heap;
  private readonly exports: Exports;
  private readonly fields: Int32Array;
  private readonly trees: Int32Array;
  private readonly after: Uint8Array;
  private readonly parts: Int32Array;
  private readonly fullAt: Int32Array;
  private readonly segments: Int32Array;
  private readonly lows: Int32Array;
  private readonly firsts: Int32Array;
  private readonly answers: Int32Array;
  private readonly answerUses: Int32Array;
  private readonly tallies: Int32Array;
  private readonly claimed: Int32Array;
  /** How states are kept, where it knows that way; in which pieces, and how they are folded where they are. */
  private store: StateStore | undefined;
  private pieces: readonly Uint32Array[] = [];
  private plan: TreePlan | undefined;
  /** How many segments, pages and deeds are in those tables. */
  private segmentCount = 0;
  private lowCount = 0;
  private firstCount = 0;
  private deedCount = 0;
  /** What the table had gone through when its parts were written down. */
  private changes = -1;

  /** A loop over the memory of a search, where that lies in an arena and nothing is asked of the search that only the expander knows. */
  static of(expander: Expander, memory: SharedMemory): InnerLoop | undefined {
    if (memory.arena === undefined || memory.hasSpilled) return undefined;
    const one = new InnerLoop(expander, memory, new Heap(memory.arena));
    if (!one.isUsable) return undefined;
    expander.visited.refillQuickly = (old, part) => one.refill(old, part);
    return one;
  }

  private constructor(expander: Expander, memory: SharedMemory, heap: Heap) {
    const { successors, answers, visited } = expander;
    this.expander = expander;
    this.memory = memory;
    this.heap = heap;
    successors.batch.moveTo(heap, ROOM);
    successors.moves.moveTo(heap);
    answers.moveTo(heap);
    const { cpus } = successors.batch;
    const { rows, width } = answers.profiles;
    this.fields = heap.int32s(FIELD.FIELDS);
    this.trees = this.table(FIELD.TREES, cpus);
    this.table(FIELD.FOUND, cpus);
    this.table(FIELD.WAITS_OF, cpus);
    this.after = heap.uint8s(MOST_DEEDS);
    this.set(FIELD.AFTER, this.after.byteOffset);
    this.parts = this.table(FIELD.PARTS_AT, 2 * PARTS);
    this.fullAt = this.table(FIELD.FULL_AT, PARTS);
    this.segments = this.table(FIELD.SEGMENTS, MOST_SEGMENTS);
    this.lows = this.table(FIELD.LOWS, MOST_SEGMENTS);
    this.firsts = this.table(FIELD.FIRSTS, MOST_SEGMENTS);
    this.answers = this.table(FIELD.ANSWERS, rows);
    this.answerUses = this.table(FIELD.ANSWER_USES, rows);
    this.table(FIELD.STALE, rows);
    this.table(FIELD.CHANGES, 2 * visited.width);
    this.table(FIELD.UNSURE, FIELD.UNSURE_ROOM);
    this.table(FIELD.VIOLATIONS, width).set(answers.profiles.violations);
    this.tallies = this.table(FIELD.TALLY, MOST_TALLIES * (width + 1));
    this.claimed = this.table(FIELD.CLAIMED, PARTS);
    this.table(FIELD.SOURCE_ROOM, visited.width);
    this.set(FIELD.WIDTH, visited.width);
    this.set(FIELD.CPUS, cpus);
    this.set(FIELD.DEADLOCKS, expander.engine.modes.deadlock === 'off' ? 0 : 1);
    this.set(FIELD.TAKEN, visited.taken.byteOffset);
    this.set(FIELD.ROWS, rows);
    this.set(FIELD.PROFILE, width);
    this.set(FIELD.STRIDE, answers.profiles.stride);
    this.set(FIELD.LOOKS, answers.profiles.looks.byteOffset);
    this.set(FIELD.LEAKS, answers.stateRows.length);
    this.set(FIELD.HIGH, -1);
    this.turnToStore();
    loop ??= new Module(Uint8Array.from(atob(CODE), (letter) => letter.charCodeAt(0)));
    const { memory: linear } = memory.arena as Arena;
    this.exports = new Instance(loop, { env: { memory: linear } }).exports as Exports;
  }

  /** Whether all that it works on is where it can reach it. */
  get isUsable(): boolean {
    const { visited, successors, engine, countsMoves } = this.expander;
    return (
      !this.memory.hasSpilled &&
      !this.heap.hasSpilled &&
      countsMoves &&
      engine.modes.KCSAN !== 'fatal' &&
      successors.onRecord === undefined &&
      successors.onPlayed === undefined &&
      visited.keepsAll &&
      visited.store === this.store &&
      visited.parents.areInOrder &&
      successors.deeds.after.length <= MOST_DEEDS &&
      visited.parents.lows.length <= MOST_SEGMENTS &&
      this.plan?.fits !== false
    );
  }

  /** Turns to how states are kept now; until then it cannot be used where that has changed. */
  turnToStore(): void {
    const { store } = this.expander.visited;
    this.segmentCount = 0;
    this.plan = undefined;
    if (store instanceof Store) this.pieces = store.segments;
    else if (store instanceof TreeStore) {
      this.pieces = store.roots;
      this.plan = new TreePlan(store, this.heap, this.segments);
    } else return;
    this.store = store;
    this.set(FIELD.SEGMENTS, this.plan === undefined ? this.segments.byteOffset : 0);
  }

  /** Adds the moves of stored states from one on, before another, to the batch, until that has so many; the first not added. */
  gather(from: number, to: number, most = BLOCK_MOVES): number {
    const { batch } = this.expander.successors;
    this.enter();
    this.set(FIELD.MOST, Math.min(most, ROOM));
    const next = this.exports.gather(this.fields.byteOffset, from, to);
    batch.count = this.get(FIELD.COUNT);
    batch.origins = this.get(FIELD.ORIGINS);
    return next;
  }

  /**
   * Stores what is new among the states of the batch, whose first origin is `first`, and asks of it. Where it cannot go on, the origin
   * and the move that come next are told.
   */
  insert(first: number, goOn: (origin: number, at: number) => void): void {
    const { expander } = this;
    const { visited, answers } = expander;
    this.set(FIELD.FIRST, first);
    this.set(FIELD.ORIGIN, 0);
    this.set(FIELD.AT, 0);
    const block = this.fields.byteOffset;
    for (let isFirst = true; this.isUsable; isFirst = false) {
      this.enter();
      if (isFirst) this.exports.fetch(block);
      const why = this.exports.insert(block);
      visited.count = this.get(FIELD.STATES);
      if (why === FIELD.FINISHED) return;
      const [origin, at] = [this.get(FIELD.ORIGIN), this.get(FIELD.AT)];
      if (why === FIELD.GROW) {
        visited.grow(this.get(FIELD.RESULT));
        continue;
      }
      expander.current = first + origin;
      this.tellUses();
      if (why === FIELD.NOTE) expander.askAfter(at);
      if (this.get(FIELD.IS_NEW) === 1 && answers.profiles.rows > 0) {
        const id = this.get(FIELD.RESULT);
        expander.ask(at * visited.width, origin, id);
        this.meet(id);
      }
      this.set(FIELD.AT, at + 1);
    }
    goOn(this.get(FIELD.ORIGIN), this.get(FIELD.AT));
  }

  /**
   * Claims slots for what is new among the states of the batch, whose first origin is `first`, to lie in the outbox from a place on,
   * before another; the place after the last. Counts what is claimed, by part.
   * @throws Error where there is no more room
   */
  claim(first: number, outbox: Outbox, from: number, before: number, claimed: Int32Array): number {
    this.enter();
    this.enterOutbox(outbox);
    this.set(FIELD.FIRST, first);
    this.set(FIELD.PLACE, from);
    this.set(FIELD.LAST_PLACE, before);
    this.claimed.fill(0);
    const block = this.fields.byteOffset;
    this.exports.fetch(block);
    const why = this.exports.claim(block);
    for (let part = 0; part < PARTS; part += 1)
      claimed[part] = (claimed[part] as number) + (this.claimed[part] as number);
    if (why !== FIELD.FINISHED)
      throw new Error(
        why === FIELD.NO_PLACE ? 'the outbox is full' : 'a part of the table is full',
      );
    return this.get(FIELD.PLACE);
  }

  /**
   * Stores what has kept its slot among the places of the outbox from one on, before another, under the numbers from `id` on. `ask` has
   * to ask of a new one at a place. Where it cannot go on, the place and the number that come next are told.
   */
  confirm(
    outbox: Outbox,
    from: number,
    before: number,
    id: number,
    ask: (place: number, id: number) => void,
    goOn: (place: number, id: number) => void,
  ): void {
    this.enterOutbox(outbox);
    this.set(FIELD.PLACE, from);
    this.set(FIELD.LAST_PLACE, before);
    this.set(FIELD.RESULT, id);
    const block = this.fields.byteOffset;
    for (let isFirst = true; this.isUsable; isFirst = false) {
      this.enter();
      if (isFirst) this.exports.fetchClaims(block);
      if (this.exports.confirm(block) === FIELD.FINISHED) return;
      this.tellUses();
      const [place, next] = [this.get(FIELD.PLACE), this.get(FIELD.RESULT)];
      ask(place, next);
      this.meet(next);
      this.set(FIELD.PLACE, place + 1);
      this.set(FIELD.RESULT, next + 1);
    }
    goOn(this.get(FIELD.PLACE), this.get(FIELD.RESULT));
  }

  private enterOutbox({ words, marks, chunks, base, from, chunkSize }: Outbox): void {
    this.set(FIELD.OUT_WORDS, words.byteOffset);
    this.set(FIELD.OUT_MARKS, marks.byteOffset);
    this.set(FIELD.OUT_CHUNKS, chunks.byteOffset);
    this.set(FIELD.OUT_BASE, base);
    this.set(FIELD.BLOCK_FROM, from);
    this.set(FIELD.CHUNK_STATES, chunkSize);
  }

  /** States with the profile that a new one has got are counted here from now on. */
  private meet(id: number): void {
    const { expander, tallies } = this;
    const { profiles } = expander.answers;
    const { width } = profiles;
    const from = (id - expander.nextStart) * width;
    const profile = expander.frontier.next.subarray(from, from + width);
    const count = this.get(FIELD.TALLIES);
    if (count === MOST_TALLIES || profiles.violates(profile, 0)) return;
    for (let one = 0; one < count; one += 1) {
      const words = tallies.subarray(one * (width + 1) + 1, (one + 1) * (width + 1));
      // The one side has them signed.
      if (words.every((word, index) => word >>> 0 === profile[index])) return;
    }
    tallies.set(profile, count * (width + 1) + 1);
    this.set(FIELD.TALLIES, count + 1);
  }

  /** Adds what was counted here to what properties have said. */
  settle(): void {
    const { profiles } = this.expander.answers;
    const step = profiles.width + 1;
    for (let one = 0; one < this.get(FIELD.TALLIES); one += 1) {
      const times = this.tallies[one * step] as number;
      const profile = Uint32Array.from(this.tallies.subarray(one * step + 1, (one + 1) * step));
      if (times > 0) profiles.add(profile, times);
      this.tallies[one * step] = 0;
    }
  }

  /** Fills a larger part of the table. */
  private refill(old: Int32Array, part: Int32Array): boolean {
    if (!this.isUsable) return false;
    this.enter();
    const { byteOffset: block } = this.fields;
    this.exports.refill(block, old.byteOffset, old.length, part.byteOffset, part.length);
    return true;
  }

  private tellUses(): void {
    const { asked } = this.expander.answers;
    for (let row = 0; row < asked.length; row += 1) {
      (asked[row] as Asked).worth.used += this.answerUses[row] as number;
      this.answerUses[row] = 0;
    }
  }

  /** Writes down where everything is: what was executed since may have moved it. */
  private enter(): void {
    this.enterMoves();
    this.enterStates();
    this.enterAnswers();
  }

  private enterMoves(): void {
    const { batch, moves, deeds } = this.expander.successors;
    this.set(FIELD.WORDS, batch.words.byteOffset);
    this.set(FIELD.SOURCES, batch.sources.byteOffset);
    this.set(FIELD.HASHES, batch.hashes.byteOffset);
    this.set(FIELD.NUMBERS, batch.numbers.byteOffset);
    this.set(FIELD.LOOPS, batch.loops.byteOffset);
    this.set(FIELD.ENTRIES, batch.entries.byteOffset);
    this.set(FIELD.END_OF, batch.endOf.byteOffset);
    this.set(FIELD.ROOM, batch.hashes.length);
    this.set(FIELD.ORIGIN_ROOM, batch.sources.length / batch.width);
    this.set(FIELD.COUNT, batch.count);
    this.set(FIELD.ORIGINS, batch.origins);
    this.set(FIELD.RECORDS, moves.records.byteOffset);
    this.set(FIELD.USES, moves.uses.byteOffset);
    for (let cpu = 0; cpu < moves.trees.length; cpu += 1)
      this.trees[cpu] = (moves.trees[cpu] as Tree).nodes.byteOffset;
    this.set(FIELD.MET, this.expander.watchesRaces ? moves.meetings.met.byteOffset : 0);
    this.set(FIELD.MEETINGS, moves.meetings.room);
    for (; this.deedCount < deeds.after.length; this.deedCount += 1)
      this.after[this.deedCount] = deeds.after[this.deedCount] === undefined ? 0 : 1;
  }

  private enterStates(): void {
    const { visited } = this.expander;
    const { parents } = visited;
    if (this.changes !== visited.changes) this.enterParts();
    this.set(FIELD.STATES, visited.count);
    this.segmentCount = append(this.pieces, this.segments, this.segmentCount);
    if (this.plan !== undefined) this.set(FIELD.TREE, this.plan.enter());
    this.lowCount = append(parents.lows, this.lows, this.lowCount);
    this.firstCount = append(parents.firsts, this.firsts, this.firstCount);
  }

  private enterParts(): void {
    const { visited } = this.expander;
    this.changes = visited.changes;
    for (let index = 0; index < PARTS; index += 1) {
      const part = visited.parts[index] as Int32Array;
      this.parts[2 * index] = part.byteOffset;
      this.parts[2 * index + 1] = part.length;
      this.fullAt[index] = visited.fullAt(part.length);
    }
  }

  private enterAnswers(): void {
    const { answers, frontier, levelStart, nextStart } = this.expander;
    this.set(FIELD.CURRENT, frontier.current.byteOffset);
    this.set(FIELD.NEXT, frontier.next.byteOffset);
    this.set(FIELD.LEVEL_FROM, levelStart);
    this.set(FIELD.NEXT_FROM, nextStart);
    for (let row = 0; row < answers.asked.length; row += 1)
      this.answers[row] = (answers.asked[row] as Asked).tree.nodes.byteOffset;
  }

  private table(field: number, length: number): Int32Array {
    const table = this.heap.int32s(length);
    this.set(field, table.byteOffset);
    return table;
  }

  private get(field: number): number {
    return this.fields[field] as number;
  }

  private set(field: number, value: number): void {
    this.fields[field] = value;
  }
}
