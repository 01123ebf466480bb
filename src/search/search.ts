/** Breadth-first, in levels, one state after the other: the exhaustive search itself. */

import type { Check } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { Finding } from '../design/processor.ts';
import type { Attempt, FacilityModes } from '../machine/engine.ts';
import type { CompiledCpu, CompiledMachine, Slot } from '../machine/machine.ts';
import { allEnded, expand, type MoveVisitor } from '../machine/moves.ts';
import { PackedEngine } from '../machine/packed.ts';
import { initialise } from '../machine/start.ts';
import { Waits } from '../replay/waits.ts';
import { Board, type Row } from './board.ts';
import { Discipline, NO_HARDIRQ, NO_SOFTIRQ } from './discipline.ts';
import { fatalRaces, Kcsan, racesIn } from './kcsan.ts';
import type { Limits } from './limits.ts';
import { Lockdep, type Occurrence } from './lockdep.ts';
import { disciplineOfPublished } from './privacy.ts';
import { hashOf, Visited } from './visited.ts';

/** States up to which every step is executed a second time (semantics.md section 12). */
export const CHECKED_STATES = 10_000;

export class Search implements MoveVisitor {
  readonly engine: PackedEngine;
  readonly visited: Visited;
  readonly board: Board;
  discipline: Discipline;
  readonly lockdep: Lockdep;
  readonly kcsan: Kcsan;
  readonly check: Check;
  /** First id of each level; the last entry is the number of states. */
  readonly levelStarts: number[] = [0];
  readonly initialNames: string[] = [];
  readonly stepCounts: Float64Array;
  /** Steps that were reached and refused, at least once, as fatal violations. */
  readonly stepRefused: Uint8Array;
  /** For the first states: what their successors were, to compare when they are executed again. */
  readonly successorHashes = new Uint32Array(CHECKED_STATES);
  generated = 0;
  dead = 0;
  /** The first fatal violation: what any property not violated may be masked by. */
  maskedBy: string | undefined;
  /** The state being expanded. */
  current = -1;
  /** States expanded to the end. */
  expanded = 0;
  readonly source: Uint32Array;

  /** States that a fatal data race has ended the path in. */
  readonly cut = new Set<number>();

  private successors = 0;
  private refused = 0;
  private loops = 0;
  /**
   * Locks each CPU holds in the state being expanded: a step's own unlock must not hide what
   * protected it.
   */
  private readonly held: number[];
  private readonly waits: Waits;
  private readonly watchesLocks: boolean;
  private readonly watchesRaces: boolean;
  private readonly limits: Limits;

  constructor(check: Check, compiled: CompiledMachine, modes: FacilityModes, limits: Limits) {
    this.check = check;
    this.limits = limits;
    this.engine = new PackedEngine(compiled, modes);
    const width = this.engine.memory.words.length;
    this.visited = new Visited(width);
    this.source = new Uint32Array(width);
    this.board = new Board(check, this.engine);
    this.discipline = new Discipline(compiled);
    this.stepCounts = new Float64Array(compiled.stepTotal);
    this.stepRefused = new Uint8Array(compiled.stepTotal);
    this.waits = new Waits(compiled.cpus.length);
    this.held = compiled.cpus.flatMap(() => [0, 0, 0]);
    this.lockdep = new Lockdep(this.engine);
    this.watchesLocks = this.lockdep.isOn;
    this.kcsan = new Kcsan(this.engine, true);
    this.watchesRaces = this.kcsan.isOn;
  }

  /** Searches to the end or to a limit. True iff the frontier emptied. */
  run(): boolean {
    this.start();
    for (let level = 0; ; level += 1) {
      const from = this.levelStarts[level] as number;
      const to = this.visited.count;
      if (from === to) {
        this.levelStarts.length = level + 1;
        return true;
      }
      this.levelStarts[level + 1] = to;
      if (this.limits.atLevel(level + 1, to - from)) return false;
      for (let id = from; id < to; id += 1) {
        if (this.limits.atState(this, id)) return false;
        this.expandState(id);
      }
    }
  }

  private start(): void {
    const { memory } = this.engine;
    for (const name of Object.keys(this.check.model.initial)) {
      memory.words.fill(0);
      initialise(this.engine, name);
      this.generated += 1;
      if (this.visited.insert(memory.words, -1 - this.initialNames.length) < 0)
        this.board.state(this.atState);
      this.initialNames.push(name);
    }
  }

