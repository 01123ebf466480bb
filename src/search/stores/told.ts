/** What a verdict says of the store, and what stays undecided because of it. */
import type { Limits } from '../limits.ts';
import type { Search } from '../search.ts';
import type { StoreTold } from '../verdict.ts';
import { Bits } from './bits.ts';
import type { StoreChoice } from './choice.ts';
import { Fingerprints } from './fingerprints.ts';
import type { Hashed } from './hashed.ts';
import { KEPT_STATES } from './window.ts';

/** Undefined for whole states. */
export function toldOf(search: Search): StoreTold | undefined {
  const { visited, store, compression } = search;
  if (visited instanceof Fingerprints) {
    const { byCounts, byGap } = visited.collisions();
    return { name: 'fingerprint', byCounts, byGap, ...alsoKept(visited) };
  }
  if (visited instanceof Bits) {
    const { filled, expectedOmissions } = visited;
    const bits = store.name === 'bitstate' ? store.bits : 0;
    return { name: 'bitstate', bits, filled, expectedOmissions, ...alsoKept(visited) };
  }
  const { from } = compression;
  if (from !== undefined) return { name: 'tree', compressedFrom: from };
  return store.name === 'tree' ? { name: 'tree' } : undefined;
}

/** What is kept beside the hashes. */
function alsoKept({ wholeBytes, keepsParents }: Hashed): Partial<StoreTold> {
  return { wholeBytes, ...(keepsParents ? { parents: true } : {}) };
}

/**
 * After a search to the end: decides what can be decided without all whole states, and stops at the rest by its name. Whether all states
 * were visited, as far as their fingerprints say.
 */
export function undecidedBy(search: Search, { name }: StoreChoice, limits: Limits): boolean {
  const { visited, board } = search;
  if (visited instanceof Bits) {
    const omitted = Math.ceil(visited.expectedOmissions);
    const about = `about ${omitted.toLocaleString('en-US')} left out, and what lies behind them`;
    limits.stop('store', `the end of what bitstate sees: ${about}`, '--store', 'tree');
    return false;
  }
  const undecided: string[] = [];
  if (visited.count <= KEPT_STATES) search.decideGranularity();
  else if (!search.seemsFine()) undecided.push('whether coarse steps are allowed');
  for (const row of board.possibleRows) {
    if (row.depth !== -1) continue;
    row.undecided = true;
    undecided.push(row.id);
  }
  if (undecided.length > 0)
    limits.stop('store', `what ${name} cannot decide: ${undecided.join(', ')}`, '--store', 'tree');
  return true;
}
