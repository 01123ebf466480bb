/**
 * From which step of a schedule on nothing goes well any more. A continuation is fine if it never violates the property and is cut by no
 * other violation, and either ends, or goes on for ever with every context moving that could always move.
 */
import type { Move } from '../machine/moves.ts';
import type { Judged } from './judged.ts';

/** What can follow a state. */
type Future =
  /** Moves to an end; absent where what is fine goes on for ever. */
  | { readonly kind: 'fine'; readonly moves?: readonly Move[] }
  | { readonly kind: 'doomed' }
  | { readonly kind: 'unknown' };

export type Turn =
  /** After this step (from 0) no continuation is fine, before it one was. */
  | { readonly kind: 'step'; readonly step: number; readonly fine?: readonly Move[] }
  /** Not even before the first step. */
  | { readonly kind: 'never' }
  /** More states than may be looked at; nothing is fine from step `from` on, as far as that is known. */
  | { readonly kind: 'unknown' };

/** Looks at `most` states at most. */
export function turningPoint(
  judged: Judged,
  initial: string,
  moves: readonly Move[],
  most: number,
): Turn {
  const states = [judged.initial(initial)];
  for (const move of moves) states.push(judged.after(states.at(-1) as number, move));
  const futures = new Futures(judged, most);
  for (let step = moves.length - 1; step >= 0; step -= 1) {
    const future = futures.of(states[step] as number);
    if (future.kind === 'unknown') return future;
    if (future.kind === 'doomed') continue;
    if (future.moves === undefined) return { kind: 'step', step };
    return { kind: 'step', step, fine: [...moves.slice(0, step), ...future.moves] };
  }
  return { kind: 'never' };
}

/** A state that was met, and how. */
interface Met {
  readonly from: number;
  readonly move: Move;
}

class Futures {
  private readonly judged: Judged;
  private readonly most: number;
  private readonly doomed = new Set<number>();
  private looked = 0;

  constructor(judged: Judged, most: number) {
    this.judged = judged;
    this.most = most;
  }

  /** An end is looked for among the states closest to one first. */
  of(start: number): Future {
    const met = new Map<number, Met | undefined>([[start, undefined]]);
    const region: number[] = [];
    const queue = new Nearest();
    queue.add(start, 0);
    for (let next = queue.take(); next !== undefined; next = queue.take()) {
      const { violates, ends, moves } = this.judged.look(next);
      this.looked += 1;
      if (ends) return { kind: 'fine', moves: wayTo(next, met) };
      if (violates) continue;
      region.push(next);
      for (const { to, violates: isBad, cpu, level, choice } of moves) {
        if (isBad || to === -1 || met.has(to) || this.doomed.has(to)) continue;
        met.set(to, { from: next, move: { cpu, level, choice } });
        queue.add(to, this.judged.distance(to));
      }
      if (this.looked < this.most) continue;
      return this.goesOnForEver(region) ? { kind: 'fine' } : { kind: 'unknown' };
    }
    if (this.goesOnForEver(region)) return { kind: 'fine' };
    for (const state of met.keys()) this.doomed.add(state);
    return { kind: 'doomed' };
  }

  /** Whether some states of a region follow each other for ever, and no context that could always move never does. */
  private goesOnForEver(region: readonly number[]): boolean {
    return cyclesOf(region, (state) => this.edges(state)).some((cycle) => this.isFair(cycle));
  }

  private edges(state: number): readonly number[] {
    const { moves } = this.judged.look(state);
    return moves
      .filter(({ to, violates }) => to !== -1 && to !== state && !violates)
      .map(({ to }) => to);
  }

  private isFair(cycle: readonly number[]): boolean {
    const inside = new Set(cycle);
    let always = -1;
    let moved = 0;
    for (const state of cycle) {
      const { enabled, moves } = this.judged.look(state);
      always &= enabled;
      for (const { to, violates, cpu, level } of moves)
        if (!violates && to !== state && inside.has(to)) moved |= 1 << (cpu * 3 + level);
    }
    return moved !== 0 && (always & ~moved) === 0;
  }
}

function wayTo(end: number, met: ReadonlyMap<number, Met | undefined>): Move[] {
  const moves: Move[] = [];
  for (let at = met.get(end); at !== undefined; at = met.get(at.from)) moves.push(at.move);
  return moves.reverse();
}

/** States by their distance: the nearest first, of those as near as each other the one added first. */
class Nearest {
  private readonly buckets: number[][] = [];
  private readonly taken: number[] = [];
  private lowest = 0;

  add(state: number, distance: number): void {
    while (this.buckets.length <= distance) this.taken.push(this.buckets.push([]) * 0);
    (this.buckets[distance] as number[]).push(state);
    this.lowest = Math.min(this.lowest, distance);
  }

  take(): number | undefined {
    for (; this.lowest < this.buckets.length; this.lowest += 1) {
      const at = this.taken[this.lowest] as number;
      const bucket = this.buckets[this.lowest] as number[];
      if (at === bucket.length) continue;
      this.taken[this.lowest] = at + 1;
      return bucket[at];
    }
    return undefined;
  }
}

/** The largest sets of states of a region that all lead to each other (Tarjan 1972), those of a single state left out. */
function cyclesOf(
  region: readonly number[],
  edges: (state: number) => readonly number[],
): number[][] {
  const members = new Set(region);
  const numbers = new Map<number, number>();
  const lows = new Map<number, number>();
  const open: number[] = [];
  const isOpen = new Set<number>();
  const cycles: number[][] = [];
  for (const root of region) {
    if (numbers.has(root)) continue;
    const stack: { state: number; targets: readonly number[]; at: number }[] = [];
    const enter = (state: number): void => {
      numbers.set(state, numbers.size);
      lows.set(state, numbers.get(state) as number);
      open.push(state);
      isOpen.add(state);
      stack.push({ state, targets: edges(state).filter((to) => members.has(to)), at: 0 });
    };
    const lower = (state: number, to: number): void => {
      lows.set(state, Math.min(lows.get(state) as number, to));
    };
    enter(root);
    while (stack.length > 0) {
      const top = stack.at(-1) as { state: number; targets: readonly number[]; at: number };
      const to = top.targets[top.at];
      top.at += 1;
      if (to !== undefined) {
        if (!numbers.has(to)) enter(to);
        else if (isOpen.has(to)) lower(top.state, numbers.get(to) as number);
        continue;
      }
      stack.pop();
      const below = stack.at(-1);
      if (below !== undefined) lower(below.state, lows.get(top.state) as number);
      if (lows.get(top.state) !== numbers.get(top.state)) continue;
      const cycle = open.splice(open.indexOf(top.state));
      for (const state of cycle) isOpen.delete(state);
      if (cycle.length > 1) cycles.push(cycle);
    }
  }
  return cycles;
}
