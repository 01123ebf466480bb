/** Breadth-first, in levels, some states at a time: the exhaustive search itself. */

import type { Check } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { FacilityModes } from '../machine/engine.ts';
import type { CompiledMachine } from '../machine/machine.ts';
import { type Move, perform } from '../machine/moves.ts';
import { initialise } from '../machine/start.ts';
import { formatMove } from '../replay/schedule.ts';
import { newArena } from './arena.ts';
import { Expander } from './expander.ts';
import { levelAt } from './levels.ts';
import { isOutOfMemory, type Limits } from './limits.ts';
import type { Occurrence } from './lockdep.ts';
import { SharedMemory } from './memory.ts';
import { absorb, notesOf } from './notes.ts';
import { disciplineOfPublished } from './privacy.ts';
import { chunksOf, putBack, type Snapshot } from './snapshot.ts';
import { PLAIN, type StoreChoice, TREE } from './stores/choice.ts';
import { Compression } from './stores/compression.ts';
import { Team, type Threads } from './team/team.ts';

/** States from which on more threads than one are worth their start. */
const TEAM_STATES = 30_000;

/** A state to start from: the one a schedule ends in. */
export interface Root {
  readonly initial: string;
  readonly moves: readonly Move[];
}

export class Search extends Expander {
  /** First id of each level; the last entry is the number of states. */
  readonly levelStarts: number[] = [0];
  readonly initialNames: string[] = [];
  /** Where it starts; default every initial state of the model. */
  roots: readonly Root[] | undefined;
  /** The states it has started from, in that order; -1 where a schedule ends in a fatal step. */
  readonly rootStates: number[] = [];
  /** Puts the state that stands for a packed one in its place; every state stands for itself where absent. */
  canonicalise: ((words: Uint32Array, from: number) => void) | undefined;
  /** Where levels are no steps: more than it takes to any state. */
  deepest: number | undefined;
  /** How states are kept. */
  store: StoreChoice;
  readonly compression: Compression;
  private readonly limits: Limits;
  /** The first state that nobody has expanded before this search. */
  private next = 0;
  private readonly memory: SharedMemory;
  private readonly threads: Threads | undefined;
  private team: Team | undefined;
  private hadTeam = false;
  private isQuick = false;

  /** How states are kept may change where `compresses`. */
  constructor(
    check: Check,
    compiled: CompiledMachine,
    modes: FacilityModes,
    limits: Limits,
    threads?: Threads,
    store: StoreChoice = PLAIN,
    compresses = false,
  ) {
    const memory = new SharedMemory(limits.collect, newArena());
    super(check, compiled, modes, memory, store);
    this.memory = memory;
    limits.idle = () => memory.arena?.idle ?? 0;
    this.store = store;
    this.limits = limits;
    this.threads = threads;
    this.compression = new Compression(compresses, memory, limits);
  }

  /**
   * Searches to the end or to a limit, breadth-first or as `visit` does; `from` goes on where a snapshot was made. True iff all states
   * were expanded.
   */
  run(
    visit: (search: Search, limits: Limits) => boolean = () => this.visitLevels(),
    from?: Snapshot,
  ): boolean {
    if (from === undefined) this.start();
    else this.resume(from);
    try {
      const isWhole = visit(this, this.limits);
      this.team?.gather();
      return isWhole;
    } catch (thrown) {
      // What was found before there was no memory left stands, whoever found it.
      if (isOutOfMemory(thrown)) this.team?.gather();
      throw thrown;
    } finally {
      this.team?.dismiss();
      this.close(from !== undefined || this.hadTeam);
    }
  }

