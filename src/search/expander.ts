/**
 * What one thread does with states: makes their moves, notes what is wrong with them, and asks the properties of the states they
 * lead to.
 */

import type { Check } from '../design/check.ts';
import type { Finding } from '../design/processor.ts';
import type { Attempt, FacilityModes } from '../machine/engine.ts';
import type { CompiledCpu, CompiledMachine, Slot } from '../machine/machine.ts';
import { expand } from '../machine/moves.ts';
import { PackedEngine } from '../machine/packed.ts';
import { Packing } from '../machine/packing.ts';
import { LearnedAnswers } from './answers.ts';
import { Board, type Row, type Violated } from './board.ts';
import { Deadlocks } from './deadlock.ts';
import { Deeds } from './deeds.ts';
import { Discipline } from './discipline.ts';
import { Frontier } from './frontier.ts';
import { Held } from './held.ts';
import { BLOCK_MOVES, InnerLoop } from './inner/inner.ts';
import { fatalRaces, Kcsan, racesIn } from './kcsan.ts';
import { type Executed, LearnedMoves } from './learned.ts';
import { Lockdep } from './lockdep.ts';
import type { SharedMemory } from './memory.ts';
import type { StoreChoice } from './stores/choice.ts';
import { visitedOf } from './stores/open.ts';
import { SuccessorHashes } from './successor-hashes.ts';
import { Successors } from './successors.ts';
import type { Visited } from './visited.ts';

export class Expander implements Executed {
  readonly engine: PackedEngine;
  readonly visited: Visited;
  readonly board: Board;
  discipline: Discipline;
  readonly lockdep: Lockdep;
  readonly kcsan: Kcsan;
  private readonly allRaces: Kcsan;
  readonly check: Check;
  readonly stepCounts: Float64Array;
  /** Steps that were reached and refused, at least once, as fatal violations. */
  readonly stepRefused: Uint8Array;
  readonly successorHashes: SuccessorHashes;
  generated = 0;
  dead = 0;
  /** Steps of the schedule that has led to the state being expanded; breadth-first, its level, with the id of its first state. */
  level = 0;
  levelStart = 0;
  /** The id of the first state of the next level. */
  nextStart = 0;
  /** The state being expanded. */
  current = -1;
  /** States expanded to the end. */
  expanded = 0;
  /** Whether every move of a stored state was made; breadth-first those of the first states were. */
  isExpanded: (id: number) => boolean = (id) => id < this.expanded;
  /** Whether every move that is looked at counts as made. */
  countsMoves = true;
  /** Told of the first violation of each row. Where it is given that one stands, though a later one has fewer steps. */
  onFirst: ((row: Row) => void) | undefined;
  readonly source: Uint32Array;

  /** Does what was learned already, where there is one. */
  inner: InnerLoop | undefined;
  /** States that a fatal data race has ended the path in. */
  readonly cut = new Set<number>();

  /** Whatever is executed from now on is looked at again. */
  private isOver = false;
  readonly successors: Successors;
  readonly answers: LearnedAnswers;
  readonly frontier: Frontier;
  private readonly deeds: Deeds;
  readonly held: Held;
  private readonly deadlocks: Deadlocks;
  readonly watchesRaces: boolean;

  /** With memory that another thread has taken, it works on the states of that one. */
  constructor(
    check: Check,
    compiled: CompiledMachine,
    modes: FacilityModes,
    memory: SharedMemory,
    store: StoreChoice,
  ) {
    this.check = check;
    this.engine = new PackedEngine(compiled, modes);
    const packing = new Packing(compiled.layout.cells, compiled.layout.bytes);
    this.visited = visitedOf(packing, memory, store);
    this.frontier = new Frontier(memory);
    this.source = new Uint32Array(this.engine.memory.words.length);
    this.deeds = new Deeds();
    const moves = new LearnedMoves(this.engine, packing, this);
    this.successors = new Successors(this.engine, this.visited, moves, this.deeds);
    this.board = new Board(check, this.engine, () => this.current);
    this.answers = new LearnedAnswers(this.engine, packing, this.board, memory);
    this.discipline = new Discipline(compiled);
    this.stepCounts = new Float64Array(compiled.stepTotal);
    this.stepRefused = new Uint8Array(compiled.stepTotal);
    this.deadlocks = new Deadlocks(this.engine, this.successors);
    this.held = new Held(this.engine);
    this.successorHashes = new SuccessorHashes(this.engine, packing);
    this.lockdep = new Lockdep(this.engine);
    this.kcsan = new Kcsan(this.engine, () => this.current);
    this.allRaces = new Kcsan(this.engine);
    this.watchesRaces = this.kcsan.isOn;
  }

