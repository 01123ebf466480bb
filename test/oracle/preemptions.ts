/** Every state that schedules with at most so many preemptions reach, and the fewest that each violation takes: the plainest way. */
import { firstState, movesOf, TooManyStates } from './explore.ts';
import { violated } from './judge.ts';
import type { Program } from './program.ts';
import { compile, type State } from './state.ts';

export interface Bounded {
  readonly states: number;
  /** Some move of a state reached was never made. */
  readonly isCut: boolean;
  /** By violation of a move or a state: its fewest preemptions. */
  readonly found: Readonly<Record<string, number>>;
}

/** A preemption is a switch away from a CPU that could have gone on: made a move to another state, or one that is fatal. */
export function explorePreempting(program: Program, most: number, maxStates: number): Bounded {
  const code = compile(program);
  const known = new Set<string>();
  const found: Record<string, number> = {};
  const made = new Set<string>();
  const left = new Set<string>();
  const note = (name: string, used: number): void => {
    found[name] = Math.min(found[name] ?? used, used);
  };
  const fewest = new Map<string, number>();
  const waiting = [{ text: firstState(code), last: -1, used: 0 }];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const { text, last, used } = node;
    const key = `${last} ${text}`;
    if ((fewest.get(key) ?? Infinity) <= used) continue;
    fewest.set(key, used);
    known.add(text);
    if (known.size > maxStates) throw new TooManyStates();
    for (const name of violated(code, JSON.parse(text) as State)) note(name, used);
    const moves = movesOf(code, text).filter(({ outcome }) => outcome !== 'disabled');
    const couldGoOn = moves.some(({ cpu, next }) => cpu === last && next !== text);
    for (const { cpu, next, findings } of moves) {
      const needed = used + (couldGoOn && cpu !== last ? 1 : 0);
      (needed > most ? left : made).add(`${cpu} ${text}`);
      if (needed > most) continue;
      for (const name of findings) note(name, needed);
      if (next !== undefined && next !== text)
        waiting.push({ text: next, last: cpu, used: needed });
    }
  }
  return { states: known.size, isCut: [...left].some((move) => !made.has(move)), found };
}
