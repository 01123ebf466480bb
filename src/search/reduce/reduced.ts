/**
 * A search that makes in each state only the moves that suffice (`stubborn.ts`), and joins a step that nobody can interfere with to
 * the one before (Lipton, "Reduction", 1975). Breadth-first over the states it keeps.
 */
import type { Cell } from '../../machine/layout.ts';
import type { CompiledCpu } from '../../machine/machine.ts';
import { hashOf } from '../hash.ts';
import type { Limits } from '../limits.ts';
import { addCell, addLooks, addRest, emptyMask, type Mask } from '../masks.ts';
import type { Search } from '../search.ts';
import { Equivariance } from '../symmetry/equivariance.ts';
import type { Symmetry } from '../symmetry/symmetry.ts';
import type { Footprints } from './effects.ts';
import type { Points } from './points.ts';
import type { Rules } from './rules.ts';
import { Selection } from './selection.ts';
import type { Standing } from './stubborn.ts';
import { tour } from './tour.ts';

/** Thrown at the end of a level where an execution has not kept to what was assumed of it: the search starts again. */
export class Retracted extends Error {}

/** Thrown where the whole graph is to be searched instead: the reduced one is about as large, or, with a message, lacks what is asked. */
export class PaysNot extends Error {}

/** How far a search of the whole graph has come: steps to the last level, with so many states. */
export interface Mark {
  readonly states: number;
  readonly steps: number;
}

/** The reduced graph is worth its cost where it has at most this share of the states: each of them takes three times as long. */
const MOST_STATES = 0.3;
/** The fewest permutations that can save as much. */
const LEAST_ORDER = 4;
/** Moves are put off, and joined, where that is so in at least this share of the states. */
const FEWEST_PUT_OFF = 0.1;
const FEWEST_JOINED = 0.2;

/** Which reductions are made. */
export interface Reductions {
  readonly stubborn: boolean;
  readonly transactions: boolean;
  /** What is exchanged; nothing where undefined. */
  readonly symmetry: Symmetry | undefined;
}

/** Steps joined at most. */
const MOST_JOINED = 1 << 10;

export class Reduced {
  /** States in which not all moves were made, and steps that were joined to others. */
  putOff = 0;
  joinedSteps = 0;
  private readonly search: Search;
  private readonly points: Points;
  private readonly rules: Rules;
  readonly reductions: Reductions;
  /** Whether some moves are not made where they could be. */
  private readonly putsOff: boolean;
  private readonly selection: Selection;
  private readonly cpus: readonly CompiledCpu[];
  /** Steps from an initial state to each state kept. */
  private readonly steps: number[] = [];
  private most = 0;
  /** Where CPUs stood when a step was joined, since the last state that was kept. */
  private readonly passed = new Set<number>();
  /** The move made last, while all before it since a state that was kept are right-movers. */
  private mover: Footprints | undefined;
  /**
   * Whether what is asked at rest must be seen there: where clients stop and nothing else comes, it is asked again where all have
   * ended, and no such state is left out; but a handler may come for ever.
   */
  private readonly watchesRest: boolean;
  /** Bits of counters, which are looked at to know what is at rest. */
  private readonly counters: Mask;
  private together = 0;
  /** By deed: how much oftener states it has led to were kept than gone on from. */
  private readonly keeps: number[] = [];
  /** The canonical form of the state looked for last. */
  private readonly form: Uint32Array;

  constructor(search: Search, points: Points, reductions: Reductions, rules: Rules) {
    const { engine, visited, board, answers } = search;
    const { compiled } = engine;
    const { packing } = visited;
    this.search = search;
    this.points = points;
    this.rules = rules;
    this.reductions = reductions;
    this.cpus = compiled.cpus;
    this.form = new Uint32Array(packing.width);
    const isAskedAtRest =
      board.watchesLeaks || board.stateRows.some(({ property }) => property?.kind === 'at_rest');
    this.watchesRest =
      isAskedAtRest && this.cpus.some(({ handlers }) => handlers.some((one) => one !== -1));
    this.selection = new Selection(search, points, rules, this.watchesRest);
    this.counters = emptyMask(packing);
    for (const { slots } of this.cpus) {
      for (const slot of slots) {
        if (slot === undefined) continue;
        addCell(this.counters, packing, compiled.layout.cells[slot.counter] as Cell);
      }
    }
    if (reductions.symmetry !== undefined) this.exchange(reductions.symmetry);
    search.countsMoves = false;
    this.putsOff = reductions.stubborn || reductions.transactions;
    if (!this.putsOff) return;
    this.selection.watch();
    answers.onAfter = (looks) => {
      const mask = emptyMask(packing);
      addLooks(mask, packing, looks);
      points.noteAfter(mask);
    };
  }

