/** Breadth-first, in levels, one state after the other: the exhaustive search itself. */

import type { Check } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { Finding } from '../design/processor.ts';
import type { Attempt, FacilityModes } from '../machine/engine.ts';
import type { CompiledCpu, CompiledMachine, Slot } from '../machine/machine.ts';
import { allEnded, expand } from '../machine/moves.ts';
import { PackedEngine } from '../machine/packed.ts';
import { Packing } from '../machine/packing.ts';
import { initialise } from '../machine/start.ts';
import { Waits } from '../replay/waits.ts';
import { LearnedAnswers } from './answers.ts';
import { Board, type Row, type Violated } from './board.ts';
import { Deeds } from './deeds.ts';
import { Discipline, NO_HARDIRQ, NO_SOFTIRQ } from './discipline.ts';
import { fatalRaces, Kcsan, racesIn } from './kcsan.ts';
import { type Executed, LearnedMoves } from './learned.ts';
import { levelAt } from './levels.ts';
import type { Limits } from './limits.ts';
import { Lockdep, type Occurrence } from './lockdep.ts';
import { disciplineOfPublished } from './privacy.ts';
import { Successors } from './successors.ts';
import { hashOf, Visited } from './visited.ts';

/** States up to which every step is executed a second time (semantics.md section 12). */
export const CHECKED_STATES = 10_000;

const NOTHING: readonly Finding[] = [];

export class Search implements Executed {
  readonly engine: PackedEngine;
  readonly visited: Visited;
  readonly board: Board;
  discipline: Discipline;
  readonly lockdep: Lockdep;
  readonly kcsan: Kcsan;
  private readonly allRaces: Kcsan;
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
  /** The state being expanded. */
  current = -1;
  /** Steps of the schedule that has led to it. */
  level = 0;
  /** States expanded to the end. */
  expanded = 0;
  /** Whether every move of a stored state was made; breadth-first those of the first states were. */
  isExpanded: (id: number) => boolean = (id) => id < this.expanded;
  /** Told of the first violation of each row. Where it is given that one stands, though a later one has fewer steps. */
  onFirst: ((row: Row) => void) | undefined;
  readonly source: Uint32Array;

  /** States that a fatal data race has ended the path in. */
  readonly cut = new Set<number>();

