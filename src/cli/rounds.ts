/** Mutants searched check by check: each check gets those that no check before it has killed. */
import type { Bounds } from '../design/check.ts';
import type { LoadedCheck } from '../load/checks.ts';
import type { Trace } from '../replay/trace.ts';
import { type Fate, fateOf } from '../search/mutants/fate.ts';
import type { Result } from '../session/events.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { boundsWithin, type Known } from './families.ts';
import type { Runs } from './runs.ts';

export interface Found {
  /** By id of the mutant: what became of it, check by check. */
  readonly fates: ReadonlyMap<string, readonly InCheck[]>;
  readonly codes: readonly ExitCode[];
}

export interface InCheck {
  readonly check: LoadedCheck;
  readonly fate: Fate;
  readonly traces: readonly Trace[];
}

/** Searches the mutants of a family. `asked` are the bounds of flags and environment. */
export async function searchMutants(known: Known, asked: Bounds, runs: Runs): Promise<Found> {
  const codes: ExitCode[] = [];
  const fates = new Map<string, InCheck[]>();
  for (const loaded of known.tried) {
    const living = known.members.filter(({ mutant, checks }) => {
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
      const { outcomes } = end;
      if (outcomes.verdict.stopped?.bound === 'interrupt') codes.push(EXIT.interrupted);
      const one = { check: loaded, fate: fateOf(outcomes), traces: outcomes.traces };
      fates.set(mutant.id, [...(fates.get(mutant.id) ?? []), one]);
    }
  }
  return { fates, codes };
}
