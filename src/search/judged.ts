/** One state at a time: its moves, and whether it or one of them violates a property. For what is said around a single schedule. */
import type { Check } from '../design/check.ts';
import type { Finding } from '../design/processor.ts';
import type { Attempt } from '../machine/engine.ts';
import type { StepInstruction } from '../machine/instructions.ts';
import type { CompiledMachine, Slot } from '../machine/machine.ts';
import { allEnded, expand, type Move, perform } from '../machine/moves.ts';
import { PackedEngine } from '../machine/packed.ts';
import { Packing } from '../machine/packing.ts';
import { initialise } from '../machine/start.ts';
import { modesOf } from '../replay/cursor.ts';
import { Waits } from '../replay/waits.ts';
import { Board, NO, type Row } from './board.ts';
import { stepsToEnd } from './distance.ts';
import { Kcsan } from './kcsan.ts';
import { Visited } from './visited.ts';

/** A move of a state, and where it leads. */
export interface JudgedMove extends Move {
  /** The step; absent for the start of a callback or handler, and for an end without one. */
  readonly step: StepInstruction | undefined;
  readonly entered: string | undefined;
  readonly picked: number;
  /** It, or the state it leads to by way of it, violates the property. */
  readonly violates: boolean;
  /** Id of the state that it leads to, -1 where it did not happen; the state itself where it changes nothing. */
  readonly to: number;
}

export interface JudgedState {
  readonly violates: boolean;
  /** Nothing moves any more, and that is how it is to be. */
  readonly ends: boolean;
  /** Contexts of which some move leads elsewhere, as bits: CPU * 3 + level. */
  readonly enabled: number;
  readonly moves: readonly JudgedMove[];
}

export class Judged {
  readonly engine: PackedEngine;
  private readonly board: Board;
  private readonly property: string;
  private readonly visited: Visited;
  private readonly source: Uint32Array;
  private readonly kcsan: Kcsan;
  private readonly waits: Waits;
  private readonly stateRow: Row | undefined;
  private readonly known = new Map<number, JudgedState>();
  private readonly slots: readonly Slot[];
  /** By slot and counter: steps to the end at least. */
  private readonly ahead: readonly (readonly number[])[];
  private readonly distances: number[] = [];
  private readonly asks: Readonly<Record<'leak' | 'deadlock' | 'KCSAN', boolean>>;

  /** `property` is the name or the id of a row. */
  constructor(check: Check, compiled: CompiledMachine, property: string) {
    this.engine = new PackedEngine(compiled, modesOf(check));
    this.board = new Board(check, this.engine);
    this.property = property;
    const { layout, cpus } = compiled;
    this.visited = new Visited(new Packing(layout.cells, layout.bytes));
    this.source = new Uint32Array(this.engine.memory.words.length);
    this.kcsan = new Kcsan(this.engine);
    this.waits = new Waits(cpus.length);
    this.slots = cpus.flatMap(({ slots }) => slots.filter((one) => one !== undefined));
    this.ahead = this.slots.map(({ loaded }) => [
      0,
      ...loaded.flatMap(({ program }) => stepsToEnd(program).slice(1)),
    ]);
    const { rows } = this.board;
    const row = rows.find(({ name, id }) => name === property || id === property);
    this.stateRow = this.board.stateRows.find((one) => one === row);
    const may = (facility: 'leak' | 'deadlock' | 'KCSAN'): boolean =>
      row !== undefined && this.engine.isOn(facility) && this.board.mayCount(row, facility);
    this.asks = { leak: may('leak'), deadlock: may('deadlock'), KCSAN: may('KCSAN') };
  }

  /** States met so far. */
  get count(): number {
    return this.visited.count;
  }

  /** The state that a schedule begins with. */
  initial(name: string): number {
    this.engine.memory.words.fill(0);
    initialise(this.engine, name);
    return this.idOf(this.engine.memory.words);
  }

  /** The state a move leads to; itself where the move did not happen. */
  after(state: number, move: Move): number {
    this.load(state);
    const outcome = perform(this.engine, move, () => this.restore());
    return outcome === 'done' ? this.idOf(this.engine.memory.words) : state;
  }

