/**
 * Schedules of a search that kept no whole states but which move led to each: the states on the way to what was found are made again
 * from the initial ones, and schedules go through these.
 */
import { levelAt } from '../levels.ts';
import type { Search } from '../search.ts';
import { type Shortest, shortestSchedules, violatedRows } from '../shortest.ts';
import type { StoreChoice } from './choice.ts';
import type { Hashed } from './hashed.ts';

/** What is said of such a schedule: of each state one way to it was kept. */
export function retracedOrigin({ name }: StoreChoice): string {
  const most = name === 'bitstate' ? 'the fewest steps or ' : '';
  return `by the one way to each state that --store ${name} keeps; perhaps not ${most}the fewest switches`;
}

/** The schedule of every row that was seen violated; `again` is a search of the same check, not begun yet, that keeps whole states. */
export function retraced(search: Search, again: Search): Shortest[] {
  const rows = violatedRows(search);
  if (rows.length === 0) return [];
  const ways = new Ways(search, again);
  for (const { foundIn, halves } of rows) {
    ways.lead(foundIn, true);
    for (const { state } of halves) ways.lead(state, false);
  }
  again.run(() => ways.go());
  again.isExpanded = () => true;
  again.board.absorb(search.board.notes());
  for (const row of again.board.rows) {
    const same = rows.find(({ id }) => id === row.id);
    // Moves were executed anew, and at no level.
    row.depth = same?.depth ?? -1;
    row.finding = same?.finding;
    row.halves = (same?.halves ?? []).map((half) => ({ ...half, state: ways.stateOf(half.state) }));
  }
  return shortestSchedules(again).map((one) => ({
    ...one,
    row: rows.find(({ id }) => id === one.row.id) ?? one.row,
  }));
}

class Ways {
  private readonly search: Search;
  private readonly again: Search;
  /** By level: states on the way to something, and after them those that all moves of some states lead to. */
  private readonly levels: { readonly on: Set<number>; readonly after: Set<number> }[] = [];
  /** What a state that was made again is called now. */
  private readonly names = new Map<number, number>();

  constructor(search: Search, again: Search) {
    this.search = search;
    this.again = again;
  }

  /** Notes the way to a state; `isEnd` where what was found may be in one that it leads to. */
  lead(state: number, isEnd: boolean): void {
    if (state < 0) return;
    if (isEnd) this.at(this.levelOf(state) + 1).after.add(state);
    for (let one = state; one >= 0; one = this.search.visited.parent(one))
      this.at(this.levelOf(one)).on.add(one);
  }

  /** Makes the states again, level by level. */
  go(): boolean {
    const { visited, levelStarts } = this.again;
    for (const [level, { on, after }] of this.levels.entries()) {
      for (const state of [...on].sort((one, other) => one - other)) this.make(state);
      for (const state of after) this.makeNext(this.stateOf(state));
      levelStarts[level + 1] = visited.count;
    }
    return true;
  }

  stateOf(state: number): number {
    return this.names.get(state) as number;
  }

  private make(state: number): void {
    const visited = this.search.visited as Hashed;
    const parent = visited.parent(state);
    // Initial states are there from the start, under the same names.
    const name = parent < 0 ? state : this.insert(this.stateOf(parent), visited.move(state));
    this.names.set(state, name);
  }

  private makeNext(parent: number): void {
    const { successors } = this.again;
    successors.collect(parent, false);
    for (let at = 0; at < successors.batch.count; at += 1) this.insert(parent, at);
  }

  private insert(parent: number, move: number): number {
    const { visited, successors } = this.again;
    successors.collect(parent, false);
    const { words, hashes, width } = successors.batch;
    const id = visited.insertPacked(words, move * width, hashes[move] as number, parent);
    return id < 0 ? -1 - id : id;
  }

  private at(level: number) {
    while (this.levels.length <= level) this.levels.push({ on: new Set(), after: new Set() });
    return this.levels[level] as (typeof this.levels)[number];
  }

  private levelOf(state: number): number {
    return levelAt(this.search.levelStarts, state);
  }
}
