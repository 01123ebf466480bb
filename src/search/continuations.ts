/** Whether a replayed schedule ends where a `possibly` is out of reach: searched on from there, as far as a replay may take. */
import type { Check } from '../design/check.ts';
import type { Finding } from '../design/processor.ts';
import type { Attempt } from '../machine/engine.ts';
import type { StepInstruction } from '../machine/instructions.ts';
import type { Slot } from '../machine/machine.ts';
import { expand, type MoveVisitor, perform } from '../machine/moves.ts';
import { PackedEngine } from '../machine/packed.ts';
import { Packing } from '../machine/packing.ts';
import { initialise } from '../machine/start.ts';
import { type Cursor, modesOf } from '../replay/cursor.ts';
import { clientStops, stepsCalled } from './allowed.ts';
import { Board, forbiddenTo, instancesOf, nothingReaches, type Row } from './board.ts';
import { fatalRaces, Kcsan } from './kcsan.ts';
import { Visited } from './visited.ts';

/** States after the end of a schedule that are looked at. */
export const STATES_AFTER = 1_000_000;

/** An instance that is asked in the last state of a cursor, and not reached there. */
export interface Asked {
  readonly row: Row;
  readonly k: number;
  readonly finding: Finding;
}

/** What is asked in the last state; empty where the last step did not happen. Says nothing of what can follow. */
export function askedAtEnd(check: Check, cursor: Cursor): Asked[] {
  const board = new Board(check, cursor.engine);
  if (board.possibleRows.length === 0 || cursor.steps.at(-1)?.refused === true) return [];
  cursor.engine.attach();
  cursor.engine.show(cursor.state(cursor.length));
  return board.possibleRows.flatMap((row) =>
    Array.from({ length: instancesOf(row) }, (_, k) => k)
      .filter((k) => board.isPossible(row, 'from', k) && !board.isPossible(row, 'to', k))
      .map((k) => ({ row, k, finding: nothingReaches(row, k, cursor.length) })),
  );
}

/**
 * What is asked in the last state and reached by no continuation. One that only a whole search decides, because too much can follow
 * or a fatal violation cuts it, has the kind `undecided` and comes last.
 */
export function outOfReach(check: Check, cursor: Cursor, most = STATES_AFTER): Asked[] {
  const asked = askedAtEnd(check, cursor);
  if (asked.length === 0) return [];
  const ahead = new Ahead(check, cursor, most);
  if (!ahead.follow(cursor)) return [];
  const judged = asked.map((one) => ({ one, answer: ahead.search(one) }));
  const nothing = judged.filter(({ answer }) => answer === 'nothing').map(({ one }) => one);
  const open = judged.filter(({ answer }) => answer === 'undecided').map(({ one }) => one);
  return [...nothing, ...open.map((one) => ({ ...one, finding: undecided(one.finding, most) }))];
}

function undecided({ object }: Finding, most: number): Finding {
  const what = object === '' ? '' : `: ${object}`;
  const states = most.toLocaleString('en-US');
  return {
    facility: 'possibly',
    kind: 'undecided',
    object,
    message: `a continuation is asked for here${what}; none of the ${states} states looked at decides it, a whole search does`,
  };
}

class Ahead implements MoveVisitor {
  private readonly engine: PackedEngine;
  private readonly board: Board;
  private readonly kcsan: Kcsan;
  private readonly stops: ReadonlySet<StepInstruction>;
  private readonly source: Uint32Array;
  private readonly end: Uint32Array;
  private readonly most: number;
  private forbidden: ReadonlySet<StepInstruction> = new Set();
  private visited: Visited;
  private readonly packing: Packing;
  private isCut = false;

  constructor(check: Check, { compiled }: Cursor, most: number) {
    this.engine = new PackedEngine(compiled, modesOf(check));
    this.board = new Board(check, this.engine);
    this.kcsan = new Kcsan(this.engine);
    this.stops = clientStops(compiled);
    this.source = new Uint32Array(this.engine.memory.words.length);
    this.end = this.source.slice();
    const { layout } = this.engine.compiled;
    this.packing = new Packing(layout.cells, layout.bytes);
    this.visited = new Visited(this.packing);
    this.most = most;
  }

  /** Goes to the last state of a cursor; false where a client stops on the way: there nothing is asked. */
  follow(cursor: Cursor): boolean {
    const { engine, source } = this;
    engine.memory.words.fill(0);
    initialise(engine, cursor.initial);
    for (const move of cursor.moves) {
      source.set(engine.memory.words);
      if (perform(engine, move, () => this.restore()) === 'spun') this.restore();
      if (engine.step !== undefined && this.stops.has(engine.step)) return false;
    }
    this.end.set(engine.memory.words);
    return true;
  }

  search({ row, k }: Asked): 'reached' | 'nothing' | 'undecided' {
    const { engine, source } = this;
    this.forbidden = stepsCalled(engine.compiled, forbiddenTo(row));
    this.visited = new Visited(this.packing);
    this.visited.insert(this.end, -1);
    this.isCut = false;
    engine.attach();
    for (let state = 0; state < this.visited.count; state += 1) {
      if (this.visited.count > this.most) return 'undecided';
      this.visited.load(state, source);
      this.restore();
      if (this.board.isPossible(row, 'to', k)) return 'reached';
      this.restore();
      if (fatalRaces(engine, this.kcsan, () => this.restore()).length > 0) this.isCut = true;
      else expand(engine, this);
    }
    return this.isCut ? 'undecided' : 'nothing';
  }

  restore(): void {
    this.engine.memory.words.set(this.source);
  }

  visit(_slot: Slot, _entering: boolean, outcome: Attempt): void {
    const { step, memory } = this.engine;
    if (step !== undefined && (this.stops.has(step) || this.forbidden.has(step))) return;
    if (outcome === 'refused') this.isCut = true;
    else if (outcome === 'done') this.visited.insert(memory.words, -1);
  }
}
