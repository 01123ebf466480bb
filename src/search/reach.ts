/** From which step of a schedule on a `possibly` is out of reach, and how it could still be reached before that. */
import type { Check } from '../design/check.ts';
import type { Finding } from '../design/processor.ts';
import type { StepInstruction } from '../machine/instructions.ts';
import type { CompiledMachine } from '../machine/machine.ts';
import { expand, type Move, perform } from '../machine/moves.ts';
import { PackedEngine } from '../machine/packed.ts';
import { initialise } from '../machine/start.ts';
import { modesOf } from '../replay/cursor.ts';
import { clientStops, stepsCalled } from './allowed.ts';
import { Board, forbiddenTo, type Row } from './board.ts';
import { fatalRaces, Kcsan } from './kcsan.ts';
import { Region } from './region.ts';

export type Reach =
  /** After step `step` (from 0) of the schedule nothing reaches it; the moves do, of which all before that step are the schedule's. */
  | {
      readonly kind: 'step';
      readonly step: number;
      readonly moves: readonly Move[];
      /** States that can follow the schedule. */
      readonly states: number;
    }
  /** Not even from the initial state. */
  | { readonly kind: 'never'; readonly states: number }
  /** More states than may be looked at, or a fatal violation cuts what follows. */
  | { readonly kind: 'unknown' };

/** What was asked at the end of a schedule, as its finding names it. Looks at `most` states at most. */
export function lastReach(
  check: Check,
  compiled: CompiledMachine,
  { initial, moves }: { readonly initial: string; readonly moves: readonly Move[] },
  { kind, object }: Finding,
  most: number,
): Reach {
  const engine = new PackedEngine(compiled, modesOf(check));
  const board = new Board(check, engine);
  const row = board.possibleRows.find(({ id }) => id === kind);
  if (row?.property?.kind !== 'possibly') return { kind: 'unknown' };
  const k = Math.max(0, row.property.instances.indexOf(object));
  return new Ahead(engine, board, row, k, most).lastOf(initial, moves);
}

class Ahead {
  private readonly engine: PackedEngine;
  private readonly board: Board;
  private readonly row: Row;
  private readonly k: number;
  private readonly most: number;
  private readonly kcsan: Kcsan;
  private readonly region: Region;
  private readonly excluded: ReadonlySet<StepInstruction>;
  private isCut = false;

  constructor(engine: PackedEngine, board: Board, row: Row, k: number, most: number) {
    this.engine = engine;
    this.board = board;
    this.row = row;
    this.k = k;
    this.most = most;
    this.kcsan = new Kcsan(engine);
    this.region = new Region(engine);
    const forbidden = stepsCalled(engine.compiled, forbiddenTo(row));
    this.excluded = new Set([...clientStops(engine.compiled), ...forbidden]);
  }

  lastOf(initial: string, moves: readonly Move[]): Reach {
    const states = this.statesOf(initial, moves);
    this.engine.attach();
    let after = 0;
    // What was found to reach nothing is not gone through again.
    for (let at = states.length - 1; at >= 0; at -= 1) {
      const first = this.region.count;
      this.engine.memory.words.set(states[at] as Uint32Array);
      if (!this.region.add()) continue;
      const goal = this.search(first);
      if (goal === 'unknown') return { kind: 'unknown' };
      if (goal !== 'nothing') {
        const way = [...moves.slice(0, at), ...this.region.wayTo(goal)];
        // A schedule whose end reaches it violates nothing.
        if (at === states.length - 1) return { kind: 'unknown' };
        return { kind: 'step', step: at, moves: way, states: after };
      }
      if (at === states.length - 1) after = this.region.count;
    }
    return { kind: 'never', states: after };
  }

  private statesOf(initial: string, moves: readonly Move[]): Uint32Array[] {
    const { engine } = this;
    const { words } = engine.memory;
    words.fill(0);
    initialise(engine, initial);
    const states = [words.slice()];
    for (const move of moves) {
      const before = states.at(-1) as Uint32Array;
      const outcome = perform(engine, move, () => words.set(before));
      if (outcome !== 'done') words.set(before);
      states.push(words.slice());
    }
    return states;
  }

  /** The state from `first` on that has it. */
  private search(first: number): number | 'nothing' | 'unknown' {
    const { engine, region, board } = this;
    for (let state = first; state < region.count; state += 1) {
      if (region.count > this.most) return 'unknown';
      region.load(state);
      if (board.isPossible(this.row, 'to', this.k)) return state;
      region.restore();
      const restore = (): void => region.restore();
      if (fatalRaces(engine, this.kcsan, restore).length > 0) this.isCut = true;
      else expand(engine, { restore, visit: (...move) => this.visit(state, ...move) });
    }
    return this.isCut ? 'unknown' : 'nothing';
  }

  private visit(
    state: number,
    { cpu, level }: { readonly cpu: number; readonly level: number },
    _entering: boolean,
    outcome: string,
  ): void {
    const { step, choices } = this.engine;
    if (step !== undefined && this.excluded.has(step)) return;
    if (outcome === 'refused') this.isCut = true;
    else if (outcome === 'done') this.region.add(state, { cpu, level, choice: choices.ordinal });
  }
}