  /** Whatever is executed from now on is looked at again. */
  private isOver = false;
  private loops = 0;
  readonly successors: Successors;
  readonly answers: LearnedAnswers;
  private readonly deeds: Deeds;
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
    const { layout } = compiled;
    const packing = new Packing(layout.cells, layout.bytes);
    this.visited = new Visited(packing);
    this.source = new Uint32Array(this.engine.memory.words.length);
    this.deeds = new Deeds();
    this.successors = new Successors(
      this.engine,
      this.visited,
      new LearnedMoves(this.engine, packing, this),
      this.deeds,
    );
    this.board = new Board(check, this.engine, () => this.current);
    this.answers = new LearnedAnswers(this.engine, packing, this.board);
    this.discipline = new Discipline(compiled);
    this.stepCounts = new Float64Array(compiled.stepTotal);
    this.stepRefused = new Uint8Array(compiled.stepTotal);
    this.waits = new Waits(compiled.cpus.length);
    this.held = compiled.cpus.flatMap(() => [0, 0, 0]);
    this.lockdep = new Lockdep(this.engine);
    this.watchesLocks = this.lockdep.isOn;
    this.kcsan = new Kcsan(this.engine, () => this.current);
    this.allRaces = new Kcsan(this.engine);
    this.watchesRaces = this.kcsan.isOn;
  }

  /** Searches to the end or to a limit, breadth-first or as `visit` does. True iff all states were expanded. */
  run(visit: (search: Search, limits: Limits) => boolean = () => this.visitLevels()): boolean {
    this.start();
    try {
      return visit(this, this.limits);
    } finally {
      this.isOver = true;
      this.successors.moves.close();
      this.deeds.settle(this.stepCounts);
    }
  }

  /** Breadth-first. */
  visitLevels(): boolean {
    for (let level = 0; ; level += 1) {
      const from = this.levelStarts[level] as number;
      const to = this.visited.count;
      if (from === to) {
        this.levelStarts.length = level + 1;
        return true;
      }
      this.levelStarts[level + 1] = to;
      this.level = level;
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
    return levelAt(this.levelStarts, state);
  }

  /**
   * What is wrong with the moves of a state, looked at again for the schedule to show; data races only where asked for. Counts
   * nothing.
   */
  lookAgain(id: number, races: boolean): readonly Finding[] {
    const { successors } = this;
    this.loops = 0;
    successors.collect(id, false);
    for (let at = 0; at < successors.batch.count; at += 1)
      if (successors.stateAt(at) === id) this.loops += 1;
    const deadlocks = this.deadlocks();
    if (!this.watchesRaces || !races) return deadlocks;
    this.show(id);
    const found = racesIn(this.allRaces, (visit) => this.tryAll(visit));
    return [...deadlocks, ...found];
  }

  /** Asks every property of states of a stored one again; counts nothing. */
  askAgain(id: number, violated: Violated): void {
    const packed = new Uint32Array(this.visited.packing.width);
    this.visited.loadPacked(id, packed);
    this.answers.state(packed, 0, violated, false);
  }

  /** Tries every move of the state in memory. */
  private tryAll(visit: (slot: Slot, entering: boolean, outcome: Attempt) => void): void {
    expand(this.engine, { restore: () => this.restore(), visit });
  }

  /** Puts a state into the engine's memory. */
  private show(id: number): void {
    this.visited.load(id, this.source);
    this.restore();
    this.engine.attach();
  }

  private readonly atState = (row: Row, finding: Finding): void =>
    this.found(row, finding, this.level);
  private readonly atSuccessor = (row: Row, finding: Finding): void =>
    this.found(row, finding, this.level + 1);

  private found(row: Row, finding: Finding, steps: number): void {
    if (this.onFirst !== undefined) {
      if (row.depth !== -1) return;
      this.onFirst(row);
    }
    this.board.found(row, finding, steps);
  }

  /** Makes every move of a state, and judges the state, the moves and where they lead. */
  expandState(id: number): void {
    this.current = id;
    this.expanded += 1;
    if (this.watchesRaces && this.endsInRace(id)) {
      this.dead += 1;
      return;
    }
    this.loops = 0;
    const { successors } = this;
    successors.collect(id, true);
    this.insertBatch();
    this.generated += successors.batch.count;
    if (successors.batch.count === 0) this.dead += 1;
    this.foundHere(this.deadlocks());
    if (this.watchesRaces && successors.moves.isNewMeeting()) this.foundHere(this.newRaces(id));
  }

  /** False for a state in which a fatal data race ends the path. */
  enterState(id: number): boolean {
    this.current = id;
    if (!this.watchesRaces || !this.endsInRace(id)) return true;
    this.dead += 1;
    return false;
  }

  /** Makes the moves of one CPU, and judges them and where they lead. */
  expandCpu(id: number, cpu: number): void {
    this.current = id;
    this.successors.collect(id, true, cpu);
    this.insertBatch();
    this.generated += this.successors.batch.count;
  }

  /** Judges a state after the moves of all CPUs were made one by one. */
  judgeState(id: number): void {
    this.current = id;
    this.expanded += 1;
    this.foundHere(this.lookAgain(id, false));
    const { batch, moves } = this.successors;
    if (batch.count === 0) this.dead += 1;
    if (this.watchesRaces && moves.isNewMeeting()) this.foundHere(this.newRaces(id));
  }

  private foundHere(findings: readonly Finding[]): void {
    for (const finding of findings) {
      for (const row of this.board.rowsOf(finding)) this.found(row, finding, this.level);
    }
  }

  /** The data races of a state that no state before it had. */
  private newRaces(id: number): readonly Finding[] {
    this.show(id);
    return racesIn(this.kcsan, (visit) => this.tryAll(visit));
  }

  /** Where KCSAN is fatal, a path ends in the first state with a data race. */
  private endsInRace(id: number): boolean {
    if (this.engine.modes.KCSAN !== 'fatal') return false;
    this.show(id);
    const races = fatalRaces(this.engine, this.allRaces, () => this.restore());
    const [race] = races;
    if (race === undefined) return false;
    this.foundHere(races);
    this.board.mask(race);
    this.cut.add(id);
    return true;
  }

  /** Puts the states of the batch among those visited, in order, and asks what is to be asked of them. */
  private insertBatch(): void {
    const { visited, deeds } = this;
    const { batch } = this.successors;
    const { words, hashes, numbers, width, count } = batch;
    this.successors.fetch();
    for (let at = 0; at < count; at += 1) {
      const from = at * width;
      const id = visited.insertPacked(words, from, hashes[at] as number, this.current);
      if (id === this.current) this.loops += 1;
      if (this.current < CHECKED_STATES) this.noteSuccessor(from);
      const after = deeds.after[numbers[at] as number];
      if (after !== undefined) this.answers.after(after, words, from, this.atSuccessor);
      if (id < 0) this.answers.state(words, from, this.atSuccessor);
    }
  }

  private noteSuccessor(from: number): void {
    const { memory } = this.engine;
    this.visited.packing.unpack(this.successors.batch.words, memory.bytes, from);
    const before = this.successorHashes[this.current] as number;
    const hash = hashOf(memory.words, 0, memory.words.length);
    this.successorHashes[this.current] = before + hash;
  }

  /** Notes what a CPU holds in the state in memory, before its moves are tried. */
  begin(cpu: CompiledCpu): void {
    // What KCSAN notes of a move depends on which objects are live.
    if (this.watchesRaces) this.kcsan.begin();
    if (this.engine.compiled.layout.locks.length === 0) return;
    for (let level = 0; level <= 2; level += 1) {
      const context = cpu.index * 3 + level;
      this.held[context] = this.engine.contexts.heldByOwner(context);
    }
  }

  restore(): void {
    const { words } = this.engine.memory;
    for (let word = 0; word < words.length; word += 1) words[word] = this.source[word] as number;
  }

  /** What a move shows wherever it is made is noted once; a later state adds nothing to it. */
  executed(slot: Slot, outcome: Attempt): number {
    const { engine } = this;
    if (outcome === 'disabled') {
      if (!this.isOver) this.noteAccesses(slot);
      return -1;
    }
    const after = outcome === 'refused' ? [] : this.board.rowsAfter(engine.step);
    if (this.isOver) return this.deeds.number(engine.step, -1, [], after, engine.findings);
    for (const finding of engine.findings) {
      for (const row of this.board.rowsOf(finding)) this.found(row, finding, this.level + 1);
    }
    const claims = this.board.rowsOfClaims(engine.claimed);
    if (outcome === 'refused') {
      this.noteRefused();
      const fatal = engine.findings.at(-1);
      if (fatal !== undefined) this.board.mask(fatal);
      return this.deeds.number(engine.step, -1, claims, after, engine.findings);
    }
    this.noteAccesses(slot);
    if (this.watchesLocks) {
      this.lockdep.record(slot, this.current, this.held[slot.cpu * 3 + slot.level] as number);
    }
    return this.deeds.number(engine.step, this.counterOfStep(), claims, after, engine.findings);
  }

  /** A step that never happened because it violates is not one that was never reached. */
  private noteRefused(): void {
    const counter = this.counterOfStep();
    if (counter !== -1) this.stepRefused[counter] = 1;
  }

  /** Where the step just tried is counted; -1 for a move that is no step of a program. */
  private counterOfStep(): number {
    const { step, loadedNow, compiled } = this.engine;
    if (step === undefined || loadedNow === undefined) return -1;
    return (compiled.stepBase[loadedNow.id] as number) + step.point;
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
    return cell !== -1 && this.engine.memory.isSet(cell);
  }

  /** A blocked guard has read what it waits for: that too is an access. */
  private noteAccesses(slot: Slot): void {
    const { step } = this.engine;
    if (step === undefined || !this.engine.touched()) return;
    this.discipline.record(step, slot, this.heldBy(slot));
  }

  /** Nobody can go on, or some wait for each other for ever: said of the state whose successors were collected last. */
  private deadlocks(): readonly Finding[] {
    const { successors, engine } = this;
    if (engine.modes.deadlock === 'off') return NOTHING;
    if (successors.batch.count === this.loops && successors.refused.length === 0) {
      successors.moves.show();
      if (!allEnded(engine)) {
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
    return successors.waited ? this.waitCycle() : NOTHING;
  }

  private waitCycle(): readonly Finding[] {
    for (const [cpu, owners] of this.successors.waitsOf.entries()) this.waits.add(cpu, owners);
    const message = this.waits.cycle(this.engine.compiled);
    return message === undefined
      ? NOTHING
      : [{ facility: 'deadlock', kind: 'wait-cycle', object: '', message }];
  }
}

/** Wraps what a recipe threw: a mistake in the model, with where it was made. */
export function asMistake(thrown: unknown): HeddleError {
  if (thrown instanceof HeddleError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new HeddleError('step-threw', error.message, error.stack);
}
