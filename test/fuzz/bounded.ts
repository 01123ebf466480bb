/**
 * Searches that a bound ends: what they find violated is violated, and of all else they say nothing. The whole one finds all that lies
 * no deeper than its last level.
 */
import type { Check } from 'heddle';
import type { Trial } from './arbitrary.ts';
import { type Searched, searchReduced, searchWhole } from './searched.ts';
import { RULES, ways } from './ways.ts';

/** What a bounded search says that it must not, or does not say that it must; empty where all is well. */
export function boundedDifference(
  { bound, tour, first }: Trial,
  check: Check,
  whole: Searched,
  asked: readonly string[],
): string {
  if (bound === undefined || whole.search === undefined || isInvalid(whole)) return '';
  const depth = bound.depth + 1;
  const states = bound.states + 1;
  const shallow = searchWhole(check, states, depth);
  const deep = new Map(whole.search.board.rows.map(({ id, depth: steps }) => [id, steps]));
  const parts = shallow.complete ? [] : [missing(shallow, deep, depth)];
  const reductions = ways[asked[first % asked.length]];
  const rules = { ...RULES, tour };
  const bounded = [{ maxDepth: depth, maxStates: 20_000 }, { maxStates: states }].map((one) =>
    searchReduced(check, one.maxStates, reductions, rules, undefined, one.maxDepth),
  );
  for (const one of [shallow, ...bounded]) parts.push(unfounded(one, whole));
  return parts.filter((part) => part !== '').join('; ');
}

function isInvalid({ rows }: Searched): boolean {
  return rows[0]?.startsWith('invalid') === true;
}

/** What lies above the last level, and was not found there. Waiting, races and orders of locks show in the moves of all states. */
function missing(
  { rows, search }: Searched,
  deep: ReadonlyMap<string, number>,
  depth: number,
): string {
  const isFull = search !== undefined && search.levelStarts.length >= depth;
  if (!isFull || rows[0]?.startsWith('invalid')) return '';
  const lost = [...deep].filter(([id, steps]) => {
    if (steps === -1 || steps >= depth - 1 || /^(LOCKDEP|KCSAN|deadlock)/.test(id)) return false;
    return !rows.includes(`${id} violated`);
  });
  return lost.length === 0 ? '' : `at most ${depth} levels: lost ${lost.join(', ')}`;
}

/** What a search says without having seen enough. */
function unfounded(bounded: Searched, whole: Searched): string {
  if (isInvalid(bounded)) return '';
  const wrong = bounded.rows.filter((row) => {
    if (whole.rows.includes(row)) return false;
    return bounded.complete || !row.endsWith(' incomplete');
  });
  const unseen = bounded.rows.filter(
    (row) => !bounded.complete && / (holds|masked|vacuous)$/.test(row),
  );
  const said = [...wrong, ...unseen.filter((row) => !row.startsWith('goal'))];
  return said.length === 0
    ? ''
    : `bounded, ${bounded.states} states: ${said.slice(0, 6).join(', ')}`;
}
