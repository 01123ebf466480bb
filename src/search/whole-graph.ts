/** The whole graph of a small check: every state and every move, nothing left out, with what is violated where. */
import type { Check } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { ContextName, Finding } from '../design/processor.ts';
import type { Attempt } from '../machine/engine.ts';
import type { Cell } from '../machine/layout.ts';
import { compileMachine, type Slot } from '../machine/machine.ts';
import { allEnded, expand } from '../machine/moves.ts';
import { PackedEngine } from '../machine/packed.ts';
import { initialise } from '../machine/start.ts';
import { modesOf } from '../replay/cursor.ts';
import { Waits } from '../replay/waits.ts';
import { Board, type Row } from './board.ts';
import { fatalRaces, Kcsan, racesIn } from './kcsan.ts';
import { asMistake } from './search.ts';

/** One move of a state. */
export interface GraphMove {
  readonly from: number;
  /** The state it leads to; -1 where it is a fatal violation and does not happen. */
  readonly to: number;
  /** Index into `WholeGraph.cpus`. */
  readonly cpu: number;
  readonly context: ContextName;
  /** Ordinal among this context's moves in this state. */
  readonly choice: number;
  readonly label: string;
  /** Functions from the outermost to the one the step belongs to. */
  readonly stack: readonly string[];
  /** For a pick: which variant. */
  readonly picked?: number;
  /** The callback or handler that starts with it. */
  readonly enters?: string;
  /** Names of the properties and facilities that it violates. */
  readonly violates: readonly string[];
}

export interface WholeGraph {
  readonly cpus: readonly string[];
  /** Initial states by name. Two may be one state. */
  readonly initials: readonly { readonly name: string; readonly state: number }[];
  /** States, numbered from 0 in breadth-first order. */
  readonly states: number;
  /** In the order of their states, of each CPU by CPU. */
  readonly moves: readonly GraphMove[];
  /** By state: names of the properties and facilities that it violates. */
  readonly violates: readonly (readonly string[])[];
  /** By state: whether no move leads on from it, though not every CPU has ended. */
  readonly isStuck: readonly boolean[];
  /** What is so in a state: shared fields, then locals and what CPUs stand before; those at their first value are left out. */
  valuesOf(state: number): readonly { readonly path: string; readonly value: string }[];
}

export interface GraphOptions {
  /** Distinct states, above which there is no graph; default 10,000. */
  readonly maxStates?: number | undefined;
  /** Only from this initial state; default all. */
  readonly initial?: string | undefined;
}

export const GRAPH_STATES = 10_000;

/**
 * Visits every state of a check, by execution and without reductions. What only all schedules together show, LOCKDEP's circles and
 * `possibly`, belongs to no state and is not in it.
 * @throws HeddleError `graph-too-large` above the bound, `bad-schedule` for an initial state that does not exist; and any mistake in the
 *   model that is met.
 * @example wholeGraph(lostUpdate).moves.length === 14;
 */
export function wholeGraph(check: Check, options: GraphOptions = {}): WholeGraph {
  try {
    const growing = new Growing(check, options.maxStates ?? GRAPH_STATES);
    const { initial } = options;
    const names = initial === undefined ? Object.keys(check.model.initial) : [initial];
    for (const name of names) growing.start(name);
    growing.grow();
    return growing;
  } catch (thrown) {
    throw asMistake(thrown);
  }
}

