/**
 * One thread's share of a block of states. First all make the moves of chunks of states and claim slots of the table for what is met
 * for the first time, in the order of the states; then all store those, under the numbers they have in that order. So everything is as
 * if one thread had done it.
 */
import type { Expander } from '../expander.ts';
import { float64s, type Memory, type Piece } from '../memory.ts';
import { PARTS } from '../shapes.ts';
import {
  BASE,
  CHUNK,
  CHUNK_SIZE,
  CHUNKS,
  type Control,
  FAILED,
  FROM,
  LEVEL,
  LEVEL_START,
  NEXT_START,
  PLACES,
  TO,
  UNANSWERED,
} from './control.ts';
import { OUTBOX_PLACES, Outbox } from './outbox.ts';

/** Places that the new states of one are thought to take at most. */
export const STATE_PLACES = 64;

export class Member {
  readonly expander: Expander;
  /** Moves made, by member, until the one who leads has counted them. */
  readonly generated: Float64Array;
  readonly outbox: Outbox;
  private readonly control: Control;
  /** Its number, from 0 for the one who leads; and how many they are. */
  private readonly index: number;
  private readonly members: number;
  /** Slots claimed, by part of the table, until they are told. */
  private readonly claimed = new Int32Array(PARTS);
  /** The state that leads to the one being stored, and its number. */
  private readonly source: Uint32Array;
  private loaded = -1;

  constructor(
    expander: Expander,
    memory: Memory,
    control: Control,
    index: number,
    members: number,
  ) {
    const { width } = expander.visited;
    this.expander = expander;
    this.control = control;
    this.index = index;
    this.members = members;
    this.outbox = new Outbox(memory, control, members, width);
    this.generated = float64s(memory.get('generated', 0) as Piece);
    this.source = new Uint32Array(width);
  }

  /** Turns to the level of the block at hand. */
  turnToLevel(): void {
    const { expander, control } = this;
    const level = control.get(LEVEL);
    expander.visited.count = control.get(BASE);
    expander.level = level;
    expander.levelStart = control.get(LEVEL_START);
    expander.nextStart = control.get(NEXT_START);
    expander.frontier.turnTo(level);
  }

  /** Makes the moves of chunks, until none is left or its places are taken. */
  expand(): void {
    const { control, expander, outbox } = this;
    const [from, to, last] = [control.get(FROM), control.get(TO), control.get(CHUNKS)];
    const before = expander.generated;
    const size = control.get(CHUNK_SIZE);
    let place = this.index * OUTBOX_PLACES;
    const end = place + control.get(PLACES);
    outbox.turn();
    while (place + size * STATE_PLACES <= end) {
      const chunk = control.next(CHUNK);
      if (chunk >= last) break;
      const first = from + chunk * size;
      outbox.beginChunk(chunk, place);
      try {
        place = this.expandChunk(first, Math.min(first + size, to), place, end);
      } catch {
        control.set(FAILED, 1);
      }
      outbox.endChunk(chunk, place);
    }
    expander.visited.addTaken(this.claimed);
    this.generated[this.index] =
      (this.generated[this.index] as number) + expander.generated - before;
  }

  private expandChunk(first: number, end: number, firstPlace: number, lastPlace: number): number {
    const { expander, outbox, claimed } = this;
    const { visited } = expander;
    const { batch } = expander.successors;
    batch.begin();
    expander.gatherSome(first, end, Number.POSITIVE_INFINITY);
    expander.countBatch(first);
    if (expander.inner?.isUsable === true)
      return expander.inner.claim(first, outbox, firstPlace, lastPlace, claimed);
    visited.fetch(batch);
    const { loops, hashes, origins } = batch;
    let place = firstPlace;
    for (let origin = 0, at = 0; origin < origins; origin += 1) {
      const parent = first + origin;
      for (const endOfMoves = batch.startOf(origin + 1); at < endOfMoves; at += 1) {
        if (loops[at] === 1) continue;
        if (place === lastPlace) throw new Error('the outbox is full');
        if (visited.claim(batch, at, outbox, place, parent) === -1) continue;
        const part = (hashes[at] as number) & (PARTS - 1);
        claimed[part] = (claimed[part] as number) + 1;
        place += 1;
      }
    }
    return place;
  }

  /** Chunks that were expanded: the first of the block, all of them but where places ran out. */
  get expanded(): number {
    return Math.min(this.control.get(CHUNK), this.control.get(CHUNKS));
  }

  /** New states of the block. */
  get found(): number {
    let sum = 0;
    for (let chunk = 0; chunk < this.expanded; chunk += 1) sum += this.outbox.newOf(chunk);
    return sum;
  }

  /** Stores the new states of chunks, and asks their properties. */
  store(): void {
    const { control, outbox } = this;
    const expanded = control.get(CHUNKS);
    let id = control.get(BASE);
    let before = 0;
    for (;;) {
      const chunk = control.next(CHUNK);
      if (chunk >= expanded) return;
      for (; before < chunk; before += 1) id += outbox.newOf(before);
      this.storeChunk(chunk, id);
    }
  }

  private storeChunk(chunk: number, firstId: number): void {
    const { outbox, expander } = this;
    const { visited, inner } = expander;
    const [start, end] = [outbox.startOf(chunk), outbox.endOf(chunk)];
    const ask = (place: number, id: number): void => this.askAt(place, id);
    const goOn = (place: number, id: number): void => this.storePlaces(place, end, id);
    if (inner?.isUsable === true) inner.confirm(outbox, start, end, firstId, ask, goOn);
    else {
      visited.fetchClaims(outbox, start, end);
      this.storePlaces(start, end, firstId);
    }
  }

  /** Stores the new states among the places from `start` on, before `end`. */
  private storePlaces(start: number, end: number, firstId: number): void {
    const { outbox, expander } = this;
    const { visited } = expander;
    const asks = expander.answers.profiles.rows > 0;
    let id = firstId;
    for (let place = start; place < end; place += 1) {
      if (!visited.confirm(outbox, place, id)) continue;
      if (asks) this.askAt(place, id);
      id += 1;
    }
  }

  /** Asks the properties of a new state that lies at a place. */
  private askAt(place: number, id: number): void {
    const { expander, outbox, source, control } = this;
    const { visited } = expander;
    const parent = outbox.parent(place);
    if (parent !== this.loaded) visited.loadPacked(parent, source);
    this.loaded = parent;
    expander.current = parent;
    try {
      expander.inherit(outbox.words, place * visited.width, source, 0, parent, id);
    } catch {
      control.lower(UNANSWERED, id);
    }
  }

  /** Fills the larger parts of the table that are this thread's own. */
  refill(): void {
    const { visited } = this.expander;
    for (const part of visited.wider())
      if (part % this.members === this.index) visited.refill(part);
  }
}
