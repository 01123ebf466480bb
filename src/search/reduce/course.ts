/** A reduced search from its first assumption to one that nothing has broken, and what is said of it. */
import type { Check } from '../../design/check.ts';
import type { Way } from '../orders/order.ts';
import type { Search } from '../search.ts';
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
  private readonly wanted: readonly Reduction[];
  private readonly rules: Rules;
  private points: Points | undefined;
  private obtains = false;
  reduced: Reduced | undefined;

  constructor(wanted: readonly Reduction[], rules: Rules = RULES) {
    this.wanted = wanted;
    this.rules = rules;
  }

  run(searchBy: SearchBy): Outcomes {
    for (;;) {
      try {
        return searchBy(this.way(), this.obtains);
      } catch (thrown) {
        if (!(thrown instanceof Retracted)) throw thrown;
        this.retractions += 1;
      }
    }
  }

  private way(): Way {
    return {
      canResume: false,
      visit: (search, limits) => {
        this.reduced = this.reducedOf(search);
        return this.reduced.visit(limits);
      },
      schedules: () => [],
      told: () => undefined,
    };
  }

  private reducedOf(search: Search): Reduced {
    const { compiled } = search.engine;
    if (this.points === undefined || this.obtains !== compiled.obtains) {
      this.points = new Points(compiled, search.visited.packing);
      this.obtains = compiled.obtains;
    }
    const { wanted } = this;
    const reductions = {
      stubborn: wanted.includes('stubborn'),
      transactions: wanted.includes('transactions'),
    };
    return new Reduced(search, this.points, reductions, this.rules);
  }
}