  /**
   * Verifies that no step is coarser than hardware; where one is, once more without accesses to objects that nobody else could
   * reach.
   * @throws HeddleError `coarse-step`
   */
  decideGranularity(): void {
    try {
      this.discipline.decide();
    } catch (coarse) {
      const published =
        this.engine.compiled.layout.objects.length > 0 ? disciplineOfPublished(this) : undefined;
      if (published === undefined) throw coarse;
      published.decide();
      this.discipline = published;
    }
  }

  /** Adds what lockdep reports at the end, for rows that no step has violated. */
  decideLocks(): void {
    if (!this.watchesLocks) return;
    for (const { finding, halves } of this.lockdep.decide()) {
      for (const row of this.board.rowsOf(finding)) {
        if (row.depth !== -1) continue;
        row.depth = this.levelOf((halves[0] as Occurrence).state) + 1;
        row.finding = finding;
        row.halves = halves;
      }
    }
  }

  /** The level a state was found at, from 0. */
  levelOf(state: number): number {
    let level = 0;
    while (
      level + 1 < this.levelStarts.length &&
      (this.levelStarts[level + 1] as number) <= state
    ) {
      level += 1;
    }
    return level;
  }

  /** What is wrong with the moves of a state, looked at again for the schedule to show; counts nothing. */
  lookAgain(id: number): Finding[] {
    this.successors = 0;
    this.refused = 0;
    this.loops = 0;
    this.waits.begin();
    expand(this.engine, {
      restore: () => this.restore(),
      visit: (slot, entering, outcome) => {
        this.waits.note(slot, entering, outcome, this.engine.waitsFor);
        if (outcome === 'disabled') return;
        if (outcome === 'refused') this.refused += 1;
        else {
          this.successors += 1;
          if (outcome === 'spun' || this.visited.find(this.engine.memory.words) === id)
            this.loops += 1;
        }
      },
    });
    const deadlocks = this.deadlocks();
    this.restore();
    return [...deadlocks, ...this.races()];
  }

  private readonly atState = (row: Row, finding: Finding): void =>
    this.found(row, finding, this.level);
  private readonly atSuccessor = (row: Row, finding: Finding): void =>
    this.found(row, finding, this.level + 1);

  private get level(): number {
    return this.current === -1 ? 0 : this.levelStarts.length - 2;
  }

  private found(row: Row, finding: Finding, steps: number): void {
    if (row.depth !== -1 && row.depth <= steps) return;
    row.depth = steps;
    row.finding = finding;
  }

  private expandState(id: number): void {
    this.current = id;
    this.visited.load(id, this.source);
    this.restore();
    this.successors = 0;
    this.refused = 0;
    this.loops = 0;
    this.waits.begin();
    this.beginState();
    if (this.watchesRaces) this.kcsan.begin();
    if (!this.endsInRace(id)) expand(this.engine, this);
    this.expanded += 1;
    if (this.successors === 0) this.dead += 1;
    this.foundHere(this.deadlocks());
    if (this.watchesRaces) this.foundHere(this.kcsan.found);
  }

  private foundHere(findings: readonly Finding[]): void {
    for (const finding of findings) {
      for (const row of this.board.rowsOf(finding)) this.found(row, finding, this.level);
    }
  }

  /** The data races of the state in memory. */
  private races(): readonly Finding[] {
    return racesIn(this.engine, (visit) =>
      expand(this.engine, { restore: () => this.restore(), visit }),
    );
  }

  /** Where KCSAN is fatal, a path ends in the first state with a data race. */
  private endsInRace(id: number): boolean {
    const races = fatalRaces(this.engine, () => this.restore());
    const [race] = races;
    if (race === undefined) return false;
    this.foundHere(races);
    this.maskedBy ??= this.board.rowsOf(race)[0]?.id;
    this.refused += races.length;
    this.cut.add(id);
    return true;
  }

  /** Notes what the state in memory holds, before its moves are tried. */
  beginState(): void {
    this.engine.attach();
    if (this.engine.compiled.layout.locks.length === 0) return;
    for (let context = 0; context < this.held.length; context += 1) {
      this.held[context] = this.engine.contexts.heldByOwner(context);
    }
  }

  restore(): void {
    const { words } = this.engine.memory;
    for (let word = 0; word < words.length; word += 1) words[word] = this.source[word] as number;
  }

