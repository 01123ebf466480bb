/** Properties: sentences about a design that are true or false. */
import { HeddleError, here } from './errors.ts';
import { refuseOther, refuseUnknown } from './options.ts';
import { FACILITIES, type Facility } from './processor.ts';

type Predicate<S> = (s: S) => boolean;
/** Of one of several instances of a property: `k` is 0 to their number - 1. */
type EachPredicate<S> = (s: S, k: number) => boolean;

export type Property<S> =
  | { readonly kind: 'always'; readonly predicate: Predicate<S> }
  | {
      readonly kind: 'whenever';
      readonly condition: Predicate<S>;
      readonly predicate: Predicate<S>;
    }
  | { readonly kind: 'after'; readonly label: string; readonly predicate: Predicate<S> }
  | { readonly kind: 'at_rest'; readonly predicate: Predicate<S> }
  | { readonly kind: 'reachable'; readonly predicate: Predicate<S>; readonly atLeast: number }
  | {
      readonly kind: 'possibly';
      /** A name for each instance; empty for one that needs none. */
      readonly instances: readonly string[];
      readonly from: EachPredicate<S>;
      readonly to: EachPredicate<S>;
      readonly without: readonly string[];
    }
  | { readonly kind: 'claimed' }
  | {
      readonly kind: 'facility';
      readonly facilities: readonly Facility[];
      readonly kinds: readonly string[] | undefined;
      readonly object: RegExp | undefined;
    };

/** Holds iff `predicate` is true in every reachable state. */
export function always<S>(predicate: Predicate<S>): Property<S> {
  return { kind: 'always', predicate };
}

/** Holds iff `predicate` is true in no reachable state. */
export function never<S>(predicate: Predicate<S>): Property<S> {
  return { kind: 'always', predicate: (s) => !predicate(s) };
}

/**
 * Holds iff `predicate` is true in every reachable state where `condition` is, such as a lock being
 * free. Never met = vacuous.
 */
export function whenever<S>(condition: Predicate<S>, predicate: Predicate<S>): Property<S> {
  return { kind: 'whenever', condition, predicate };
}

/**
 * Holds iff `predicate` is true in every state right after the step `label` (`function: label`, or
 * the label alone). Never taken = vacuous.
 */
export function after<S>(label: string, predicate: Predicate<S>): Property<S> {
  return { kind: 'after', label, predicate };
}

/**
 * Holds iff `predicate` is true whenever all CPUs have stopped or stand between operations and
 * nothing is pending. Never at rest = vacuous.
 */
export function at_rest<S>(predicate: Predicate<S>): Property<S> {
  return { kind: 'at_rest', predicate };
}

/**
 * A goal: met iff at least `atLeast` (default 1) reachable states satisfy `predicate`. Not met =
 * the check is VACUOUS.
 */
export function reachable<S>(predicate: Predicate<S>, atLeast = 1): Property<S> {
  return { kind: 'reachable', predicate, atLeast };
}

/** What is to stay possible, and how. */
export interface Possibility<S> {
  /**
   * Instances of the property, asked one by one: how many (at least 1), or a name for each, which a
   * violation tells; default 1.
   */
  readonly each?: number | readonly string[];
  /** Where it is asked. */
  readonly from: EachPredicate<S>;
  /** What some continuation must reach; true where it is asked is reached. */
  readonly to: EachPredicate<S>;
  /**
   * Steps that the continuation may not take, each `function: label` or the label alone; default
   * none. An unknown one is the error `bad-check`.
   */
  readonly without?: readonly string[];
}

/**
 * Holds iff from every state where `from` is true, some continuation leads to one where `to` is:
 * some, not every. Clients do not stop, neither before nor in it. Never true = vacuous.
 * @throws HeddleError `bad-check` for no instance.
 * @example
 * possibly({ each: 2, from: (s, k) => s.slot[k].free, to: (s, k) => s.slot[k].used, without: ['close'] })
 */
export function possibly<S>(options: Possibility<S>): Property<S> {
  const known = { each: true, from: true, to: true, without: true };
  refuseUnknown('bad-check', 'possibly(...)', options, known);
  const { each = 1, from, to, without = [] } = options;
  const isCount = typeof each === 'number';
  const count = isCount ? each : each.length;
  if (!Number.isInteger(count) || count < 1) {
    throw new HeddleError('bad-check', `possibly has ${count} instances`, here());
  }
  const numbered = (): string[] => Array.from({ length: count }, (_, k) => `k = ${k}`);
  const instances = isCount ? (count === 1 ? [''] : numbered()) : each;
  return { kind: 'possibly', instances, from, to, without };
}

/**
 * Holds iff no `claim(id, condition)` in a step was ever false, `id` being what the property's name
 * begins with. Never evaluated = vacuous.
 */
export function claimed<S>(): Property<S> {
  return { kind: 'claimed' };
}

/**
 * Holds iff the facilities report nothing of the given kinds (all when absent) on objects whose
 * path matches `object` (any when absent).
 */
export function no_report<S>(
  facilities: Facility | readonly Facility[],
  options: { kinds?: readonly string[]; object?: RegExp } = {},
): Property<S> {
  refuseUnknown('bad-check', 'no_report(...)', options, { kinds: true, object: true });
  const named = typeof facilities === 'string' ? [facilities] : facilities;
  for (const one of named)
    refuseOther('bad-check', 'a facility of no_report(...)', one, FACILITIES);
  return {
    kind: 'facility',
    facilities: named,
    kinds: options.kinds,
    object: options.object,
  };
}
