/**
 * Among the schedules to a violation that have the fewest steps and the fewest switches: one with the fewest CPUs, then the fewest
 * objects. All of them are followed backwards, level by level.
 */
import { ACCESS_MASK, ACCESS_SHIFT, accesses } from '../design/processor.ts';
import type { Attempt } from '../machine/engine.ts';
import type { Move } from '../machine/moves.ts';
import type { Levels } from './levels.ts';
import { tryMoves } from './moves.ts';
import type { Search } from './search.ts';

/** States up to the violation that are gone through; where there are more, the first schedule is shown. */
export const MOST_STATES = 30_000;
/** Ends of schedules, and sets of CPUs and objects for one state, that are followed. */
export const MOST_ENDS = 64;
const MOST_SETS = 16;

/** A state that a schedule goes through, by position, and the CPU that moved last; `moves` is what follows. */
export interface Suffix {
  readonly state: number;
  readonly last: number;
  readonly move: Move | undefined;
  readonly next: Suffix | undefined;
  readonly cpus: number;
  readonly objects: bigint;
}

/** What is known of the ways to states: fewest switches. */
export interface Costs {
  cost(state: number, last: number): number;
  before(state: number, cpu: number): { readonly cost: number; readonly last: number };
  /** 1 where a CPU moves after another one has, else 0. */
  switchTo(cpu: number, last: number): number;
  /** CPUs; the number itself stands for nobody, who moved last in an initial state. */
  readonly cpus: number;
}

/** The end of a schedule, `move` being what violates; it is not followed further. */
export function endOf(
  search: Search,
  levels: Levels,
  state: number,
  last: number,
  move: Move | undefined,
): Suffix {
  if (move === undefined) return { state, last, move, next: undefined, cpus: 0, objects: 0n };
  let objects = 0n;
  const note = (one: Move): void => {
    if (one.level === move.level && one.choice === move.choice) objects = touched(search);
  };
  tryMoves(search, levels.stateAt(state), note, move.cpu);
  return { state, last, move, next: undefined, cpus: 1 << move.cpu, objects };
}

/** The best of all schedules that end in one of `ends`, which lie on one level: from its first state on. */
export function fewest(
  search: Search,
  levels: Levels,
  costs: Costs,
  ends: readonly Suffix[],
  level: number,
): Suffix {
  let suffixes: readonly Suffix[] = ends.flatMap((end) => lastsOf(end, costs));
  for (let at = level; at > 0; at -= 1)
    suffixes = predecessors(search, levels, costs, suffixes, at);
  return suffixes.reduce((best, one) => (isBetter(one, best) ? one : best));
}

function isBetter(one: Suffix, other: Suffix): boolean {
  const byCpus = bitsIn(BigInt(one.cpus)) - bitsIn(BigInt(other.cpus));
  return (byCpus || bitsIn(one.objects) - bitsIn(other.objects)) < 0;
}

/** A suffix for each CPU that may have moved last before it; the same CPU first. */
function lastsOf(end: Suffix, costs: Costs): Suffix[] {
  const { move, state } = end;
  if (move === undefined) return [end];
  const { cost } = costs.before(state, move.cpu);
  const all = [move.cpu, ...Array.from({ length: costs.cpus + 1 }, (_, cpu) => cpu)];
  return [...new Set(all)]
    .filter((last) => costs.cost(state, last) + costs.switchTo(move.cpu, last) === cost)
    .map((last) => ({ ...end, last }));
}

/** The same one step earlier, in the order of what follows, then of the states. */
function predecessors(
  search: Search,
  levels: Levels,
  costs: Costs,
  suffixes: readonly Suffix[],
  level: number,
): Suffix[] {
  const wanted = new Map<number, Suffix[]>();
  const ranks = new Map<Suffix, number>();
  for (const [rank, suffix] of suffixes.entries()) {
    ranks.set(suffix, rank);
    const key = suffix.state * (costs.cpus + 1) + suffix.last;
    wanted.set(key, [...(wanted.get(key) ?? []), suffix]);
  }
  const lasts = [...new Set(suffixes.map(({ last }) => last))];
  const needed = lasts.map(
    (cpu) =>
      new Set(
        suffixes.filter(({ last }) => last === cpu).map(({ state }) => costs.cost(state, cpu)),
      ),
  );
  const found: { suffix: Suffix; rank: number; order: number }[] = [];
  const from = levels.starts[level - 1] as number;
  const to = levels.starts[level] as number;
  for (let state = from; state < to; state += 1) {
    for (const [at, cpu] of lasts.entries()) {
      const { cost } = costs.before(state, cpu);
      if (!needed[at]?.has(cost) || !search.isExpanded(levels.stateAt(state))) continue;
      const isWanted = (id: number): boolean =>
        wanted.has(levels.positionOf(id) * (costs.cpus + 1) + cpu);
      if (!leads(search, levels.stateAt(state), cpu, isWanted)) continue;
      const visit = (move: Move, outcome: Attempt): void => {
        if (outcome !== 'done' || !levels.allows(search.engine.step)) return;
        const next = levels.positionOf(search.visited.find(search.engine.memory.words));
        const follow = wanted.get(next * (costs.cpus + 1) + cpu);
        if (next === -1 || follow === undefined || costs.cost(next, cpu) !== cost) return;
        const objects = touched(search);
        for (const one of follow) {
          const suffix = {
            state,
            last: -1,
            move,
            next: one,
            cpus: one.cpus | (1 << cpu),
            objects: one.objects | objects,
          };
          for (const each of lastsOf(suffix, costs))
            found.push({ suffix: each, rank: ranks.get(one) as number, order: found.length });
        }
      };
      tryMoves(search, levels.stateAt(state), visit, cpu);
    }
  }
  found.sort((one, other) => one.rank - other.rank || one.order - other.order);
  return withoutWorse(
    found.map(({ suffix }) => suffix),
    costs,
  );
}

/** Whether some move of a CPU leads from a state to one that is wanted. */
function leads(
  { successors }: Search,
  from: number,
  cpu: number,
  isWanted: (state: number) => boolean,
): boolean {
  successors.collect(from, false, cpu);
  for (let at = 0; at < successors.batch.count; at += 1) {
    const next = successors.stateAt(at);
    if (next !== -1 && isWanted(next)) return true;
  }
  return false;
}

/** Of the suffixes of one state and CPU those that no other of them is part of. */
function withoutWorse(suffixes: readonly Suffix[], costs: Costs): Suffix[] {
  const kept = new Map<number, Suffix[]>();
  return suffixes.filter((one) => {
    const key = one.state * (costs.cpus + 1) + one.last;
    const others = kept.get(key) ?? [];
    const isWorse = others.some(
      (other) => (other.cpus & ~one.cpus) === 0 && (other.objects & ~one.objects) === 0n,
    );
    if (isWorse || others.length >= MOST_SETS) return false;
    kept.set(key, [...others, one]);
    return true;
  });
}

/** The objects that the move just tried has touched, as bits. */
function touched({ engine }: Search): bigint {
  const { cells } = engine.compiled.layout;
  let objects = 0n;
  for (let at = 0; at < accesses.count && at <= ACCESS_MASK; at += 1) {
    const object = cells[(accesses.entries[at] as number) >>> ACCESS_SHIFT]?.object ?? -1;
    if (object !== -1) objects |= 1n << BigInt(object);
  }
  return objects;
}

function bitsIn(set: bigint): number {
  let bits = 0;
  for (let rest = set; rest !== 0n; rest &= rest - 1n) bits += 1;
  return bits;
}
