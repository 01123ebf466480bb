/** In which order a search visited states, in words; and the flags that make it do so again. */
import type { OrderTold, PropertyVerdict, Verdict } from '../search/verdict.ts';
import { counted } from './text.ts';

/** What was gone through, and with which flags it is gone through again. */
export function orderLine(order: OrderTold): string {
  return `${wordsOf(order)}; again with ${flagsOf(order)}`;
}

function wordsOf(order: OrderTold): string {
  const deep = `${counted(order.deepest, 'step')} deep`;
  switch (order.name) {
    case 'dfs':
      return `depth-first, ${deep}`;
    case 'preemptions':
      return `schedules with at most ${counted(order.preemptions ?? 0, 'preemption')}, ${deep}`;
    case 'random': {
      const { walk, seed, walks = 0, walked = 0 } = order;
      const through = `through ${counted(walked, 'distinct state')}, ${deep}`;
      const beside = 'the other states lie one step beside';
      return `${counted(walks, 'random walk')} (${walk}, seed ${seed}) ${through}; ${beside}`;
    }
  }
}

/** `--order random --walk pct --seed 7 --walks 1000`; empty for breadth-first. */
export function flagsOf(order: OrderTold | undefined): string {
  if (order === undefined) return '';
  if (order.name === 'preemptions') return `--preemptions ${order.most ?? 0}`;
  if (order.name === 'dfs') return '--order dfs';
  const { walk, seed, most, bugDepth } = order;
  const depth = bugDepth === undefined ? '' : ` --bug-depth ${bugDepth}`;
  return `--order random --walk ${walk} --seed ${seed} --walks ${most}${depth}`;
}

/** The flags with which an unfinished search would get further, behind the name of the check; each with a blank before it. */
export function furtherFlags({ stopped, order }: Verdict): string {
  const flags = flagsOf(order);
  const before = flags === '' ? '' : ` ${flags}`;
  if (stopped === undefined || stopped.bound === 'interrupt') return before;
  const { flag, next = '<more>' } = stopped;
  const given = new RegExp(`${flag} \\d+`);
  return given.test(before)
    ? before.replace(given, `${flag} ${next}`)
    : `${before} ${flag} ${next}`;
}

/** `, 1 preemption`, `, perhaps not the shortest`: what is to be known of a schedule beside its size. */
export function sizeNotes({ preemptions, shortest }: PropertyVerdict): string {
  const few = preemptions === undefined ? '' : `, ${counted(preemptions, 'preemption')}`;
  return few + (shortest === false ? ', perhaps not the shortest' : '');
}
