/** One schedule, walked in the frozen engine: forwards, backwards, with what every step did. */
import type { Check, GoldenTrace } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import { ACCESS_MASK, ACCESS_SHIFT, ATOMIC, accesses, WRITE } from '../design/processor.ts';
import { type Attempt, DEFAULT_MODES, type FacilityModes } from '../machine/engine.ts';
import { FrozenEngine, type FrozenState, type Touch } from '../machine/frozen.ts';
import type { Cell } from '../machine/layout.ts';
import { type CompiledMachine, compileMachine, type Slot } from '../machine/machine.ts';
import { expand, type Move, perform } from '../machine/moves.ts';
import { initialise } from '../machine/start.ts';
import { Calls } from './calls.ts';
import { formatMove, parseSchedule } from './schedule.ts';
import type { Access, Change, TraceStep } from './trace.ts';
import { Waits } from './waits.ts';

/** A move that is enabled in the state shown, with its name. */
export interface NamedMove extends Move {
  readonly label: string;
  readonly stack: readonly string[];
  readonly picked: number;
  readonly outcome: Attempt;
  /** Leads back to the state it came from. */
  readonly stays: boolean;
}

/** Facilities of a check: the defaults, and what it changes. */
export function modesOf(check: Check): FacilityModes {
  return { ...DEFAULT_MODES, ...check.facilities };
}

/** Moves that are named where a schedule does not fit. */
const MOST_NAMED = 8;

export class Cursor {
  readonly compiled: CompiledMachine;
  readonly engine: FrozenEngine;
  readonly initial: string;
  readonly steps: TraceStep[] = [];
  readonly moves: Move[] = [];
  /** How the last step ended; a failed attempt is one that has not happened. */
  last: Attempt | undefined;
  /** By step: what it did with locals. */
  readonly touches: (readonly Touch[])[] = [];
  /** Steps done in the state shown. */
  at = 0;
  private readonly calls = new Calls();
  private readonly states: FrozenState[];

  constructor(check: Check, initial?: string, compiled = compileMachine(check.model)) {
    this.compiled = compiled;
    this.engine = new FrozenEngine(compiled, modesOf(check));
    this.engine.callNotes = [];
    this.initial = initial ?? (Object.keys(check.model.initial)[0] as string);
    const state = this.engine.blank();
    initialise(this.engine, this.initial);
    this.states = [state];
  }

  /** The state after `at` steps (the one shown by default): a frozen tree. */
  state(at = this.at): FrozenState {
    return this.states[at] as FrozenState;
  }

  get length(): number {
    return this.steps.length;
  }

  goTo(at: number): void {
    this.at = Math.max(0, Math.min(this.length, at));
  }

  /**
   * Does one more step at the end of the schedule.
   * @throws HeddleError `no-such-step` where the state has no such move.
   */
  push(move: Move): TraceStep {
    const before = this.states.at(-1) as FrozenState;
    if (this.steps.at(-1)?.refused === true) {
      throw new HeddleError('no-such-step', 'the schedule goes on after a fatal violation');
    }
    this.engine.attach();
    let accessed: Access[] = [];
    let touches: readonly Touch[] = [];
    const { next, result } = this.engine.advance(before, () => {
      const outcome = perform(this.engine, move, () => this.rewind(before));
      accessed = this.accessed();
      touches = [...this.engine.memory.touches];
      if (outcome === 'refused' || outcome === 'spun') this.rewind(before);
      return outcome;
    });
    if (result === undefined || result === 'disabled') {
      throw new HeddleError(
        'no-such-step',
        `step ${this.length + 1}, ${formatMove(move)}, is not enabled${this.instead()}`,
      );
    }
    const after = result === 'done' ? next : before;
    const step = this.describe(move, result, before, after, accessed);
    this.steps.push(step);
    this.last = result;
    this.moves.push(move);
    this.touches.push(touches);
    this.states.push(after);
    this.at = this.length;
    return step;
  }

  /** What can move in the last state, for whoever asked for something else. */
  private instead(): string {
    const enabled = this.enabled();
    if (enabled.length === 0) return ', and nothing else is';
    const some = enabled.slice(0, MOST_NAMED).map((move) => formatMove(move).padEnd(4));
    const names = enabled.slice(0, MOST_NAMED).map((move) => stepName(this.compiled, move));
    const more = enabled.length > MOST_NAMED ? `\n  and ${enabled.length - MOST_NAMED} more` : '';
    return `; enabled are:\n  ${some.map((move, at) => `${move} ${names[at]}`).join('\n  ')}${more}`;
  }

