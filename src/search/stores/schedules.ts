/** Schedules for what was found by a search that kept no whole states: from a second one, without loss, and no deeper than it takes. */
import type { Bounds } from '../../design/check.ts';
import { outcomeOf } from '../judgement.ts';
import type { Outcomes, PropertyVerdict, Verdict } from '../verdict.ts';

/** Levels that a violation may lie beyond its steps: the first, and the one whose moves show it. */
const FURTHER = 2;

/** `again` searches without loss within bounds; `tell` says in the verdict which schedules are missing, and why. */
export function withSchedules(
  first: Outcomes,
  bounds: Bounds,
  again: (bounds: Bounds) => Outcomes,
  tell: (verdict: Verdict, missing: string) => Partial<Verdict>,
): Outcomes {
  const { verdict } = first;
  const violated = verdict.properties.filter(isViolated);
  if (violated.length === 0 || verdict.error !== undefined) return first;
  const { maxDepth = Number.POSITIVE_INFINITY, timeLimitMs } = bounds;
  const deepest = Math.max(...violated.map(stepsOf)) + FURTHER;
  const spentMs = verdict.seconds * 1000;
  const second = again({
    ...bounds,
    maxDepth: Math.min(maxDepth, deepest),
    ...(timeLimitMs === undefined ? {} : { timeLimitMs: Math.max(0, timeLimitMs - spentMs) }),
  });
  const shown = new Map(second.verdict.properties.map((one) => [one.id, one]));
  const properties = verdict.properties.map((one) => {
    const same = shown.get(one.id);
    if (!isViolated(one) || same?.schedule === undefined) return one;
    return { ...same, evaluated: one.evaluated };
  });
  const lack = properties.filter((one) => isViolated(one) && one.schedule === undefined);
  const { stopped } = second.verdict;
  const flag = stopped?.flag ? ` (${stopped.flag})` : '';
  const where = stopped === undefined ? 'without it' : `with: ${stopped.value}${flag}`;
  const missing = `no schedule of ${lack.map(({ id }) => id).join(', ')}: the search for it ended ${where}`;
  return {
    verdict: {
      ...verdict,
      ...(lack.length === 0 ? {} : tell(verdict, missing)),
      verdict: outcomeOf(properties, verdict.complete),
      ok: properties.every(({ ok }) => ok),
      seconds: verdict.seconds + second.verdict.seconds,
      properties,
    },
    traces: second.traces,
  };
}

function isViolated({ verdict }: PropertyVerdict): boolean {
  return verdict === 'violated';
}

function stepsOf({ steps = 0 }: PropertyVerdict): number {
  return steps;
}