  /**
   * Nothing is noted or counted from here on, and nothing learned, unless `learnsAnew`: for who has learned little, having gone on with
   * what another has searched.
   */
  close(learnsAnew = false): void {
    const { successors, engine, visited } = this;
    this.settleCounts();
    this.inner = undefined;
    this.visited.refillQuickly = undefined;
    this.isOver = true;
    if (learnsAnew) successors.moves = new LearnedMoves(engine, visited.packing, this);
    else successors.moves.close();
  }

  /** Has the inner loop do what it can from here on. */
  quicken(memory: SharedMemory): void {
    this.inner = InnerLoop.of(this, memory);
  }

  /** Adds what was counted in passing to the counts of steps and properties. */
  settleCounts(): void {
    this.inner?.settle();
    this.successors.moves.settle(this.deeds);
    this.answers.profiles.settle();
    this.deeds.settle(this.stepCounts);
  }

  /** Adds the moves of a state to the batch, and looks at what is wrong with them together. */
  gather(id: number): void {
    const { successors } = this;
    this.current = id;
    if (this.watchesRaces && this.endsInRace(id)) {
      successors.batch.skip();
      return;
    }
    const goesOn = successors.gather(id, this.countsMoves);
    this.foundHere(this.deadlocks.find(goesOn));
    if (this.watchesRaces && successors.moves.isNewMeeting()) this.foundHere(this.newRaces(id));
  }

  /**
   * Adds the moves of states from one on, before another, until the batch has as many as a block or more; at least those of one. The
   * first that was not added.
   */
  gatherSome(from: number, to: number, most = BLOCK_MOVES): number {
    const { batch } = this.successors;
    let id = from;
    do {
      if (this.inner?.isUsable === true) id = this.inner.gather(id, to, most);
      if (id === to || (id > from && batch.count >= most)) break;
      this.gather(id);
      id += 1;
    } while (id < to && batch.count < most);
    return id;
  }

  /** Puts the states that those from `first` on lead to among the visited ones, and counts what was done. */
  settle(first: number, inherits = true): void {
    this.insertBatch(first, inherits);
    this.countStates();
  }

  private countStates(): void {
    const { batch } = this.successors;
    for (let origin = 0; origin < batch.origins; origin += 1)
      if (batch.startOf(origin) === batch.startOf(origin + 1)) this.dead += 1;
    this.expanded += batch.origins;
  }

  /** Counts what those from `first` on did, and asks what is to be asked after their moves; what is new is for others to see. */
  countBatch(first: number): void {
    const { batch } = this.successors;
    this.successorHashes.note(batch, first);
    const origins = this.deeds.asksAfter ? batch.origins : 0;
    for (let origin = 0, at = 0; origin < origins; origin += 1) {
      this.current = first + origin;
      for (const end = batch.startOf(origin + 1); at < end; at += 1) this.askAfter(at);
    }
    this.countStates();
    this.generated += batch.count;
  }

  /** Asks what is to be asked after a move of the current state. */
  askAfter(at: number): void {
    const { words, numbers, width } = this.successors.batch;
    const from = at * width;
    const after = this.deeds.after[numbers[at] as number];
    if (after !== undefined) this.answers.after(after, words, from, this.atSuccessor);
  }

  /**
   * In order; asks what is to be asked of new states: all properties of states, or those that look at what has changed since the
   * state on the frontier that led there.
   */
  private insertBatch(first: number, inherits: boolean): void {
    const { successors } = this;
    const inner = inherits ? this.inner : undefined;
    this.successorHashes.note(successors.batch, first);
    if (inner !== undefined) this.makeRoom();
    if (inner?.isUsable === true)
      inner.insert(first, (origin, at) => this.insertFrom(first, inherits, origin, at));
    else {
      successors.fetch();
      this.insertFrom(first, inherits, 0, 0);
    }
    this.generated += successors.batch.count;
  }

  /** Takes memory for as many states as the batch has. */
  private makeRoom(): void {
    const { visited, frontier, answers, successors } = this;
    const most = visited.count + successors.batch.count;
    visited.reserve(most);
    frontier.reserve((most - this.nextStart) * answers.profiles.width);
  }

