/** A reduced search from its first assumption to one that nothing has broken, and what is said of it. */
import type { Check } from '../../design/check.ts';
import type { Way } from '../orders/order.ts';
import type { Search } from '../search.ts';
import { Asymmetric } from '../symmetry/equivariance.ts';
import { Symmetry } from '../symmetry/symmetry.ts';
import type { Outcomes } from '../verdict.ts';
import type { Reduction } from './choice.ts';
import { Points } from './points.ts';
import { Reduced, Retracted } from './reduced.ts';
import { RULES, type Rules } from './rules.ts';

/** Searches by a way of its own; `obtains` as in `compileMachine`. */
export type SearchBy = (way: Way, obtains: boolean) => Outcomes;

/** Why states of a check must not be left out; undefined where they may. */
export function refusalOf(check: Check): string | undefined {
  for (const [name, property] of Object.entries(check.properties ?? {}))
    if (property.kind === 'possibly') return `${name} asks what stays possible`;
  if (check.facilities?.KCSAN === 'fatal') return 'KCSAN ends paths';
  return undefined;
}

export class Course {
  /** Times that an assumption was given up and the search began again. */
  retractions = 0;
  /** Why CPUs or objects are told apart, by group. */
  readonly toldApart = new Map<string, string>();
  reduced: Reduced | undefined;
  private readonly wanted: readonly Reduction[];
  private readonly rules: Rules;
  private points: Points | undefined;
  private obtains = false;

  constructor(wanted: readonly Reduction[], rules: Rules = RULES) {
    this.wanted = wanted;
    this.rules = rules;
  }

  run(searchBy: SearchBy): Outcomes {
    for (;;) {
      try {
        return searchBy(this.way(), this.obtains);
      } catch (thrown) {
        if (thrown instanceof Asymmetric) {
          this.toldApart.set(thrown.group, thrown.reason);
          // What was known of one was assumed of others.
          this.points = undefined;
        } else if (thrown instanceof Retracted) this.retractions += 1;
        else throw thrown;
      }
    }
  }

  private way(): Way {
    return {
      canResume: false,
      prepare: (search) => {
        this.reduced = this.reducedOf(search);
      },
      visit: (_search, limits) => (this.reduced as Reduced).visit(limits),
      schedules: () => [],
      told: () => undefined,
    };
  }

  private reducedOf(search: Search): Reduced {
    const { compiled } = search.engine;
    const symmetry = this.symmetryOf(search);
    if (this.points === undefined || this.obtains !== compiled.obtains) {
      this.points = new Points(compiled, search.visited.packing, symmetry);
      this.obtains = compiled.obtains;
    }
    const { wanted } = this;
    const reductions = {
      stubborn: wanted.includes('stubborn'),
      transactions: wanted.includes('transactions'),
      symmetry,
    };
    return new Reduced(search, this.points, reductions, this.rules);
  }

  private symmetryOf({ engine, visited }: Search): Symmetry | undefined {
    if (!this.wanted.includes('symmetry')) return undefined;
    let symmetry = Symmetry.of(engine.compiled, visited.packing);
    for (const group of this.toldApart.keys()) symmetry = symmetry?.dropping(group);
    return symmetry;
  }
}