  private rewind(state: FrozenState): void {
    const { tree } = this.engine.memory;
    for (const key of Object.keys(tree)) delete tree[key];
    Object.assign(tree, state);
  }

  /** Every enabled move of the last state, by name. */
  enabled(): NamedMove[] {
    const found: NamedMove[] = [];
    const { memory } = this.engine;
    this.engine.show(this.states.at(-1) as FrozenState);
    const codes = memory.cells.map(({ index }) => memory.code(index));
    this.tryAll((slot, _entering, outcome) => {
      if (outcome === 'disabled') return;
      const stays =
        outcome === 'spun' ||
        (outcome === 'done' && codes.every((code, cell) => memory.code(cell) === code));
      found.push({ ...this.name(slot, outcome), stays });
    });
    return found;
  }

  /** CPUs whose topmost context has no enabled move in the last state, and the step it stands before. */
  blocked(): { cpu: number; on: string }[] {
    if (this.steps.at(-1)?.refused === true) return [];
    const moved = new Set<number>();
    const stuck = new Map<number, string>();
    this.tryAll((slot, entering, outcome) => {
      if (outcome !== 'disabled' && outcome !== 'spun') moved.add(slot.cpu);
      else if (!entering) {
        const { label, stack } = this.name(slot, outcome);
        stuck.set(slot.cpu, `${stack.at(-1)}: ${label}`);
      }
    });
    return [...stuck].filter(([cpu]) => !moved.has(cpu)).map(([cpu, on]) => ({ cpu, on }));
  }

  /** Which CPUs wait for each other in a circle in the last state, in words; undefined where none do. */
  waitCycle(): string | undefined {
    const waits = new Waits(this.compiled.cpus.length);
    this.tryAll((slot, entering, outcome) =>
      waits.note(slot, entering, outcome, this.engine.waitsFor),
    );
    return waits.cycle(this.compiled);
  }

  /** Tries every move of the last state, and leaves it as it was. */
  tryAll(visit: (slot: Slot, entering: boolean, outcome: Attempt) => void): void {
    const state = this.states.at(-1) as FrozenState;
    this.engine.attach();
    this.engine.advance(state, () => {
      expand(this.engine, { restore: () => this.rewind(state), visit });
      this.rewind(state);
    });
    this.engine.show(state);
  }

  private name(slot: Slot, outcome: Attempt): Omit<NamedMove, 'stays'> {
    const { step, entered, picked, choices, loadedNow } = this.engine;
    return {
      cpu: slot.cpu,
      level: slot.level,
      choice: choices.ordinal,
      label: step?.label ?? entered ?? 'end',
      stack: step?.stack ?? (loadedNow === undefined ? [] : [loadedNow.program.name]),
      picked,
      outcome,
    };
  }

  private describe(
    move: Move,
    outcome: Attempt,
    before: FrozenState,
    after: FrozenState,
    accessed: readonly Access[],
  ): TraceStep {
    const { engine } = this;
    const named = this.name(engine.slot, outcome);
    const changes = this.changed(before, after);
    return {
      cpu: move.cpu,
      context: engine.slot.context,
      choice: move.choice,
      label: named.label,
      stack: named.stack,
      calls: this.calls.at(
        `${move.cpu} ${move.level}`,
        engine.callNotes ?? [],
        engine.entered !== undefined,
        named.stack.length,
      ),
      ...(named.picked === -1 ? {} : { picked: named.picked }),
      accesses: accessed,
      changes: changes
        .filter(([cell]) => cell.role !== 'local' && !isCounter(cell))
        .map(([, change]) => change),
      locals: changes.filter(([cell]) => cell.role === 'local').map(([, change]) => change),
      findings: [...engine.findings],
      ...(engine.entered === undefined ? {} : { enters: engine.entered }),
      refused: outcome === 'refused',
    };
  }

  private accessed(): Access[] {
    const { cells } = this.compiled.layout;
    return [...accesses.entries.slice(0, Math.min(accesses.count, ACCESS_MASK + 1))].map(
      (entry) => {
        const cell = cells[entry >>> ACCESS_SHIFT] as Cell;
        return {
          path: cell.name,
          value: this.show(this.engine.memory.tree, cell),
          write: (entry & WRITE) !== 0,
          atomic: (entry & ATOMIC) !== 0,
        };
      },
    );
  }