  /** How many steps all contexts of a state are from their ends at least, whatever they meet. */
  distance(state: number): number {
    return this.distances[state] as number;
  }

  look(state: number): JudgedState {
    const known = this.known.get(state) ?? this.lookAt(state);
    this.known.set(state, known);
    return known;
  }

  private lookAt(state: number): JudgedState {
    this.load(state);
    let violates = this.stateViolates();
    const moves: JudgedMove[] = [];
    let enabled = 0;
    let goesOn = false;
    const { engine, kcsan, waits } = this;
    waits.begin();
    kcsan.begin();
    const visit = (slot: Slot, entering: boolean, outcome: Attempt): void => {
      waits.note(slot, entering, outcome, engine.waitsFor);
      if (kcsan.isOn) kcsan.note(slot, outcome);
      if (outcome === 'disabled') return;
      const found = this.violatesByMove(outcome);
      const to = this.idAfter(outcome, state);
      const { step, entered, picked, choices } = engine;
      const { cpu, level } = slot;
      const choice = choices.ordinal;
      moves.push({ cpu, level, choice, step, entered, picked, violates: found, to });
      if (to === state && !found) return;
      enabled |= 1 << (slot.cpu * 3 + slot.level);
      goesOn = true;
    };
    expand(engine, { restore: () => this.restore(), visit });
    if (this.asks.KCSAN && kcsan.found.some((finding) => this.counts(finding))) violates = true;
    const isCut = engine.modes.KCSAN === 'fatal' && kcsan.found.length > 0;
    const stands = !goesOn && !allEnded(engine);
    if (this.asks.deadlock && (stands || waits.cycle(engine.compiled) !== undefined))
      violates = true;
    const ends = !goesOn && (!stands || engine.modes.deadlock === 'off');
    return { violates, ends: ends && !violates, enabled, moves: isCut ? [] : moves };
  }

  private stateViolates(): boolean {
    const { board, stateRow } = this;
    if (stateRow !== undefined) return board.answer(stateRow) === NO;
    if (!this.asks.leak) return false;
    let found = false;
    board.creditLeaks(
      board.leaked() ?? [],
      (_row, finding) => {
        found ||= this.counts(finding);
      },
      false,
    );
    return found;
  }

  /** A failed attempt of a polling step is a move back to the same state. */
  private idAfter(outcome: Attempt, state: number): number {
    if (outcome === 'spun') return state;
    return outcome === 'done' ? this.idOf(this.engine.memory.words) : -1;
  }

  private violatesByMove(outcome: Attempt): boolean {
    const { engine, board } = this;
    let found = engine.findings.some((finding) => this.counts(finding));
    if (outcome !== 'done') return found;
    const rows = board.rowsAfter(engine.step);
    const note = (row: Row): void => {
      found ||= this.isIt(row);
    };
    if (rows.length > 0) board.after(rows, note, false);
    return found;
  }

  private counts(finding: Finding): boolean {
    return this.board.rowsOf(finding).some((row) => this.isIt(row));
  }

  private isIt({ name, id }: Row): boolean {
    return name === this.property || id === this.property;
  }

  private idOf(words: Uint32Array): number {
    const id = this.visited.insert(words, -1);
    if (id >= 0) return id;
    let distance = 0;
    for (const [at, { counter }] of this.slots.entries())
      distance += this.ahead[at]?.[this.engine.memory.code(counter)] as number;
    this.distances.push(distance);
    return -1 - id;
  }

  private load(state: number): void {
    this.engine.attach();
    this.visited.load(state, this.source);
    this.restore();
  }

  private restore(): void {
    this.engine.memory.words.set(this.source);
  }
}

/** What a step is called wherever it is taken. */
export function nameOf({
  step,
  entered,
  picked,
}: Pick<JudgedMove, 'step' | 'entered' | 'picked'>): string {
  if (step !== undefined) return nameOfStep(step.stack, step.label, picked);
  return entered ?? 'end';
}

/** The same of a step that a trace tells of. */
export function nameOfStep(stack: readonly string[], label: string, picked: number): string {
  return `${stack.join('>')}: ${label} [${picked}]`;
}
