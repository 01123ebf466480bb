/** What a run of all checks tells at length: a few violations that were meant to be seen, each once. */
import { type Check, propertyId } from '../design/check.ts';
import { traceOf } from '../report/summary.ts';
import type { Outcomes } from '../search/verdict.ts';

interface Named {
  readonly name: string;
  readonly check: Check;
}

/** More than this would bury the table at the end of the run. */
const MAX_STORIES = 6;
const MAX_UNNAMED = 3;

/**
 * The checks whose expected violation is shown with its schedule: those whose claim names it by its id, as in
 * `one rcu_head is enough for all tables of a page (P5)`. Where no claim does, the first that claim anything.
 */
export function storiesAmong(checks: readonly Named[]): ReadonlySet<string> {
  const claims = new Set<string>();
  const claiming = checks.filter(({ check }) => {
    // A claim that several checks decide, at other sizes say, is told once.
    if (check.claim === undefined || idsOf(check).length === 0 || claims.has(check.claim))
      return false;
    claims.add(check.claim);
    return true;
  });
  const naming = claiming.filter(({ check }) => idsOf(check).some((id) => names(check.claim, id)));
  const chosen = naming.length > 0 ? naming.slice(0, MAX_STORIES) : claiming.slice(0, MAX_UNNAMED);
  return new Set(chosen.map(({ name }) => name));
}

/**
 * The schedules to show of a check: of every surprise; where there is none, of the property that the claim names, or
 * else of the first one that was not shown for another check already.
 */
export function schedulesOf(
  { verdict, traces }: Outcomes,
  told: ReadonlySet<string>,
): Outcomes['traces'] {
  const violated = verdict.properties.filter((one) => one.verdict === 'violated');
  const surprises = violated.filter((one) => !one.ok);
  const named = violated.find(({ id }) => names(verdict.claim, id));
  const chosen = surprises.length > 0 ? surprises : [named ?? violated.find(isNew)];
  return chosen.flatMap((one) => {
    const trace = one === undefined ? undefined : traceOf(one, traces);
    return trace === undefined ? [] : [trace];
  });

  function isNew({ name }: { readonly name: string }): boolean {
    return !told.has(name);
  }
}

/** Ids of the properties that a check expects to be violated. */
function idsOf({ expected = {} }: Check): readonly string[] {
  return Object.entries(expected)
    .filter(([, one]) => (typeof one === 'object' ? one.verdict : one) === 'violated')
    .map(([name]) => propertyId(name));
}

function names(claim: string | undefined, id: string): boolean {
  const escaped = id.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return claim !== undefined && new RegExp(`(?<!\\w)${escaped}(?!\\w)`).test(claim);
}