  /** Breadth-first; `isEnough` is asked after each level. */
  visitLevels(isEnough: () => boolean = () => false): boolean {
    for (let level = Math.max(0, this.levelStarts.length - 2); ; level += 1) {
      const from = this.levelStarts[level] as number;
      // Of a level that was begun before, the end is known.
      const end = this.levelStarts[level + 1];
      const to = end ?? this.visited.count;
      if (from === to) {
        this.levelStarts.length = level + 1;
        return true;
      }
      this.levelStarts[level + 1] = to;
      this.level = level;
      this.levelStart = from;
      this.visited.forget(from);
      this.nextStart = to;
      const first = Math.max(from, this.next);
      if (isEnough()) return false;
      if (this.limits.atLevel(level + 1, to - from)) return this.end(first);
      this.frontier.turnTo(level);
      for (let id = first; id < to; ) {
        if (this.limits.atState(this, id)) return this.end(id);
        if (this.limits.isDue) this.limits.keep(this.snapshot(id));
        if (this.compression.isDue(this.visited)) this.compress();
        id = this.expandSome(id, to);
      }
    }
  }

  /** Compresses states, alone: threads that come later know them by their numbers as those before did. */
  private compress(): void {
    this.team?.gather();
    this.team?.dismiss();
    this.team = undefined;
    if (!this.compression.goOn(this.visited)) return;
    this.store = TREE;
    this.inner?.turnToStore();
  }

  /** Ends before a state is expanded: what was searched so far is kept, where that is wanted. */
  private end(next: number): false {
    if (this.limits.isDue) this.limits.keep(this.snapshot(next));
    return false;
  }

  /** The search as it stands; `next` is the first state that is not expanded. Good until the search goes on. */
  snapshot(next: number): Snapshot {
    const { visited, levelStarts, initialNames, engine } = this;
    this.team?.gather();
    return {
      states: visited.count,
      width: visited.packing.width,
      next,
      levelStarts: [...levelStarts],
      initialNames: [...initialNames],
      obtains: engine.compiled.obtains,
      spentMs: this.limits.elapsedMs,
      notes: notesOf(this),
      compressedFrom: this.compression.from,
      chunks: () => chunksOf(visited),
    };
  }

  private resume(from: Snapshot): void {
    putBack(from, this.visited);
    this.levelStarts.splice(0, 1, ...from.levelStarts);
    this.initialNames.push(...from.initialNames);
    this.limits.spentBefore(from.spentMs);
    if (this.compression.isAllowed) this.compression.from = from.compressedFrom;
    absorb(this, from.notes);
    this.next = from.next;
    const [start = 0, end = 0] = from.levelStarts.slice(-2);
    const level = from.levelStarts.length - 2;
    this.frontier.turnTo(level - 1);
    this.profile(start, end);
    this.frontier.turnTo(level);
    this.profile(end, from.states);
  }

  /** Asks what properties say of states that were asked before: those that they lead to inherit it. Tells nobody. */
  private profile(from: number, to: number): void {
    const { visited, frontier, answers } = this;
    const { width } = answers.profiles;
    const packed = new Uint32Array(visited.width);
    frontier.reserve((to - from) * width);
    for (let id = from; id < to; id += 1) {
      visited.loadPacked(id, packed);
      answers.profile(packed, frontier.next, (id - from) * width);
    }
  }

  /** Expands states from `from` on, before `to`, by as many threads as there are. Where the next begin. */
  private expandSome(from: number, to: number): number {
    const { threads, visited, compression } = this;
    const { count = 1, fromStates = TEAM_STATES } = threads ?? {};
    this.beQuick();
    const isEnough = visited.count >= fromStates && !compression.isUnderWay;
    if (threads !== undefined && count > 1 && isEnough) {
      this.team ??= new Team(this, this.memory, threads);
      this.hadTeam = true;
    }
    const next = this.team?.expand(from, to, this.limits.roomOf(this)) ?? from;
    return next === from ? this.expandBlock(from, to) : next;
  }