  private changed(before: FrozenState, after: FrozenState): [Cell, Change][] {
    if (before === after) return [];
    const found: [Cell, Change][] = [];
    for (const cell of this.compiled.layout.cells) {
      const old = this.show(before, cell);
      const now = this.show(after, cell);
      // Locals of one name in scopes side by side are one place of the tree.
      const isSeen = cell.role === 'local' && found.some(([, { path }]) => path === cell.name);
      if (old !== now && !isSeen) found.push([cell, { path: cell.name, before: old, after: now }]);
    }
    return found;
  }

  /** What a cell holds in a state, as people read it. */
  show(tree: FrozenState, cell: Cell): string {
    // biome-ignore lint/suspicious/noExplicitAny: a tree whose shape is the schema's.
    let node: any = tree;
    for (const key of cell.path) node = node?.[key];
    if (node === undefined) return String(cell.codec.show(0));
    if (node === null) return 'uninitialised';
    return typeof node === 'number' && cell.codec.kind === 'int' && cell.codec.size >= 64
      ? `0x${node.toString(16).padStart(2, '0')}`
      : String(node);
  }

  /** Evaluates something on the state shown, through the views. */
  look<T>(body: (state: unknown) => T): T {
    this.engine.attach();
    this.engine.show(this.state());
    let result!: T;
    this.engine.prepare(() => {
      result = body(this.engine.state);
    });
    return result;
  }
}

function isCounter(cell: Cell): boolean {
  return cell.role === 'control' && cell.path.at(-1) === 'at';
}

/**
 * Walks a schedule.
 * @throws HeddleError `bad-schedule`, `no-such-step`
 */
export function walk(
  check: Check,
  schedule: string | readonly Move[],
  initial?: string,
  compiled?: CompiledMachine,
): Cursor {
  const cursor = new Cursor(check, initial, compiled);
  for (const move of typeof schedule === 'string' ? parseSchedule(schedule) : schedule)
    cursor.push(move);
  return cursor;
}

/**
 * How a golden trace names a step: `CPU0 softirq page_table_free: label [2]`, the function and the
 * variant being optional.
 */
const GOLDEN = /^(\S+)(?: (softirq|hardirq))? (.*?)(?: \[(\d+)\])?$/s;

/**
 * Walks a schedule given as step names. Where a name fits several moves, all are tried: one cursor
 * per way that reaches the end.
 * @throws HeddleError `no-such-step` naming the first step that does not fit, and what was enabled
 * instead.
 */
export function walkLabels(
  check: Check,
  golden: GoldenTrace,
  compiled = compileMachine(check.model),
): Cursor[] {
  let ways: Cursor[] = [walk(check, [], golden.initial, compiled)];
  for (const [index, name] of golden.steps.entries()) {
    const next: Cursor[] = [];
    let instead: string[] = [];
    for (const way of ways) {
      if (way.steps.at(-1)?.refused === true) continue;
      const enabled = way.enabled();
      instead = enabled.map((move) => stepName(compiled, move));
      for (const move of enabled) {
        if (!fits(compiled, name, move)) continue;
        const cursor = walk(check, way.moves, golden.initial, compiled);
        cursor.push(move);
        next.push(cursor);
      }
    }
    if (next.length === 0) {
      const all = instead.join('\n  ');
      throw new HeddleError(
        'no-such-step',
        `step ${index + 1} '${name}' is not enabled; enabled are:\n  ${all}`,
      );
    }
    ways = next.slice(0, MAX_WAYS);
  }
  return ways;
}

/** Ways a golden trace may fit at once; more are not followed. */
const MAX_WAYS = 64;

/** A move's name as golden traces write it. */
export function stepName(compiled: CompiledMachine, move: NamedMove): string {
  const cpu = compiled.cpus[move.cpu]?.name ?? '?';
  const context = ['', ' softirq', ' hardirq'][move.level] ?? '';
  const picked = move.picked === -1 ? '' : ` [${move.picked}]`;
  const where = move.stack.at(-1);
  return `${cpu}${context} ${where === undefined ? '' : `${where}: `}${move.label}${picked}`;
}

function fits(compiled: CompiledMachine, name: string, move: NamedMove): boolean {
  const full = stepName(compiled, move);
  const match = GOLDEN.exec(name);
  if (full === name || match === null) return full === name;
  const [, cpu, context, label, picked] = match;
  if (compiled.cpus[move.cpu]?.name !== cpu) return false;
  if (context !== undefined && ['task', 'softirq', 'hardirq'][move.level] !== context) return false;
  if (picked !== undefined && Number(picked) !== move.picked) return false;
  return label === move.label || label === `${move.stack.at(-1)}: ${move.label}`;
}
