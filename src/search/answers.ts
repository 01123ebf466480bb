/**
 * What properties say of states, asked once for all states that agree in what the property looks at: a predicate depends on nothing
 * but the state.
 */
import type { PackedEngine } from '../machine/packed.ts';
import type { Packing } from '../machine/packing.ts';
import { type Answer, type Board, instancesOf, type Row, type Violated } from './board.ts';
import { Tree, UNKNOWN, Worth } from './tree.ts';

export class LearnedAnswers {
  private readonly engine: PackedEngine;
  private readonly packing: Packing;
  private readonly board: Board;
  private readonly trees: readonly Asked[];
  private readonly treesAfter = new Map<Row, Asked>();
  /** Lists of leaked objects, by leaf; the first is of states that are not at rest. */
  private readonly leaks: (readonly string[] | undefined)[] = [undefined];
  private readonly leakTree: Asked;
  /** By row, by instance. */
  private readonly treesPossible = new Map<Row, readonly Asked[]>();

  constructor(engine: PackedEngine, packing: Packing, board: Board) {
    this.engine = engine;
    this.packing = packing;
    this.board = board;
    this.trees = board.stateRows.map(() => new Asked(packing));
    this.leakTree = new Asked(packing);
  }

  /** Asks every property of states of the packed one that starts at `from`. */
  state(words: Uint32Array, from: number, violated: Violated, count = true): void {
    const { stateRows } = this.board;
    for (let index = 0; index < stateRows.length; index += 1)
      this.ask(stateRows[index] as Row, this.trees[index] as Asked, words, from, violated, count);
    if (this.board.watchesLeaks) this.askLeaks(words, from, violated, count);
  }

  /** Asks properties of the state that a step has led to. */
  after(rows: readonly Row[], words: Uint32Array, from: number, violated: Violated): void {
    for (const row of rows) {
      const asked = this.treesAfter.get(row) ?? new Asked(this.packing);
      this.treesAfter.set(row, asked);
      this.ask(row, asked, words, from, violated);
    }
  }

  /** What instance `k` of a `possibly` says of a packed state: `ASKED`, `REACHED`, both or 0. */
  possible(row: Row, k: number, words: Uint32Array): number {
    let instances = this.treesPossible.get(row);
    if (instances === undefined) {
      instances = Array.from({ length: instancesOf(row) }, () => new Asked(this.packing));
      this.treesPossible.set(row, instances);
    }
    const asked = instances[k] as Asked;
    const known = asked.tree.walk(words, 0);
    if (known === UNKNOWN) return this.learn(asked, words, 0, () => this.board.possible(row, k));
    asked.worth.used += 1;
    return known;
  }

  private ask(
    row: Row,
    asked: Asked,
    words: Uint32Array,
    from: number,
    violated: Violated,
    count = true,
  ): void {
    let answer = asked.tree.walk(words, from);
    if (answer === UNKNOWN) answer = this.learn(asked, words, from, () => this.board.answer(row));
    else asked.worth.used += 1;
    this.board.credit(row, answer as Answer, violated, count);
  }

  private askLeaks(words: Uint32Array, from: number, violated: Violated, count: boolean): void {
    const asked = this.leakTree;
    let leaf = asked.tree.walk(words, from);
    if (leaf === UNKNOWN) {
      leaf = this.learn(asked, words, from, () => {
        const objects = this.board.leaked();
        return objects === undefined ? 0 : this.leaks.push(objects) - 1;
      });
    } else asked.worth.used += 1;
    const objects = this.leaks[leaf];
    if (objects !== undefined) this.board.creditLeaks(objects, violated, count);
  }

  private learn(asked: Asked, words: Uint32Array, from: number, ask: () => number): number {
    const { memory } = this.engine;
    this.packing.unpack(words, memory.bytes, from);
    this.engine.attach();
    if (!asked.worth.pays) return ask();
    memory.footprint.begin();
    const leaf = ask();
    memory.footprint.end();
    asked.tree.grow(words, from, memory.footprint.looks, leaf);
    asked.worth.learned += 1;
    return leaf;
  }
}

/** What is known of one property. */
class Asked {
  readonly tree: Tree;
  readonly worth = new Worth();

  constructor(packing: Packing) {
    this.tree = new Tree(packing);
  }
}
