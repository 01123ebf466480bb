/** A trial searched whole and reduced in every way: what differs, which must be nothing, and what the trial had in it. */
import type { Points } from '../../src/search/reduce/points.ts';
import { Symmetry } from '../../src/search/symmetry/symmetry.ts';
import type { Trial } from './arbitrary.ts';
import { boundedDifference } from './bounded.ts';
import { checkOf } from './check.ts';
import { scheduleDifference } from './schedules.ts';
import { pointsOf, type Searched, searchReduced, searchWhole } from './searched.ts';
import { type Trait, traitsOf } from './traits.ts';
import { RULES, type Rule, ways, waysOf } from './ways.ts';

/** States of a full search, at most: larger trials are not compared. */
export const MOST_STATES = 400;
/** A reduced search is never larger by more than what a broken one may come to. */
const MOST_REDUCED = 20_000;

export interface Compared {
  readonly whole: Searched;
  /** By way: what is lost or new. */
  readonly differences: Readonly<Record<string, string>>;
  /** How many reduced searches there were. */
  readonly searches: number;
  readonly traits: ReadonlySet<Trait>;
}

/**
 * Undefined for a trial that is too large, or that has nothing to exchange where nothing else is asked for. What one way has learned of
 * points the next one knows from its start, as it would after walks: so each but the first retracts little.
 */
export function compare(trial: Trial, asked: readonly string[]): Compared | undefined {
  const check = checkOf(trial);
  const whole = searchWhole(check, MOST_STATES);
  if (!whole.complete) return undefined;
  const mine = waysFor(trial, asked, hasSymmetry(whole));
  if (mine.length === 0) return undefined;
  const traits = traitsOf(trial, whole);
  const differences: Record<string, string> = {};
  const tell = (way: string, difference: string): void => {
    if (difference !== '') differences[way] = difference;
  };
  const rules = { ...RULES, tour: trial.tour };
  const learned = new Map<boolean, Points>();
  for (const way of mine) {
    const exchanges = ways[way].includes('symmetry');
    const known = learned.get(exchanges);
    const reduced = searchReduced(check, MOST_REDUCED, ways[way], rules, known);
    const points = pointsOf(reduced);
    if (points !== undefined) learned.set(exchanges, points);
    tell(way, differenceOf(whole, reduced));
    if (reduced.states < 0.7 * whole.states) traits.add('reduced by more than 30 %');
    if ((reduced.course?.retractions ?? 0) > 1) traits.add('retraction');
  }
  if (trial.bound !== undefined) {
    traits.add('a bound');
    tell('bounded', boundedDifference(trial, check, whole, mine));
  }
  if (trial.schedules) {
    traits.add('schedules compared');
    tell('schedules', scheduleDifference(check, mine, rules));
  }
  return { whole, differences, searches: mine.length, traits };
}

/** Of what is asked, and makes a difference: one by turns, then the last, which makes most reductions. */
function waysFor({ first }: Trial, asked: readonly string[], isSymmetric: boolean): string[] {
  const mine = asked.filter((way) => isSymmetric || !ways[way].includes('symmetry'));
  return [...new Set([mine[first % mine.length], mine.at(-1)])].filter((way) => way !== undefined);
}

function hasSymmetry({ search }: Searched): boolean {
  if (search === undefined) return true;
  return Symmetry.of(search.engine.compiled, search.visited.packing) !== undefined;
}

/** Whether a search that does not keep to a rule loses something, or finds what is not there. */
export function isMissed(rule: Rule, trial: Trial, whole: Searched): boolean {
  const rules = { ...RULES, [rule]: false };
  return waysOf[rule].some((way) => {
    if (ways[way].includes('symmetry') && !hasSymmetry(whole)) return false;
    const reduced = searchReduced(checkOf(trial), MOST_REDUCED, ways[way], rules);
    return differenceOf(whole, reduced) !== '';
  });
}

/** What a reduced search has lost, or found though it is not there; nothing where it says the same. */
export function differenceOf(whole: Searched, reduced: Searched): string {
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
