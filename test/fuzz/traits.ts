/** What a trial really had in it, by its full search. */
import type { Search } from '../../src/search/search.ts';
import type { Trial } from './arbitrary.ts';
import type { Searched } from './searched.ts';

export const TRAITS = [
  'reduced by more than 30 %',
  'a violation behind a violation',
  'a softirq inside a plain lock',
  'a trylock',
  'retraction',
  'heap reuse',
  'a self-loop',
  'a tour',
  'a bound',
  'schedules compared',
] as const;
export type Trait = (typeof TRAITS)[number];

/** All but those that only a reduced search shows. */
export function traitsOf(trial: Trial, { search, rows }: Searched): Set<Trait> {
  const traits = new Set<Trait>();
  if (trial.tour) traits.add('a tour');
  if (search === undefined || rows[0]?.startsWith('invalid')) return traits;
  const depths = search.board.rows.map(({ depth }) => depth).filter((depth) => depth !== -1);
  if (new Set(depths).size > 1) traits.add('a violation behind a violation');
  if (interrupts(search)) traits.add('a softirq inside a plain lock');
  if (JSON.stringify(trial.program.functions).includes('"op":"trylock"')) traits.add('a trylock');
  lookAtMoves(search, traits);
  return traits;
}

/** A softirq runs on a CPU whose task holds a lock. */
function interrupts(search: Search): boolean {
  const { visited, engine } = search;
  const { layout, cpus } = engine.compiled;
  const words = new Uint32Array(engine.memory.words.length);
  const bytes = new Uint8Array(words.buffer);
  const codeAt = (cell: number): number => {
    const { offset, width } = layout.cells[cell] as { offset: number; width: number };
    let code = 0;
    for (let at = width - 1; at >= 0; at -= 1) code = code * 256 + bytes[offset + at];
    return code;
  };
  const softirqs = cpus.flatMap(({ index, slots }) =>
    slots.flatMap((slot) => (slot?.level === 1 ? [{ index, counter: slot.counter }] : [])),
  );
  if (softirqs.length === 0 || layout.locks.length === 0) return false;
  for (let id = 0; id < visited.count; id += 1) {
    visited.load(id, words);
    for (const { index, counter } of softirqs) {
      if (codeAt(counter) === 0) continue;
      for (const { cell } of layout.locks)
        if (codeAt(cell) === index * 3 + layout.cells[cell].bias + 1) return true;
    }
  }
  return false;
}

/** Whether some step comes back to its state, and whether an object is allocated after one was freed. */
function lookAtMoves(search: Search, traits: Set<Trait>): void {
  const { visited, successors, engine } = search;
  const { batch } = successors;
  const { objects } = engine.compiled.layout;
  const live: number[] = [];
  for (let id = 0; id < visited.count; id += 1) {
    search.show(id);
    live.push(objects.filter(({ index }) => engine.heap.isLive(index)).length);
  }
  const next: number[][] = [];
  const freed: number[] = [];
  for (let id = 0; id < visited.count; id += 1) {
    successors.collect(id, false);
    if (batch.loops.subarray(0, batch.count).includes(1)) traits.add('a self-loop');
    const to = Array.from({ length: batch.count }, (_, at) => successors.stateAt(at));
    next.push(to);
    for (const one of to) if (live[one] < live[id]) freed.push(one);
  }
  const seen = new Set(freed);
  for (const id of seen) {
    for (const one of next[id]) {
      if (live[one] > live[id]) traits.add('heap reuse');
      seen.add(one);
    }
  }
}