  /** From a move of an origin on. */
  private insertFrom(first: number, inherits: boolean, fromOrigin: number, fromMove: number): void {
    const { visited, successors } = this;
    const { batch } = successors;
    const { words, hashes, loops, width, origins } = batch;
    for (let origin = fromOrigin, at = fromMove; origin < origins; origin += 1) {
      const parent = first + origin;
      const start = batch.startOf(origin);
      this.current = parent;
      for (const end = batch.startOf(origin + 1); at < end; at += 1) {
        const from = at * width;
        const hash = hashes[at] as number;
        const id =
          loops[at] === 1 ? parent : visited.insertPacked(words, from, hash, parent, at - start);
        this.askAfter(at);
        if (id >= 0) continue;
        if (inherits) this.ask(from, origin, -1 - id);
        else this.answers.state(words, from, this.atSuccessor);
      }
    }
  }

  /** Asks the properties of states of a new one, which the batch has at `from`. */
  ask(from: number, origin: number, id: number): void {
    const { words, sources, width } = this.successors.batch;
    const { rows, width: profile } = this.answers.profiles;
    if (rows === 0) return;
    this.frontier.reserve((id - this.nextStart + 1) * profile);
    this.inherit(words, from, sources, origin * width, this.current, id);
  }

  /** The same for one of `words` that a state of `sources` leads to, by their ids. */
  inherit(
    words: Uint32Array,
    from: number,
    sources: Uint32Array,
    source: number,
    parent: number,
    id: number,
  ): void {
    const { frontier, answers } = this;
    const { width } = answers.profiles;
    const child = id - this.nextStart;
    frontier.inherit(parent - this.levelStart, child, width);
    const at = child * width;
    answers.next(words, from, sources, source, frontier.next, at, this.atSuccessor);
  }

  /** Makes every move of a state, and judges the state, the moves and where they lead. */
  expandState(id: number): void {
    this.successors.batch.begin();
    this.gather(id);
    this.settle(id, false);
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
    this.successors.batch.begin();
    this.successors.gather(id, true, cpu);
    this.insertBatch(id, false);
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

  /**
   * What is wrong with the moves of a state, looked at again for the schedule to show; data races only where asked for. Counts
   * nothing.
   */
  lookAgain(id: number, races: boolean): readonly Finding[] {
    const { batch } = this.successors;
    batch.begin();
    const deadlocks = this.deadlocks.find(this.successors.gather(id, false));
    if (!this.watchesRaces || !races) return deadlocks;
    this.show(id);
    const found = racesIn(this.allRaces, (visit) => this.tryAll(visit));
    return [...deadlocks, ...found];
  }

  /** Whether some CPUs wait for each other in the state gathered last. */
  get hasWaitCycle(): boolean {
    return this.deadlocks.find(true).length > 0;
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
  show(id: number): void {
    this.visited.load(id, this.source);
    this.restore();
    this.engine.attach();
  }

  readonly atState = (row: Row, finding: Finding): void => this.found(row, finding, this.level);
  readonly atSuccessor = (row: Row, finding: Finding): void =>
    this.found(row, finding, this.level + 1);

  private found(row: Row, finding: Finding, steps: number): void {
    if (this.onFirst !== undefined) {
      if (row.depth !== -1) return;
      this.onFirst(row);
    }
    this.board.found(row, finding, steps);
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

  /** Notes what a CPU holds in the state in memory, before its moves are tried. */
  begin(cpu: CompiledCpu): void {
    // What KCSAN notes of a move depends on which objects are live.
    if (this.watchesRaces) this.kcsan.begin();
    this.held.begin(cpu);
  }

  restore(): void {
    const { words } = this.engine.memory;
    for (let word = 0; word < words.length; word += 1) words[word] = this.source[word] as number;
  }

  /** What a move shows wherever it is made is noted once; a later state adds nothing to it. */
  executed(slot: Slot, outcome: Attempt): number {
    const { engine } = this;
    if (this.watchesRaces) this.kcsan.gather(slot, outcome);
    if (outcome === 'disabled') {
      this.noteAccesses(slot);
      return -1;
    }
    // A failed attempt is a move, but the step has not happened.
    const after = outcome === 'done' ? this.board.rowsAfter(engine.step) : [];
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
    if (this.lockdep.isOn) {
      this.lockdep.record(slot, this.current, this.held.ofContext(slot));
    }
    return this.deeds.number(engine.step, this.counterOfStep(), claims, after, engine.findings);
  }

  races(): number {
    return this.watchesRaces ? this.kcsan.races() : 0;
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

  /** A blocked guard has read what it waits for: that too is an access. */
  noteAccesses(slot: Slot): void {
    const { step } = this.engine;
    if (this.isOver || step === undefined || !this.engine.touched()) return;
    this.discipline.record(step, slot, this.held.ofCpu(slot));
  }
}
