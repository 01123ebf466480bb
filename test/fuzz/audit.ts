/**
 * A footprint audit: what a reduced search has come to assume of every point, held against every step of the full search. A step that
 * looks at more than was assumed where it stands, stores more, or leads elsewhere, is an excess: there must be none.
 */
import type { Check } from 'heddle';
import type { Reduction } from '../../src/search/reduce/choice.ts';
import type { Place, Points } from '../../src/search/reduce/points.ts';
import { Reduced } from '../../src/search/reduce/reduced.ts';
import type { Rules } from '../../src/search/reduce/rules.ts';
import { searchBy, searchReduced } from './searched.ts';
import { RULES } from './ways.ts';

export interface Audit {
  /** States of the full search. */
  readonly states: number;
  /** What was not assumed, each in a line. */
  readonly excess: readonly string[];
}

/** Undefined for a check that is refused, or that has more than `maxStates` states. */
export function audit(
  check: Check,
  reductions: readonly Reduction[],
  maxStates: number,
  rules: Rules = RULES,
): Audit | undefined {
  const { course, search, complete, rows } = searchReduced(check, maxStates, reductions, rules);
  if (!complete || search === undefined || rows[0].startsWith('invalid')) return undefined;
  const { points } = course as unknown as { points: Points };
  const excess: string[] = [];
  tellOfExcess(points, excess);
  let looksAtProperties = (): void => {};
  const whole = searchBy(
    check,
    maxStates,
    {
      canResume: false,
      prepare: (one) => {
        const none = { stubborn: true, transactions: false, symmetry: undefined };
        const reduced = new Reduced(one, points, none, rules);
        looksAtProperties = () =>
          (reduced as unknown as { lookAtProperties(): void }).lookAtProperties();
      },
      visit: (one) => {
        const isWhole = one.visitLevels();
        looksAtProperties();
        if (points.holdings.grew) excess.push('what was relied on to be held, or kept, is not');
        return isWhole;
      },
      schedules: () => [],
      told: () => undefined,
    },
    search.engine.compiled.obtains,
  );
  return whole.complete ? { states: whole.states, excess } : undefined;
}

/** Has the points tell of what is added to them. */
function tellOfExcess(points: Points, excess: string[]): void {
  const { note, lead, noteVisible, noteAfter, distrust } = points;
  const watch = (what: () => string, add: () => void): void => {
    points.grew = false;
    add();
    if (points.grew) excess.push(what());
  };
  const at = ({ cpu, level, counter }: Place): string => `CPU${cpu}, level ${level}, at ${counter}`;
  Object.assign(points, {
    note(...args: Parameters<typeof note>) {
      const [place, reads, writes, locks] = args;
      const known = points.at(place.cpu, place.level, place.counter);
      const added = [reads, writes].map((mask, which) =>
        mask.map((bits, word) => bits & ~[known.reads, known.writes][which][word]),
      );
      watch(
        () =>
          `${at(place)}: reads ${added[0].join('.')}, writes ${added[1].join('.')}, locks ${locks}`,
        () => note.apply(points, args),
      );
    },
    lead(...args: Parameters<typeof lead>) {
      watch(
        () => `${at(args[0])}: leads to ${args[1]}`,
        () => lead.apply(points, args),
      );
    },
    noteVisible(...args: Parameters<typeof noteVisible>) {
      watch(
        () => `a property looks at more: ${args.join(' ')}`,
        () => noteVisible.apply(points, args),
      );
    },
    noteAfter(...args: Parameters<typeof noteAfter>) {
      watch(
        () => `what is asked after a step looks at more: ${args.join(' ')}`,
        () => noteAfter.apply(points, args),
      );
    },
    distrust(...args: Parameters<typeof distrust>) {
      watch(
        () => `locks ${args[0]} are not to be trusted`,
        () => distrust.apply(points, args),
      );
    },
  });
}