  visit(slot: Slot, entering: boolean, outcome: Attempt): void {
    const { engine } = this;
    this.waits.note(slot, entering, outcome, engine.waitsFor);
    if (this.watchesRaces) this.kcsan.note(slot, outcome);
    if (outcome === 'disabled') {
      this.noteAccesses(slot);
      return;
    }
    for (const finding of engine.findings) {
      for (const row of this.board.rowsOf(finding)) this.found(row, finding, this.level + 1);
    }
    this.board.countClaims(engine.claimed);
    if (outcome === 'refused') {
      this.refused += 1;
      this.noteRefused();
      const fatal = engine.findings.at(-1);
      if (fatal !== undefined) this.maskedBy ??= this.board.rowsOf(fatal)[0]?.id;
      return;
    }
    if (outcome === 'spun') this.restore();
    this.account(slot);
    if (this.watchesLocks) {
      this.lockdep.record(slot, this.current, this.held[slot.cpu * 3 + slot.level] as number);
    }
    this.generated += 1;
    this.successors += 1;
    const id = this.visited.insert(engine.memory.words, this.current);
    if (id === this.current) this.loops += 1;
    if (this.current < CHECKED_STATES) this.noteSuccessor();
    const { step } = engine;
    if (step !== undefined && this.board.hasAfter) {
      this.board.after(`${step.stack.at(-1)}: ${step.label}`, step.label, this.atSuccessor);
    }
    if (id < 0) this.board.state(this.atSuccessor);
  }

  /** A step that never happened because it violates is not one that was never reached. */
  private noteRefused(): void {
    const { step, loadedNow, compiled } = this.engine;
    if (step === undefined || loadedNow === undefined) return;
    this.stepRefused[(compiled.stepBase[loadedNow.id] as number) + step.point] = 1;
  }

  private noteSuccessor(): void {
    const before = this.successorHashes[this.current] as number;
    const hash = hashOf(this.engine.memory.words, this.visited.width);
    this.successorHashes[this.current] = Math.imul(before, 31) + hash;
  }

  /** Counts the step and looks at what it touched. */
  private account(slot: Slot): void {
    const { step, loadedNow, compiled } = this.engine;
    if (step === undefined || loadedNow === undefined) return;
    const index = (compiled.stepBase[loadedNow.id] as number) + step.point;
    this.stepCounts[index] = (this.stepCounts[index] as number) + 1;
    this.noteAccesses(slot);
  }

  /** Locks the CPU of a slot held before its move, and which contexts could not come on top. */
  heldBy(slot: Slot): number {
    const cpu = this.engine.compiled.cpus[slot.cpu] as CompiledCpu;
    const irqsOff = slot.level === 2 || this.isSet(cpu.irq);
    const softirqsOff = irqsOff || slot.level === 1 || this.isSet(cpu.bh);
    const masks = (irqsOff ? NO_HARDIRQ : 0) | (softirqsOff ? NO_SOFTIRQ : 0);
    let locks = 0;
    for (let level = 0; level <= 2; level += 1) locks |= this.held[slot.cpu * 3 + level] as number;
    return locks | masks;
  }

  private isSet(cell: number): boolean {
    return cell !== -1 && this.engine.memory.code(cell) !== 0;
  }

  /** A blocked guard has read what it waits for: that too is an access. */
  private noteAccesses(slot: Slot): void {
    const { step } = this.engine;
    if (step === undefined || !this.engine.touched()) return;
    this.discipline.record(step, slot, this.heldBy(slot));
  }

  /** Nobody can go on, or some wait for each other for ever. */
  private deadlocks(): Finding[] {
    if (this.engine.modes.deadlock === 'off') return [];
    if (this.successors === this.loops && this.refused === 0) {
      this.restore();
      if (!allEnded(this.engine)) {
        return [
          {
            facility: 'deadlock',
            kind: 'deadlock',
            object: '',
            message: 'no CPU can go on, and not all have finished',
          },
        ];
      }
    }
    return this.waitCycle();
  }

  private waitCycle(): Finding[] {
    const message = this.waits.cycle(this.engine.compiled);
    return message === undefined
      ? []
      : [{ facility: 'deadlock', kind: 'wait-cycle', object: '', message }];
  }
}

/** Wraps what a recipe threw: a mistake in the model, with where it was made. */
export function asMistake(thrown: unknown): HeddleError {
  if (thrown instanceof HeddleError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new HeddleError('step-threw', error.message, error.stack);
}