class Growing implements WholeGraph {
  readonly cpus: readonly string[];
  readonly initials: { name: string; state: number }[] = [];
  readonly moves: GraphMove[] = [];
  readonly violates: string[][] = [];
  readonly isStuck: boolean[] = [];
  private readonly engine: PackedEngine;
  private readonly board: Board;
  private readonly races: Kcsan;
  private readonly waits: Waits;
  private readonly bodies: Uint32Array[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly maxStates: number;

  constructor(check: Check, maxStates: number) {
    const compiled = compileMachine(check.model);
    this.engine = new PackedEngine(compiled, modesOf(check));
    this.engine.attach();
    this.board = new Board(check, this.engine);
    this.races = new Kcsan(this.engine);
    this.waits = new Waits(compiled.cpus.length);
    this.cpus = compiled.cpus.map(({ name }) => name);
    this.maxStates = maxStates;
  }

  get states(): number {
    return this.bodies.length;
  }

  start(name: string): void {
    this.engine.memory.words.fill(0);
    initialise(this.engine, name);
    this.initials.push({ name, state: this.numberOf() });
  }

  grow(): void {
    for (let state = 0; state < this.states; state += 1) this.visit(state);
  }

  valuesOf(state: number): readonly { readonly path: string; readonly value: string }[] {
    const { layout } = this.engine.compiled;
    this.show(state);
    const shown: { path: string; value: string }[] = [];
    const seen = new Set<string>();
    for (const cell of [...layout.cells].sort((one, other) => rankOf(one) - rankOf(other))) {
      const code = this.engine.memory.code(cell.index);
      if (code === 0 || seen.has(cell.name) || cell.path.at(-1) === '$held') continue;
      seen.add(cell.name);
      shown.push({ path: cell.name, value: String(cell.codec.show(code - cell.bias)) });
    }
    return shown;
  }

  private show(state: number): void {
    this.engine.memory.words.set(this.bodies[state] as Uint32Array);
  }

  /** The number of the state in memory, which is a new one where it was not met before. */
  private numberOf(): number {
    const { words } = this.engine.memory;
    const halves = new Uint16Array(words.buffer, words.byteOffset, words.length * 2);
    const key = String.fromCharCode(...halves);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.states;
    if (number === this.maxStates) {
      const most = this.maxStates.toLocaleString('en-US');
      const states = this.maxStates === 1 ? 'state' : 'states';
      throw new HeddleError('graph-too-large', `the graph has more than ${most} ${states}`);
    }
    this.numbers.set(key, number);
    this.bodies.push(words.slice());
    return number;
  }

  private visit(state: number): void {
    const { engine, board } = this;
    const restore = () => this.show(state);
    restore();
    const violated = new Set<string>();
    const note = (row: Row) => void violated.add(row.name);
    const found = (finding: Finding) => board.rowsOf(finding).forEach(note);
    board.state(note);
    restore();
    const isCut = fatalRaces(engine, this.races, restore).length > 0;
    racesIn(this.races, (visit) => expand(engine, { restore, visit })).forEach(found);
    const first = this.moves.length;
    this.waits.begin();
    const visit = (slot: Slot, entering: boolean, outcome: Attempt) => {
      this.waits.note(slot, entering, outcome, engine.waitsFor);
      if (outcome !== 'disabled') this.moves.push(this.moveOf(state, slot, outcome, restore));
    };
    if (!isCut) expand(engine, { restore, visit });
    restore();
    const own = this.moves.slice(first);
    const isStuck = !isCut && own.every(({ to }) => to === state) && !allEnded(engine);
    const cycle = this.waits.cycle(engine.compiled);
    if (engine.modes.deadlock !== 'off') {
      const stands = { facility: 'deadlock', object: '', message: '' } as const;
      if (isStuck) found({ ...stands, kind: 'deadlock' });
      if (cycle !== undefined) found({ ...stands, kind: 'wait-cycle' });
    }
    this.isStuck[state] = isStuck;
    this.violates[state] = [...violated];
  }

  private moveOf(from: number, slot: Slot, outcome: Attempt, restore: () => void): GraphMove {
    const { engine, board } = this;
    const { step, entered, picked, choices, loadedNow } = engine;
    const { ordinal } = choices;
    const violated = new Set<string>();
    const note = (row: Row) => void violated.add(row.name);
    for (const finding of engine.findings) board.rowsOf(finding).forEach(note);
    // What a failed attempt has touched on its way did not happen.
    if (outcome !== 'done') restore();
    const to = outcome === 'refused' ? -1 : this.numberOf();
    if (outcome === 'done') board.after(board.rowsAfter(step), note);
    return {
      ...{ from, to, cpu: slot.cpu, context: slot.context, choice: ordinal },
      label: step?.label ?? entered ?? 'end',
      stack: step?.stack ?? (loadedNow === undefined ? [] : [loadedNow.program.name]),
      ...(picked === -1 ? {} : { picked }),
      ...(entered === undefined ? {} : { enters: entered }),
      violates: [...violated],
    };
  }
}

/** Shared state before locals before what CPUs stand before. */
function rankOf({ role }: Cell): number {
  if (role === 'local') return 1;
  return role === 'control' ? 2 : 0;
}
