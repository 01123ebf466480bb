/**
 * What a search knows besides its states, as plain data: for another thread, or for a file. Counts are added; of what is kept where it
 * was seen first, the smallest state counts. So whoever expands some of the states, in ascending order, and whatever is absorbed
 * first: in the end it is what one search over all of them would know. What is decided after a search is not among it.
 */
import type { BoardNotes } from './board.ts';
import type { DisciplineNotes } from './discipline.ts';
import type { KcsanNotes } from './kcsan.ts';
import type { LockdepNotes } from './lockdep.ts';
import type { Search } from './search.ts';

export interface Notes {
  readonly generated: number;
  readonly dead: number;
  readonly expanded: number;
  readonly allocationsRefused: number;
  readonly stepCounts: readonly number[];
  readonly stepRefused: readonly number[];
  /** By state, up to the last that has any; see `CHECKED_STATES`. */
  readonly successorHashes: readonly number[];
  readonly cut: readonly number[];
  readonly board: BoardNotes;
  readonly lockdep: LockdepNotes;
  readonly discipline: DisciplineNotes;
  readonly kcsan: KcsanNotes;
}

/** Who takes notes: a search, or a part of one. */
export type Noting = Pick<
  Search,
  | 'generated'
  | 'dead'
  | 'expanded'
  | 'engine'
  | 'settleCounts'
  | 'stepCounts'
  | 'stepRefused'
  | 'successorHashes'
  | 'cut'
  | 'board'
  | 'lockdep'
  | 'discipline'
  | 'kcsan'
>;

export function notesOf(noting: Noting): Notes {
  const { generated, dead, expanded, engine, stepCounts, stepRefused, cut } = noting;
  noting.settleCounts();
  const last = noting.successorHashes.sums.findLastIndex((hash) => hash !== 0);
  return {
    ...{ generated, dead, expanded, allocationsRefused: engine.heap.refused },
    stepCounts: [...stepCounts],
    stepRefused: [...stepRefused],
    successorHashes: [...noting.successorHashes.sums.subarray(0, last + 1)],
    cut: [...cut],
    board: noting.board.notes(),
    lockdep: noting.lockdep.notes(),
    discipline: noting.discipline.notes(),
    kcsan: noting.kcsan.notes(),
  };
}

/** The same for one who goes on: what counts up counts from zero, so that the next notes say only what is new. */
export function takeNotes(noting: Noting): Notes {
  const notes = notesOf(noting);
  noting.generated = 0;
  noting.dead = 0;
  noting.expanded = 0;
  noting.engine.heap.refused = 0;
  noting.stepCounts.fill(0);
  noting.successorHashes.sums.fill(0);
  noting.cut.clear();
  noting.board.clearCounts();
  return notes;
}

export function absorb(noting: Noting, notes: Notes): void {
  noting.generated += notes.generated;
  noting.dead += notes.dead;
  noting.expanded += notes.expanded;
  noting.engine.heap.refused += notes.allocationsRefused;
  for (const [index, times] of notes.stepCounts.entries())
    noting.stepCounts[index] = (noting.stepCounts[index] as number) + times;
  for (const [index, refused] of notes.stepRefused.entries())
    noting.stepRefused[index] = (noting.stepRefused[index] as number) | refused;
  // Each state is expanded by one, so of all hashes for it but one are 0.
  for (const [state, hash] of notes.successorHashes.entries())
    noting.successorHashes.sums[state] = (noting.successorHashes.sums[state] as number) | hash;
  for (const state of notes.cut) noting.cut.add(state);
  noting.board.absorb(notes.board);
  noting.lockdep.absorb(notes.lockdep);
  noting.discipline.absorb(notes.discipline);
  noting.kcsan.absorb(notes.kcsan);
}
