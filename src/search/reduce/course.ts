/** A reduced search from its first assumption to one that nothing has broken, and what is said of it. */
import type { Check } from '../../design/check.ts';
import type { Limits } from '../limits.ts';
import type { Way } from '../orders/order.ts';
import { SHORTAGES } from '../records.ts';
import type { Search } from '../search.ts';
import { Asymmetric } from '../symmetry/equivariance.ts';
import { Symmetry } from '../symmetry/symmetry.ts';
import type { Outcomes, ReductionTold } from '../verdict.ts';
import type { Reduction } from './choice.ts';
import { Points } from './points.ts';
import { type Mark, PaysNot, Reduced, Retracted } from './reduced.ts';
import { RULES, type Rules } from './rules.ts';
import { spreadNotes } from './spread.ts';

/** Who can reach an object is asked of whole states, of which a reduced search lacks some. */
const COARSE = 'a step is coarse where others might reach what it touches';

/** Why states of a check must not be left out; undefined where they may. */
export function refusalOf(check: Check): string | undefined {
  for (const [name, property] of Object.entries(check.properties ?? {})) {
    if (property.kind === 'possibly') return `${name} asks what stays possible`;
    // Who waits for whom may be seen only once nobody can move at all.
    if (property.kind === 'facility' && property.facilities.includes('deadlock') && property.kinds)
      return `${name} tells deadlocks apart`;
  }
  if (check.facilities?.KCSAN === 'fatal') return 'KCSAN ends paths';
  return undefined;
}

export class Course {
  /** Times that an assumption was given up and the search began again. */
  retractions = 0;
  /** Why CPUs or objects are told apart, by group. */
  readonly toldApart = new Map<string, string>();
  reduced: Reduced | undefined;
  private readonly mark: Mark | undefined;
  private readonly wanted: readonly Reduction[];
  private readonly rules: Rules;
  private points: Points | undefined;
  private obtains = false;

  /** Where `mark` is given, what a search of the whole graph has come to is to be beaten. */
  constructor(wanted: readonly Reduction[], rules: Rules = RULES, mark?: Mark) {
    this.mark = mark;
    this.wanted = wanted;
    this.rules = rules;
  }

  /** `searchBy` searches by a way of its own; `obtains` as in `compileMachine`. */
  run(searchBy: (way: Way, obtains: boolean) => Outcomes): Outcomes {
    for (;;) {
      try {
        return this.told(searchBy(this.way(), this.obtains));
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

  /** Adds what was left out. */
  private told({ verdict, traces }: Outcomes): Outcomes {
    const { symmetry } = this.reduced?.reductions ?? {};
    const held = this.points?.holdings.told() ?? [];
    const reduction: ReductionTold = {
      names: this.wanted.filter((one) => one !== 'symmetry' || symmetry !== undefined),
      ...(symmetry === undefined ? {} : { exchanged: symmetry.orbits, order: symmetry.order }),
      ...(this.toldApart.size === 0 ? {} : { toldApart: [...this.toldApart.values()] }),
      putOff: this.reduced?.putOff ?? 0,
      joined: this.reduced?.joinedSteps ?? 0,
      retractions: this.retractions,
      ...(held.length === 0 || !verdict.complete ? {} : { held }),
    };
    return { verdict: { ...verdict, reduction }, traces };
  }

  private way(): Way {
    return {
      canResume: false,
      prepare: (search) => {
        this.reduced = this.reducedOf(search);
        noteShortages(search);
      },
      visit: (search, limits) => this.visit(search, limits),
      schedules: () => [],
      told: () => undefined,
    };
  }

  private visit(search: Search, limits: Limits): boolean {
    const reduced = this.reduced as Reduced;
    const complete = reduced.visit(limits, this.mark);
    const { symmetry } = reduced.reductions;
    if (symmetry !== undefined) spreadNotes(search, symmetry);
    if (complete && !search.seemsFine()) throw new PaysNot(COARSE);
    return complete;
  }

  private reducedOf(search: Search): Reduced {
    const { compiled } = search.engine;
    const symmetry = this.symmetryOf(search);
    if (this.points === undefined || this.obtains !== compiled.obtains) {
      this.points = new Points(compiled, search.visited.packing, symmetry, this.rules);
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

/** Counts allocations that find no object where they are looked at, not where they are made: that there are any is what is told. */
function noteShortages({ engine, successors }: Search): void {
  const { moves, onRecord } = successors;
  successors.onRecord = (cpu, record) => {
    engine.heap.refused += moves.records[record + SHORTAGES] as number;
    onRecord?.(cpu, record);
  };
}