  /** Keeps one state of all that differ by an exchange, and holds steps and properties to it. */
  private exchange(symmetry: Symmetry): void {
    const { engine, successors, answers, board, visited } = this.search;
    const equivariance = new Equivariance(engine, visited.packing, symmetry);
    this.search.canonicalise = (words, from) => symmetry.canonicalise(words, from);
    if (!this.rules.equivariance) return;
    const { search } = this;
    equivariance.told = {
      begin: (cpu) => search.held.begin(cpu),
      touched: (slot) => search.noteAccesses(slot),
    };
    successors.moves.onExecuted = (words, from, cpu) => equivariance.moves(words, from, cpu);
    this.selection.beside = (words, from, cpu) => equivariance.beside(words, from, cpu);
    answers.onAsked = (row, words, from) =>
      equivariance.property(row.id, words, from, () => board.answer(row));
  }

  /**
   * True iff all states were expanded. `mark` is to be beaten.
   * @throws Retracted, PaysNot
   */
  visit(limits: Limits, mark?: Mark): boolean {
    try {
      return this.visitLevels(limits, mark);
    } finally {
      // What is looked at once all is decided belongs to no reduction.
      this.selection.stop();
    }
  }

  private visitLevels(limits: Limits, mark: Mark | undefined): boolean {
    const { search } = this;
    for (let id = 0; id < search.visited.count; id += 1) this.steps.push(0);
    let isMarked = false;
    if (this.putsOff) {
      this.selection.begin();
      if (this.rules.tour) tour(search, limits);
      this.lookAtProperties();
      this.points.grew = false;
      this.points.holdings.forgetUses();
      this.selection.forget();
    }
    for (let level = 0; ; level += 1) {
      const from = search.levelStarts[level] as number;
      const to = search.visited.count;
      search.deepest = this.most + 1;
      if (from === to) {
        search.levelStarts.length = level + 1;
        return true;
      }
      search.levelStarts[level + 1] = to;
      search.nextStart = to;
      if (limits.atLevel(level + 1, to - from)) return false;
      if (mark !== undefined && !isMarked && this.weigh(mark, from)) isMarked = true;
      for (let id = from; id < to; id += 1) {
        if (limits.atState(search, id)) return false;
        this.expand(id);
      }
      this.settle();
    }
  }

  /**
   * Whether the level that begins at a state is as deep as the mark: then it is known what reductions save.
   * @throws PaysNot
   */
  private weigh(mark: Mark, from: number): boolean {
    const { count } = this.search.visited;
    const sum = this.steps.slice(from).reduce((before, steps) => before + steps, 0);
    const isThere = sum > mark.steps * (count - from);
    const { order } = this.reductions.symmetry ?? { order: 1 };
    if (!this.putsOff && order < LEAST_ORDER) throw new PaysNot();
    if (count > mark.states * MOST_STATES) throw new PaysNot();
    const isIdle = this.putOff < from * FEWEST_PUT_OFF && this.joinedSteps < from * FEWEST_JOINED;
    if (isThere && this.putsOff && isIdle) throw new PaysNot();
    return isThere;
  }

  /** What was assumed and proved wrong in a level is given up at its end. */
  private settle(): void {
    if (!this.putsOff) return;
    this.lookAtProperties();
    if (this.points.grew || this.points.holdings.grew) throw new Retracted();
  }

  private lookAtProperties(): void {
    const { points, search } = this;
    const { answers, board } = search;
    const { profiles } = answers;
    for (let row = 0; row < profiles.rows; row += 1) {
      const kind = board.stateRows[row]?.property?.kind;
      const isAtRest = kind === undefined || kind === 'at_rest';
      if (isAtRest && !this.watchesRest) continue;
      const visible = emptyMask(search.visited.packing);
      profiles.looksOf(row, visible);
      if (isAtRest) {
        for (const [word, bits] of this.counters.entries())
          visible[word] = (visible[word] as number) & ~bits;
        addRest(visible);
      }
      points.noteVisible(row, visible);
    }
  }

  private expand(id: number): void {
    const { search } = this;
    const { batch } = search.successors;
    batch.begin();
    search.level = this.steps[id] as number;
    search.gather(id);
    search.successorHashes.noteAll(batch, search.current);
    if (batch.count === 0) search.dead += 1;
    const { selection, rules } = this;
    const set = this.reductions.stubborn ? selection.choose(-1, rules.expandAtViolation) : -1;
    const passed = selection.standings.some(
      ({ isPassed }, cpu) => isPassed && (set & (1 << cpu)) !== 0,
    );
    const later = this.follow(id, set, set) || passed;
    if (set !== -1) {
      if (this.rules.proviso && !later) this.follow(id, ~set, 0);
      else this.putOff += 1;
    }
    search.expanded += 1;
  }

  /**
   * Makes the moves of some CPUs in the stored state that the batch begins with, those of `together` being all that are made there;
   * 0 where that is not known. Whether one leads to a later level.
   */
  private follow(id: number, set: number, together: number): boolean {
    const { search, cpus } = this;
    const { batch } = search.successors;
    const moves = this.selection.standings.map(({ effect }) => effect.moves);
    let later = false;
    for (let cpu = 0; cpu < cpus.length; cpu += 1) {
      if ((set & (1 << cpu)) === 0) continue;
      const first = batch.startOfCpu(0, cpu);
      for (let at = first; at < batch.endOfCpu(0, cpu); at += 1) {
        search.level = this.steps[id] as number;
        this.count(at);
        if (batch.loops[at] === 1) {
          if (!this.rules.selfReturn) later = true;
          continue;
        }
        // Others are put before a right-mover: so what they do must have been done here.
        this.together = together;
        this.mover = together === 0 ? undefined : moves[cpu]?.[at - first];
        this.passed.clear();
        if (this.goOn(id, 0, cpu, at)) later = true;
      }
    }
    return later;
  }

