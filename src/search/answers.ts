/**
 * What properties say of states, asked once for all states that agree in what the property looks at: a predicate depends on nothing
 * but the state.
 */
import type { PackedEngine } from '../machine/packed.ts';
import type { Packing } from '../machine/packing.ts';
import {
  type Answer,
  type Board,
  instancesOf,
  NO,
  NOT_ASKED,
  type Row,
  type Violated,
  YES,
} from './board.ts';
import type { Heap } from './heap.ts';
import type { Memory } from './memory.ts';
import { Profiles } from './profiles.ts';
import { Tree, UNKNOWN, Worth } from './tree.ts';

export class LearnedAnswers {
  private readonly engine: PackedEngine;
  private readonly packing: Packing;
  private readonly board: Board;
  readonly stateRows: readonly Asked[];
  /** The same, and leaks as the last where they are watched. */
  readonly asked: readonly Asked[];
  private readonly afterRows = new Map<Row, Asked>();
  /** Lists of leaked objects, by leaf; the first is of states that are not at rest. */
  private readonly leaks: (readonly string[] | undefined)[] = [undefined];
  private readonly leaked: Asked;
  /** What all properties of states say of one, in a few words; inherited from the state before it where they look at nothing new. */
  readonly profiles: Profiles;
  /** Told of a property and the packed state it was asked about, before it is learned what it has looked at. */
  onAsked: ((row: Row, words: Uint32Array, from: number) => void) | undefined;
  /** Told of what a property that is no property of states has looked at. */
  onAfter: ((looks: readonly number[]) => void) | undefined;
  /** By row, by instance. */
  private readonly possibleRows = new Map<Row, readonly Asked[]>();

  constructor(engine: PackedEngine, packing: Packing, board: Board, memory: Memory) {
    this.engine = engine;
    this.packing = packing;
    this.board = board;
    this.stateRows = board.stateRows.map(
      (row, index) => new Asked(packing, () => board.answer(row), index, row),
    );
    this.leaked = new Asked(packing, () => this.leakLeaf(), this.stateRows.length, undefined);
    this.asked = board.watchesLeaks ? [...this.stateRows, this.leaked] : this.stateRows;
    this.profiles = new Profiles(board, packing.width, memory);
  }

  /** Has the answers of states lie where the inner loop reaches them. */
  moveTo(heap: Heap): void {
    for (const { tree } of this.asked) tree.moveTo(heap);
  }

  /** Asks every property of states of an initial one. */
  first(words: Uint32Array, into: Uint32Array, to: number, violated: Violated): void {
    this.profile(words, into, to);
    this.tell(words, 0, into, to, violated);
  }

  /** Asks every property of states, and counts and tells nothing. */
  profile(words: Uint32Array, into: Uint32Array, to: number): void {
    const { profiles } = this;
    for (let row = 0; row < profiles.rows; row += 1)
      profiles.set(into, to, row, this.answerOf(row, words, 0));
  }

  /**
   * Asks the properties of states of the packed one at `from`, a move away from the one at `source`, whose profile `into` holds at
   * `to` and which becomes its own: only those that look at what has changed.
   */
  next(
    words: Uint32Array,
    from: number,
    sources: Uint32Array,
    source: number,
    into: Uint32Array,
    to: number,
    violated: Violated,
  ): void {
    const { profiles } = this;
    const stale = profiles.staleAfter(words, from, sources, source);
    for (let at = 0; at < stale; at += 1) {
      const row = profiles.stale[at] as number;
      profiles.set(into, to, row, this.answerOf(row, words, from));
    }
    this.tell(words, from, into, to, violated);
  }

  private tell(
    words: Uint32Array,
    from: number,
    profile: Uint32Array,
    at: number,
    violated: Violated,
  ): void {
    const { profiles, board } = this;
    if (!profiles.count(profile, at)) return;
    for (const [index, row] of board.stateRows.entries())
      board.credit(row, profiles.get(profile, at, index) as Answer, violated, false);
    if (board.watchesLeaks) this.askLeaks(words, from, violated, false);
  }

