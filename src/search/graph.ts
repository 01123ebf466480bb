/** The states of a search as a graph: who leads to whom, and turned round, who leads there. */
import type { Finding } from '../design/processor.ts';
import { Column } from './column.ts';
import type { Search } from './search.ts';

/** By whom each state is reached: those of one state in a row, in order, from its offset to that of the next. */
export interface Sources {
  readonly from: Uint32Array;
  readonly offsets: Uint32Array;
}

/** From whose targets they are to whose sources, sorted by counting; `offsets` says where the targets of each of `count` states begin. */
export function turned(targets: Column, offsets: Uint32Array, count: number): Sources {
  const ends = new Uint32Array(count + 1);
  for (let edge = 0; edge < targets.length; edge += 1) {
    const target = targets.get(edge);
    ends[target + 1] = (ends[target + 1] as number) + 1;
  }
  for (let state = 0; state < count; state += 1) {
    ends[state + 1] = (ends[state + 1] as number) + (ends[state] as number);
  }
  const starts = ends.slice();
  const from = new Uint32Array(targets.length);
  for (let state = 0; state < count; state += 1) {
    const end = offsets[state + 1] as number;
    for (let edge = offsets[state] as number; edge < end; edge += 1) {
      const target = targets.get(edge);
      from[ends[target] as number] = state;
      ends[target] = (ends[target] as number) + 1;
    }
  }
  return { from, offsets: starts };
}

/** Moves that lead back to where they come from are left out; so is what follows states that were not expanded. */
export class Graph {
  readonly count: number;
  /** Where the moves of each state lead. */
  private readonly targets = new Column();
  private readonly offsets: Uint32Array;
  private readonly search: Search;

  constructor(search: Search) {
    this.search = search;
    this.count = search.visited.count;
    this.offsets = new Uint32Array(this.count + 1);
  }

  /**
   * Makes the moves of every state once more, in order. `visit` is told of each state, of whether it was expanded and of what is wrong with
   * its moves together; `search.successors` has its moves meanwhile.
   */
  collect(visit: (state: number, isExpanded: boolean, wrong: readonly Finding[]) => void): Sources {
    const { search, targets } = this;
    // Where the search has met no race, there is none in any of its states.
    const races = search.engine.modes.KCSAN === 'fatal' || search.kcsan.notes().length > 0;
    for (let state = 0; state < this.count; state += 1) {
      const isExpanded = search.isExpanded(state);
      const wrong = isExpanded ? search.lookAgain(state, races) : [];
      // Where a data race is fatal nothing follows.
      const isCut = search.cut.has(state);
      if (isExpanded && !isCut) this.follow(state);
      this.offsets[state + 1] = targets.length;
      visit(state, isExpanded && !isCut, isCut ? wrong.filter(isRace) : wrong);
    }
    return turned(targets, this.offsets, this.count);
  }

  private follow(state: number): void {
    const { successors } = this.search;
    successors.fetch();
    for (let at = 0; at < successors.batch.count; at += 1) {
      const target = successors.stateAt(at);
      if (target !== state) this.targets.push(target);
    }
  }
}

function isRace({ facility }: Finding): boolean {
  return facility === 'KCSAN';
}