  /** Keeps the state that a move of a CPU has led to from an origin, or goes on from it. Whether that leads to a later level. */
  private goOn(id: number, source: number, cpu: number, at: number): boolean {
    const { passed, search, selection } = this;
    const { batch } = search.successors;
    const { mover, keeps } = this;
    if (!this.reductions.transactions || this.isSeen(source, cpu, at)) return this.keep(id, at);
    const number = batch.numbers[at] as number;
    const balance = keeps[number] ?? 0;
    // What is kept already need not be gathered to be kept.
    const isSought = balance > 0;
    const found = isSought ? this.find(at) : -1;
    if (found >= 0) return found >= search.nextStart;
    search.level = (this.steps[id] as number) + 1 + passed.size;
    search.successors.gatherFrom(at);
    const origin = batch.origins - 1;
    const next = selection.joined(origin, cpu, mover, this.together);
    keeps[number] = next === -1 ? balance + 1 : balance - 1;
    if (next === -1) return this.keep(id, at, isSought);
    const standing = selection.standings[next] as Standing;
    const place = standing.at * this.cpus.length + next;
    if (passed.has(place) || passed.size === MOST_JOINED) return this.keep(id, at, isSought);
    passed.add(place);
    const { moves } = standing.effect;
    const { isRight } = selection;
    const first = batch.startOfCpu(origin, next);
    let later = standing.isPassed;
    for (let one = first; one < batch.endOfCpu(origin, next); one += 1) {
      this.count(one);
      this.joinedSteps += 1;
      this.mover = isRight ? moves[one - first] : undefined;
      if (this.goOn(id, origin, next, one)) later = true;
    }
    passed.delete(place);
    return later;
  }

  /** Keeps a state that the batch has, and that was sought right before or was not. Whether it is of a later level. */
  private keep(id: number, at: number, isSought = false): boolean {
    const { search } = this;
    const { batch } = search.successors;
    const found = this.insert(at, id, isSought);
    if (found >= 0) return found >= search.nextStart;
    const steps = (this.steps[id] as number) + 1 + this.passed.size;
    this.steps.push(steps);
    this.most = Math.max(this.most, steps);
    search.level = steps - 1;
    search.answers.state(batch.words, at * batch.width, search.atSuccessor);
    return true;
  }

  /** The id of the state that stands for one that the batch has, or -1. */
  private find(at: number): number {
    const { visited, successors } = this.search;
    const { words, width, hashes } = successors.batch;
    const { symmetry } = this.reductions;
    const from = at * width;
    if (symmetry === undefined) return visited.findPacked(words, from, hashes[at] as number);
    const { form } = this;
    for (let word = 0; word < width; word += 1) form[word] = words[from + word] as number;
    symmetry.canonicalise(form, 0);
    return visited.findPacked(form, 0, hashOf(form, 0, width));
  }

  private insert(at: number, parent: number, isSought: boolean): number {
    const { visited, successors } = this.search;
    const { words, width, hashes } = successors.batch;
    const from = at * width;
    const { symmetry } = this.reductions;
    if (symmetry === undefined)
      return visited.insertPacked(words, from, hashes[at] as number, parent);
    if (isSought) words.set(this.form, from);
    else symmetry.canonicalise(words, from);
    return visited.insertPacked(words, from, hashOf(words, from, width), parent);
  }

  /** Counts a move as made, and asks what is asked after it. */
  private count(at: number): void {
    const { search } = this;
    const { successors, answers } = search;
    const { batch, deeds } = successors;
    const number = batch.numbers[at] as number;
    deeds.take(number, 1);
    search.generated += 1;
    const after = deeds.after[number];
    if (after !== undefined)
      answers.after(after, batch.words, at * batch.width, search.atSuccessor);
  }

  /** Whether a property may look at what a move of a CPU has changed. */
  private isSeen(origin: number, cpu: number, at: number): boolean {
    const { words, sources, width } = this.search.successors.batch;
    const { visible } = this.points;
    for (let word = 0; word < width; word += 1) {
      const changed =
        (words[at * width + word] as number) ^ (sources[origin * width + word] as number);
      if ((changed & (visible[word] as number)) !== 0) return true;
    }
    if (!this.watchesRest) return false;
    return this.restOf(words, at * width, cpu) !== this.restOf(sources, origin * width, cpu);
  }

  private restOf(words: Uint32Array, from: number, cpu: number): number {
    const { futures } = this.selection;
    return futures.resting(cpu, futures.standing(words, from, cpu));
  }
}