  /** What the row with an index says, the last one being that of leaks. */
  private answerOf(index: number, words: Uint32Array, from: number): Answer {
    const asked = this.stateRows[index];
    if (asked !== undefined) return this.leafOf(asked, words, from) as Answer;
    const objects = this.leaks[this.leafOf(this.leaked, words, from)];
    if (objects === undefined) return NOT_ASKED;
    return objects.length === 0 ? YES : NO;
  }

  /** Where `leaks` has what is leaked in the state in memory. */
  private leakLeaf(): number {
    const objects = this.board.leaked();
    return objects === undefined ? 0 : this.leaks.push(objects) - 1;
  }

  /** Asks every property of states of the packed one that starts at `from`. */
  state(words: Uint32Array, from: number, violated: Violated, count = true): void {
    const { stateRows } = this.board;
    for (const [index, row] of stateRows.entries())
      this.board.credit(row, this.answerOf(index, words, from), violated, count);
    if (this.board.watchesLeaks) this.askLeaks(words, from, violated, count);
  }

  /** Asks properties of the state that a step has led to. */
  after(rows: readonly Row[], words: Uint32Array, from: number, violated: Violated): void {
    for (const row of rows) {
      let asked = this.afterRows.get(row);
      if (asked === undefined) {
        asked = new Asked(this.packing, () => this.board.answer(row), -1, row);
        this.afterRows.set(row, asked);
      }
      this.board.credit(row, this.leafOf(asked, words, from) as Answer, violated);
    }
  }

  /** What instance `k` of a `possibly` says of a packed state: `ASKED`, `REACHED`, both or 0. */
  possible(row: Row, k: number, words: Uint32Array): number {
    let instances = this.possibleRows.get(row);
    if (instances === undefined) {
      const instance = (_: unknown, at: number) =>
        new Asked(this.packing, () => this.board.possible(row, at), -1, undefined);
      instances = Array.from({ length: instancesOf(row) }, instance);
      this.possibleRows.set(row, instances);
    }
    return this.leafOf(instances[k] as Asked, words, 0);
  }

  private askLeaks(words: Uint32Array, from: number, violated: Violated, count: boolean): void {
    const objects = this.leaks[this.leafOf(this.leaked, words, from)];
    if (objects !== undefined) this.board.creditLeaks(objects, violated, count);
  }

  /** What is said of a packed state, from what was learned or by asking. */
  private leafOf(asked: Asked, words: Uint32Array, from: number): number {
    const known = asked.tree.walk(words, from);
    if (known === UNKNOWN) return this.learn(asked, words, from);
    asked.worth.used += 1;
    return known;
  }

  private learn(asked: Asked, words: Uint32Array, from: number): number {
    const { memory } = this.engine;
    this.packing.unpack(words, memory.bytes, from);
    this.engine.attach();
    memory.footprint.begin();
    const leaf = asked.ask();
    memory.footprint.end();
    if (asked.row !== undefined) this.onAsked?.(asked.row, words, from);
    if (asked.index !== -1) this.profiles.look(asked.index, memory.footprint.looks, this.packing);
    else this.onAfter?.(memory.footprint.looks);
    if (!asked.worth.pays) return leaf;
    asked.tree.grow(words, from, memory.footprint.looks, leaf);
    asked.worth.learned += 1;
    return leaf;
  }
}

/** A question about states, and what is known of its answers. */
export class Asked {
  readonly tree: Tree;
  readonly worth = new Worth();
  /** Asks it of the state in memory. */
  readonly ask: () => number;
  /** Where profiles have its answers; -1 where they do not. */
  readonly index: number;
  /** The property that answers yes or no. */
  readonly row: Row | undefined;

  constructor(packing: Packing, ask: () => number, index: number, row: Row | undefined) {
    this.tree = new Tree(packing);
    this.ask = ask;
    this.index = index;
    this.row = row;
  }
}
