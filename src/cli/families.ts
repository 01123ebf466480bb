/** Checks of one design, searched as they are; and the mutants that any of their models has. */
import type { Bounds } from '../design/check.ts';
import type { LoadedCheck } from '../load/checks.ts';
import type { Deeds } from '../search/mutants/deeds.ts';
import { isCalled, mutantsOf } from '../search/mutants/derive.ts';
import type { Mutant } from '../search/mutants/mutant.ts';
import type { Result } from '../session/events.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit.ts';
import type { Output } from './output.ts';
import type { Runs } from './runs.ts';

export interface Family {
  /** The folder of the checks, and the design that they are about. */
  readonly name: string;
  readonly checks: readonly LoadedCheck[];
}

/** A family that was searched as it is. */
export interface Known extends Family {
  /** Those that end as they declare, from the one with the fewest states on. */
  readonly tried: readonly LoadedCheck[];
  readonly members: readonly Member[];
  readonly codes: readonly ExitCode[];
}

/** A mutant, and the checks whose model has it. */
export interface Member {
  readonly mutant: Mutant;
  readonly checks: readonly LoadedCheck[];
}

/** Bounds of the search for each mutant, and of the model itself, where flags and environment say nothing else. */
export const MUTANT_BOUNDS = { maxStates: 2_000_000, timeLimitMs: 60_000 } as const;

export function familiesOf(all: readonly LoadedCheck[]): readonly Family[] {
  const names = new Map<string, LoadedCheck[]>();
  for (const one of all) {
    const parts = one.name.split('/');
    const name = [...parts.slice(0, -1), one.check.design ?? parts.at(-1)].join('/');
    names.set(name, [...(names.get(name) ?? []), one]);
  }
  return [...names].map(([name, checks]) => ({ name, checks }));
}

/**
 * Searches the checks as they are. One that does not end as it declares is left out, with a note: what it says of a mutant says
 * nothing. `asked` are the bounds of flags and environment; `only` are ids of mutants, or what names contain.
 */
export async function know(
  family: Family,
  asked: Bounds,
  only: readonly string[] | undefined,
  runs: Runs,
  output: Output,
): Promise<Known> {
  const codes: ExitCode[] = [];
  const known: { loaded: LoadedCheck; states: number; deeds: Deeds }[] = [];
  const results = await runs.run(
    family.checks.map((loaded) => {
      return { loaded, reduce: 'auto', watches: true, within: boundsWithin(loaded, asked) };
    }),
  );
  for (const [at, loaded] of family.checks.entries()) {
    const result = results[at] as Result;
    const code = exitCodeOf(result, true);
    if (code === EXIT.asDeclared && result.end.kind === 'decided') {
      const { outcomes, deeds = {} } = result.end;
      known.push({ loaded, states: outcomes.verdict.states, deeds });
      continue;
    }
    codes.push(code);
    runs.progress.clear();
    output.note(
      `${loaded.name} does not end as it declares: what it says of mutants says nothing\n  next: npx heddle check ${loaded.name}`,
    );
  }
  known.sort((one, other) => one.states - other.states);
  const wanted = membersOf(known).filter(({ mutant }) => isWanted(mutant, only));
  return { ...family, tried: known.map(({ loaded }) => loaded), members: wanted, codes };
}

function isWanted(mutant: Mutant, only: readonly string[] | undefined): boolean {
  return only?.some((one) => isCalled(mutant, one) || mutant.name.includes(one)) ?? true;
}

/** In the order of the models, and those of the one with the most mutants first. */
function membersOf(
  all: readonly { readonly loaded: LoadedCheck; readonly deeds: Deeds }[],
): readonly Member[] {
  const found = new Map<string, { mutant: Mutant; checks: LoadedCheck[] }>();
  const lists = all.map(({ loaded, deeds }) => ({
    loaded,
    mutants: mutantsOf(loaded.check, deeds).map(({ mutant }) => mutant),
  }));
  lists.sort((one, other) => other.mutants.length - one.mutants.length);
  for (const { loaded, mutants } of lists) {
    for (const mutant of mutants) {
      const known = found.get(mutant.id);
      if (known === undefined) found.set(mutant.id, { mutant, checks: [loaded] });
      else known.checks.push(loaded);
    }
  }
  return [...found.values()];
}

/** The check's own bounds where they are closer than those of mutants; what is asked for wins. */
export function boundsWithin({ check }: LoadedCheck, asked: Bounds): Bounds {
  const { maxStates = Number.POSITIVE_INFINITY, timeLimitMs = Number.POSITIVE_INFINITY } =
    check.bounds ?? {};
  return {
    maxStates: Math.min(maxStates, MUTANT_BOUNDS.maxStates),
    timeLimitMs: Math.min(timeLimitMs, MUTANT_BOUNDS.timeLimitMs),
    ...asked,
  };
}
