/** A trial searched whole and reduced in every way: what differs, which must be nothing, and what the trial had in it. */
import type { Reduction } from '../../src/search/reduce/choice.ts';
import { RULES as ALL_RULES, type Rules } from '../../src/search/reduce/rules.ts';
import type { Trial } from './arbitrary.ts';
import { checkOf } from './check.ts';
import { type Searched, searchReduced, searchWhole } from './searched.ts';
import { type Trait, traitsOf } from './traits.ts';

export const ways: Readonly<Record<string, readonly Reduction[]>> = {
  stubborn: ['stubborn'],
  transactions: ['transactions'],
  both: ['stubborn', 'transactions'],
  symmetry: ['symmetry'],
  all: ['symmetry', 'transactions', 'stubborn'],
};

export type Rule = Exclude<keyof Rules, 'tour'>;

/** Nothing but the search itself is to find what is violated. */
export const RULES: Rules = { ...ALL_RULES, tour: false };

/** By rule: the ways that must lose something without it. */
export const waysOf: Readonly<Record<Rule, readonly string[]>> = {
  proviso: ['stubborn'],
  selfReturn: ['stubborn'],
  visibility: ['stubborn'],
  guards: ['stubborn', 'both'],
  discipline: ['stubborn', 'both'],
  equivariance: ['symmetry'],
  noJoinOverViolation: ['transactions', 'both'],
  expandAtViolation: ['stubborn', 'both'],
  callbacks: ['stubborn', 'both'],
};

/** States of a full search, at most: larger trials are not compared. */
export const MOST_STATES = 600;
/** A reduced search is never larger by more than what a broken one may come to. */
const MOST_REDUCED = 20_000;

export interface Compared {
  readonly whole: Searched;
  /** By way: what is lost or new. */
  readonly differences: Readonly<Record<string, string>>;
  readonly traits: ReadonlySet<Trait>;
}

/** Undefined for a trial that is too large. `isBroken` ways are not asked for traits. */
export function compare(trial: Trial, asked: readonly string[]): Compared | undefined {
  const check = checkOf(trial);
  const whole = searchWhole(check, MOST_STATES);
  if (!whole.complete) return undefined;
  const traits = traitsOf(trial, whole);
  const differences: Record<string, string> = {};
  for (const way of asked) {
    const reduced = searchReduced(check, MOST_REDUCED, ways[way], RULES);
    const difference = differenceOf(whole, reduced);
    if (difference !== '') differences[way] = difference;
    if (reduced.states < 0.7 * whole.states) traits.add('reduced by more than 30 %');
    if ((reduced.course?.retractions ?? 0) > 1) traits.add('retraction');
  }
  return { whole, differences, traits };
}

/** Whether a search that does not keep to a rule loses something, or finds what is not there. */
export function isMissed(rule: Rule, trial: Trial, whole: Searched): boolean {
  const rules = { ...RULES, [rule]: false };
  return waysOf[rule].some((way) => {
    const reduced = searchReduced(checkOf(trial), MOST_REDUCED, ways[way], rules);
    return differenceOf(whole, reduced) !== '';
  });
}

function differenceOf(whole: Searched, reduced: Searched): string {
  if (!reduced.complete) return `${reduced.states} states, and no end`;
  const canonicalise = reduced.search?.canonicalise;
  const parts = [between('rows', whole.rows, reduced.rows)];
  // Which CPUs race is told up to the exchange of CPUs.
  if (canonicalise === undefined) parts.push(between('races', whole.races, reduced.races));
  parts.push(between('ends', keysOf(whole.ends, canonicalise), keysOf(reduced.ends)));
  return parts.filter((part) => part !== '').join('; ');
}

function keysOf(
  ends: readonly Uint32Array[],
  canonicalise?: (words: Uint32Array, from: number) => void,
): string[] {
  return ends.map((end) => {
    const words = end.slice();
    canonicalise?.(words, 0);
    return words.join('.');
  });
}

function between<T>(what: string, whole: readonly T[], reduced: readonly T[]): string {
  const [one, other] = [new Set(whole), new Set(reduced)];
  const lost = [...one].filter((each) => !other.has(each));
  const added = [...other].filter((each) => !one.has(each));
  if (lost.length + added.length === 0) return '';
  const some = (all: readonly T[]): string => all.slice(0, 6).join(', ');
  return `${what}: lost ${lost.length} [${some(lost)}], new ${added.length} [${some(added)}]`;
}
