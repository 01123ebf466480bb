/** Mutants searched check by check: each check gets those that no check before it has killed. */
import type { Bounds } from '../design/check.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { type Fate, fateOf } from '../search/mutants/fate.ts';
import type { Result } from '../session/events.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit.ts';
import type { Family } from './families.ts';
import type { Output } from './output.ts';
import type { Runs } from './runs.ts';

export interface Found {
  /** Those that end as they declare, in the order in which they were tried. */
  readonly checks: readonly LoadedCheck[];
  /** By id of the mutant: what became of it, check by check. */
  readonly fates: ReadonlyMap<string, readonly InCheck[]>;
  readonly codes: readonly ExitCode[];
}

interface InCheck {
  readonly check: LoadedCheck;
  readonly fate: Fate;
}

/** Bounds of the search for each mutant, where flags and environment say nothing else. */
export const MUTANT_BOUNDS = { maxStates: 2_000_000, timeLimitMs: 60_000 } as const;

/**
 * Each check is searched as it is first: one that does not end as it declares is left out, with a note, for what it says of a mutant
 * says nothing. The others are tried from the one with the fewest states on. `asked` are the bounds of flags and environment.
 */
export async function searchFamily(
  family: Family,
  asked: Bounds,
  runs: Runs,
  output: Output,
): Promise<Found> {
  const codes: ExitCode[] = [];
  const fates = new Map<string, InCheck[]>();
  const plain = await runs.run(
    family.checks.map((loaded) => ({
      loaded,
      reduce: 'auto',
      within: boundsWithin(loaded, asked),
    })),
  );
  const sizes = new Map<LoadedCheck, number>();
  for (const [at, loaded] of family.checks.entries()) {
    const result = plain[at] as Result;
    const code = exitCodeOf(result, true);
    if (code === EXIT.asDeclared) sizes.set(loaded, statesOf(result));
    else {
      codes.push(code);
      runs.progress.clear();
      output.note(
        `${loaded.name} does not end as it declares: what it says of mutants says nothing`,
      );
    }
  }
  const checks = [...sizes].sort(([, one], [, other]) => one - other).map(([loaded]) => loaded);
  for (const loaded of checks) {
    const living = family.members.filter(({ mutant, checks }) => {
      const isKilled = fates.get(mutant.id)?.some(({ fate }) => fate.kind === 'killed') === true;
      return checks.includes(loaded) && !isKilled;
    });
    const within = boundsWithin(loaded, asked);
    const results = await runs.run(
      living.map(({ mutant }) => ({ loaded, reduce: 'auto', mutant: mutant.id, within })),
    );
    for (const [at, { mutant }] of living.entries()) {
      const { end } = results[at] as Result;
      if (end.kind === 'bug') codes.push(EXIT.bug);
      if (end.kind === 'not_started') codes.push(EXIT.interrupted);
      if (end.kind !== 'decided') continue;
      if (end.outcomes.verdict.stopped?.bound === 'interrupt') codes.push(EXIT.interrupted);
      const fate = fateOf(end.outcomes);
      fates.set(mutant.id, [...(fates.get(mutant.id) ?? []), { check: loaded, fate }]);
    }
  }
  return { checks, fates, codes };
}

function statesOf({ end }: Result): number {
  return end.kind === 'decided' ? end.outcomes.verdict.states : 0;
}

/** The check's own bounds where they are closer than those of mutants; what is asked for wins. */
function boundsWithin({ check }: LoadedCheck, asked: Bounds): Bounds {
  const { maxStates = Number.POSITIVE_INFINITY, timeLimitMs = Number.POSITIVE_INFINITY } =
    check.bounds ?? {};
  return {
    maxStates: Math.min(maxStates, MUTANT_BOUNDS.maxStates),
    timeLimitMs: Math.min(timeLimitMs, MUTANT_BOUNDS.timeLimitMs),
    ...asked,
  };
}
