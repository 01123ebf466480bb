/** A check searched with reductions, as far as they are allowed and pay; schedules come from a search without them. */
import type { Bounds, Check } from '../../design/check.ts';
import { DEFAULT_MAX_STATES } from '../limits.ts';
import type { Way } from '../orders/order.ts';
import { withSchedules } from '../stores/schedules.ts';
import type { Outcomes, ReductionTold, Verdict } from '../verdict.ts';
import { type ReduceChoice, type Reduction, reductionsOf } from './choice.ts';
import { Course, refusalOf } from './course.ts';
import { type Mark, PaysNot } from './reduced.ts';
import type { Rules } from './rules.ts';

/** States up to which a graph is searched whole where nobody says otherwise. */
export const SMALL_GRAPH = 10_000;

/** What costs little, where putting off moves saves nothing. */
const EXCHANGES: readonly Reduction[] = ['symmetry'];

/** How a check is searched. */
export interface Searches {
  /** Without reductions. */
  whole(bounds: Bounds): Outcomes;
  /** The same as far as it takes to violate all rows of `until`, or to the bounds; nothing of it is kept for later. */
  part(bounds: Bounds, until?: readonly string[]): Outcomes;
  reduced(way: Way, obtains: boolean): Outcomes;
}

export function exploreReducing(
  check: Check,
  choice: ReduceChoice,
  rules: Rules | undefined,
  bounds: Bounds,
  searches: Searches,
): Outcomes {
  // A bound on depth is about all schedules of that length.
  const isWhole = choice === 'auto' && bounds.maxDepth !== undefined;
  const wanted = reductionsOf(isWhole ? 'none' : choice);
  const refused = wanted.length === 0 ? undefined : refusalOf(check);
  if (wanted.length === 0 || refused !== undefined)
    return withRefusal(searches.whole(bounds), choice === 'auto' ? undefined : refused);
  let mark: Mark | undefined;
  if (choice === 'auto') {
    const { maxStates = DEFAULT_MAX_STATES } = bounds;
    const small = searches.part({ ...bounds, maxStates: Math.min(maxStates, SMALL_GRAPH) });
    const { stopped, depth } = small.verdict;
    if (stopped?.bound !== 'maxStates' || maxStates <= SMALL_GRAPH) return small;
    mark = { states: SMALL_GRAPH, steps: depth - 1 };
  }
  for (const reductions of mark === undefined ? [wanted] : [wanted, EXCHANGES]) {
    const course = new Course(reductions, rules, mark);
    try {
      const reduced = course.run((way, obtains) => searches.reduced(way, obtains));
      return withShortest(reduced, bounds, searches);
    } catch (thrown) {
      if (!(thrown instanceof PaysNot)) throw thrown;
      if (thrown.message !== '') return withRefusal(searches.whole(bounds), thrown.message);
    }
  }
  return searches.whole(bounds);
}

function withRefusal(outcomes: Outcomes, refused: string | undefined): Outcomes {
  if (refused === undefined) return outcomes;
  const reduction: ReductionTold = { names: [], putOff: 0, joined: 0, retractions: 0, refused };
  return { ...outcomes, verdict: { ...outcomes.verdict, reduction } };
}

/** The reduced graph may lack the shortest schedule: the whole one is searched as deep as it takes. */
function withShortest(reduced: Outcomes, bounds: Bounds, searches: Searches): Outcomes {
  const violated = reduced.verdict.properties.filter(({ verdict }) => verdict === 'violated');
  let unreduced = 0;
  const tell = (verdict: Verdict, missing?: string): Partial<Verdict> => {
    const { reduction } = verdict;
    if (reduction === undefined) return {};
    return {
      reduction: { ...reduction, unreduced, ...(missing === undefined ? {} : { missing }) },
    };
  };
  const until = violated.map(({ id }) => id);
  const whole = (closer: Bounds): Outcomes => {
    const outcomes = searches.part(closer, until);
    unreduced = outcomes.verdict.states;
    return outcomes;
  };
  const { verdict, traces } = withSchedules(reduced, bounds, whole, tell);
  return { verdict: unreduced === 0 ? verdict : { ...verdict, ...tell(verdict) }, traces };
}