  private start(): void {
    const { memory } = this.engine;
    const packed = new Uint32Array(this.visited.width);
    const whole = Object.keys(this.check.model.initial).map((initial) => ({ initial, moves: [] }));
    for (const { initial, moves } of this.roots ?? whole) {
      memory.words.fill(0);
      initialise(this.engine, initial);
      const goesOn = moves.every((move) => this.follow(move));
      const parent = -1 - this.initialNames.length;
      this.initialNames.push(initial);
      this.rootStates.push(goesOn ? this.startFrom(parent, packed) : -1);
    }
  }

  /** Puts the state in memory among those to be expanded; its number. */
  private startFrom(parent: number, packed: Uint32Array): number {
    const { memory } = this.engine;
    this.generated += 1;
    this.exchange(memory.bytes);
    const known = this.visited.insert(memory.words, parent);
    if (known >= 0) return known;
    this.visited.loadPacked(this.visited.count - 1, packed);
    const { width } = this.answers.profiles;
    const at = (this.visited.count - 1) * width;
    this.frontier.reserve(at + width);
    this.answers.first(packed, this.frontier.next, at, this.atState);
    return -1 - known;
  }

  /** Makes one move of the state in memory; false where it is fatal, and did not happen. */
  follow(move: Move): boolean {
    this.source.set(this.engine.memory.words);
    const outcome = perform(this.engine, move, () => this.restore());
    if (outcome === undefined || outcome === 'disabled')
      throw new HeddleError('no-such-step', `${formatMove(move)} is not enabled`);
    if (outcome !== 'done') this.restore();
    return outcome !== 'refused';
  }

  /** Steps of the schedule that it starts after. */
  get stepsBefore(): number {
    return this.roots?.[0]?.moves.length ?? 0;
  }

  /** Puts the state that stands for one in an engine's memory in its place. */
  exchange(bytes: Uint8Array): void {
    if (this.canonicalise === undefined) return;
    const { packing, width } = this.visited;
    const packed = new Uint32Array(width);
    packing.pack(bytes, packed);
    this.canonicalise(packed, 0);
    packing.unpack(packed, bytes);
  }

  /** The same by this thread alone. */
  expandBlock(from: number, to: number): number {
    const { batch } = this.successors;
    const isSingle = this.limits.isNear(this);
    let next = from;
    batch.begin();
    try {
      next = this.gatherSome(from, isSingle ? from + 1 : to);
    } catch (thrown) {
      // In order: what is wrong with the states before comes first.
      const wrong = this.current;
      for (let one = from; one < wrong; one += 1) {
        batch.begin();
        this.gather(one);
        this.settle(one);
      }
      this.current = wrong;
      throw thrown;
    }
    this.settle(from);
    return next;
  }

  /** Once it is worth its start, has the inner loop work. */
  private beQuick(): void {
    if (this.isQuick || this.visited.count < this.limits.quickFrom) return;
    this.isQuick = true;
    if (this.canonicalise === undefined) this.quicken(this.memory);
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

  /** Whether no step is coarser than hardware, as far as all accesses say. */
  seemsFine(): boolean {
    try {
      this.discipline.decide();
      return true;
    } catch {
      return false;
    }
  }

  /** Adds what lockdep reports at the end, for rows that no step has violated. */
  decideLocks(): void {
    if (!this.lockdep.isOn) return;
    for (const { finding, halves } of this.lockdep.decide()) {
      for (const row of this.board.rowsOf(finding)) {
        if (row.depth !== -1) continue;
        row.depth = this.deepest ?? this.levelOf((halves[0] as Occurrence).state) + 1;
        row.finding = finding;
        row.halves = halves;
      }
    }
  }

  /** The level a state was found at, from 0. */
  levelOf(state: number): number {
    return levelAt(this.levelStarts, state);
  }
}

/** Wraps what a recipe threw: a mistake in the model, with where it was made. */
export function asMistake(thrown: unknown): HeddleError {
  if (thrown instanceof HeddleError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new HeddleError('step-threw', error.message, error.stack);
}
