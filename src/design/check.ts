/** `check(...)`: a model, its properties, its bounds and the verdict it declares. */
import { type Declared, HeddleError, here } from './errors.ts';
import type { Model } from './model.ts';
import { type Keys, refuseOther, refuseUnknown } from './options.ts';
import { FACILITIES, type Facility, type FacilityMode } from './processor.ts';
import type { Property } from './property.ts';

/**
 * What a check predicts of one property. `object` and `steps` say which violation is meant: any
 * other is a surprise.
 */
export type Expectation =
  | 'holds'
  | 'violated'
  | 'masked'
  | {
      readonly verdict: 'violated';
      /** The object concerned, as the report names it. */
      readonly object?: string | RegExp;
      /** Labels of steps the shortest schedule contains, in order. */
      readonly steps?: readonly string[];
      /**
       * Why this violation is a known weakness outside what the design promises. The check's
       * verdict is then that of the other properties, with the weakness named beside it wherever
       * the verdict is.
       */
      readonly known?: string;
    };

export interface Bounds {
  /** Distinct states; default 50,000,000. */
  readonly maxStates?: number;
  /** Breadth-first levels, the initial one counted as 1; default none. */
  readonly maxDepth?: number;
  /** Milliseconds; default none. */
  readonly timeLimitMs?: number;
  /** Bytes of resident memory, shared with checks that run beside this one; default four fifths of what is free. */
  readonly memoryLimitBytes?: number;
}

/** A schedule written as step labels: replays by name and must end in a violation of `property`. */
export interface GoldenTrace {
  readonly property: string;
  readonly initial?: string;
  /**
   * `CPU0 page_table_free: LOCK`, or `CPU1 softirq pte_free_now: ...`; `[k]` after a label names
   * the choice of a pick.
   */
  readonly steps: readonly string[];
}

export interface CheckOptions<S> {
  /** By name; a name begins with the property's id: `P5: an rcu_head has one user`. */
  readonly properties?: Readonly<Record<string, Property<S>>>;
  /** How each facility reacts, where it differs from the default (semantics.md section 2). */
  readonly facilities?: Readonly<Partial<Record<Facility, FacilityMode>>>;
  readonly bounds?: Bounds;
  /** By property id, or facility name. Properties not named are expected to hold. */
  readonly expected?: Readonly<Record<string, Expectation>>;
  /** The claim this check decides, in a sentence, and where it was made. */
  readonly claim?: string;
  readonly source?: string;
  /** The row of `heddle matrix` it belongs to; the last part of the check's name when absent. */
  readonly design?: string;
  /** `small` (default) is part of a run without arguments; `large` needs its name or `--all`. */
  readonly size?: 'small' | 'large';
  /** Kernel version, configuration assumed, what is left out; each is a line of the scope. */
  readonly scope?: readonly string[];
  readonly goldens?: readonly GoldenTrace[];
  /**
   * Mutants of the model that do what it does, by name or id as `heddle mutants` prints them, each with the reason why. In a name `*`
   * stands for any text: `'free: * before spin_unlock(lock)'`.
   */
  readonly equivalent?: Readonly<Record<string, string>>;
}

// biome-ignore lint/suspicious/noExplicitAny: a check of any state.
export interface Check<S = any> extends CheckOptions<S> {
  readonly kind: 'check';
  readonly model: Model<S>;
  readonly place: Declared;
}

const CHECK_OPTIONS = {
  properties: true,
  facilities: true,
  bounds: true,
  expected: true,
  claim: true,
  source: true,
  design: true,
  size: true,
  scope: true,
  goldens: true,
  equivalent: true,
} satisfies Keys<CheckOptions<unknown>>;

const BOUNDS = {
  maxStates: true,
  maxDepth: true,
  timeLimitMs: true,
  memoryLimitBytes: true,
} satisfies Keys<Bounds>;

const VIOLATED = {
  verdict: true,
  object: true,
  steps: true,
  known: true,
} satisfies Keys<Exclude<Expectation, string>>;

const GOLDEN = { property: true, initial: true, steps: true } satisfies Keys<GoldenTrace>;

function refuseUnknownOptions(options: CheckOptions<never>): void {
  const { facilities = {}, expected = {}, goldens = [] } = options;
  refuseUnknown('bad-check', 'check(...)', options, CHECK_OPTIONS);
  refuseUnknown('bad-check', 'bounds of check(...)', options.bounds, BOUNDS);
  refuseOther('bad-check', 'size of check(...)', options.size, ['small', 'large']);
  const known = Object.fromEntries(FACILITIES.map((name) => [name, true]));
  refuseUnknown('bad-check', 'facilities of check(...)', facilities, known);
  for (const [name, mode] of Object.entries(facilities)) {
    refuseOther('bad-check', `facility ${name} of check(...)`, mode, ['fatal', 'soft', 'off']);
  }
  for (const [id, one] of Object.entries(expected)) {
    const what = `what check(...) expects of ${id}`;
    if (typeof one === 'object') refuseUnknown('bad-check', what, one, VIOLATED);
    const verdict = typeof one === 'object' ? one.verdict : one;
    refuseOther('bad-check', what, verdict, ['holds', 'violated', 'masked']);
  }
  for (const golden of goldens)
    refuseUnknown('bad-check', 'a golden of check(...)', golden, GOLDEN);
}

/** What a property is called by: everything before the first colon of its name, or all of it. */
export function propertyId(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? name : name.slice(0, colon);
}

/**
 * Declares a check. A check file exports one as default, or an object of several by name.
 * @throws HeddleError `bad-check` for two properties of one id, an expectation of an unknown one, or an unknown option.
 * @example
 * export default check(counter, { properties: { 'every increment is counted': at_rest((s) => s.x === 2) } });
 */
export function check<S>(model: Model<S>, options: CheckOptions<S> = {}): Check<S> {
  if (model?.kind !== 'model') {
    throw new HeddleError('bad-check', 'a check needs a model made by model(...)', here());
  }
  refuseUnknownOptions(options as CheckOptions<never>);
  const ids = new Set<string>();
  for (const name of Object.keys(options.properties ?? {})) {
    const id = propertyId(name);
    if (ids.has(id))
      throw new HeddleError('bad-check', `two properties are called '${id}'`, here());
    ids.add(id);
  }
  return { ...options, model, kind: 'check', place: here() };
}
