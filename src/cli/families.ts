/** Checks of one design, and the mutants that any of their models has. */
import type { LoadedCheck } from '../load/checks.ts';
import { mutantsOf } from '../search/mutants/derive.ts';
import type { Mutant } from '../search/mutants/mutant.ts';

export interface Family {
  /** The folder of the checks, and the design that they are about. */
  readonly name: string;
  readonly checks: readonly LoadedCheck[];
  readonly members: readonly Member[];
}

/** A mutant, and the checks whose model has it. */
export interface Member {
  readonly mutant: Mutant;
  readonly checks: readonly LoadedCheck[];
}

export function familiesOf(all: readonly LoadedCheck[]): readonly Family[] {
  const names = new Map<string, LoadedCheck[]>();
  for (const one of all) {
    const parts = one.name.split('/');
    const name = [...parts.slice(0, -1), one.check.design ?? parts.at(-1)].join('/');
    names.set(name, [...(names.get(name) ?? []), one]);
  }
  return [...names].map(([name, checks]) => ({ name, checks, members: membersOf(checks) }));
}

function membersOf(checks: readonly LoadedCheck[]): readonly Member[] {
  const found = new Map<string, { mutant: Mutant; checks: LoadedCheck[] }>();
  for (const loaded of checks) {
    for (const { mutant } of mutantsOf(loaded.check)) {
      const known = found.get(mutant.id);
      if (known === undefined) found.set(mutant.id, { mutant, checks: [loaded] });
      else known.checks.push(loaded);
    }
  }
  return [...found.values()];
}
