/** What the kernel words of a step do, learned by watching a search: only what is done can be done wrongly. */
import type { Check } from '../../design/check.ts';
import { type Interceptor, intercepted } from '../../design/processor.ts';
import type { Node, Nodes, StepNode } from '../../design/program.ts';
import { edited } from './edit.ts';
import { functionsOf, sitesOf } from './sites.ts';

/** A read-modify-write; a mask of one bit, or of several; an amount; a value stored; a callback queued. */
export type Deed = 'atomic' | 'bit' | 'bits' | 'amount' | 'value' | 'call_rcu';

/** By `function: step`, in the order in which they were first seen. */
export type Deeds = Readonly<Record<string, readonly Deed[]>>;

export interface Watched {
  /** The same check, whose steps tell. */
  readonly check: Check;
  /** What was seen so far. */
  readonly deeds: () => Deeds;
}

/** What the steps of a model are called among its deeds. */
export function deedsKey(fn: string, label: string): string {
  return `${fn}: ${label}`;
}

/** The check with a model that does the same, and notes what its steps do. */
export function watched(check: Check): Watched {
  const seen = new Map<string, Set<Deed>>();
  const edit = new Map<Node, Nodes>();
  for (const fn of functionsOf(check.model)) {
    for (const { node, label } of sitesOf(fn)) {
      if (node.kind !== 'step') continue;
      const key = deedsKey(fn.name, label);
      const known = seen.get(key) ?? new Set();
      seen.set(key, known);
      edit.set(node, [
        intercepting(
          node,
          noting((deed) => void known.add(deed)),
        ),
      ]);
    }
  }
  const deeds = () =>
    Object.fromEntries(
      [...seen].filter(([, some]) => some.size > 0).map(([key, some]) => [key, [...some].sort()]),
    );
  return { check: { ...check, model: edited(check.model, edit) }, deeds };
}

function noting(note: (deed: Deed) => void): Interceptor {
  return {
    loaded: (value) => {
      // Names are not numbers, and a word that is read and written apart keeps a number in between.
      if (typeof value !== 'string') note('atomic');
      return value;
    },
    given: (value, as) => {
      if (as === 'amount') note('amount');
      else if (as === 'value') typeof value === 'string' || note('value');
      else note(isOneBit(Number(value)) ? 'bit' : 'bits');
      return value;
    },
    waits: () => {
      note('call_rcu');
      return true;
    },
  };
}

function isOneBit(mask: number): boolean {
  return (mask & (mask - 1)) === 0;
}

/** The same step, but for what stands between its words and what they do. */
export function intercepting(node: StepNode, by: Interceptor): StepNode {
  const { guard, effect } = node;
  return {
    ...node,
    ...(guard === undefined ? {} : { guard: (s, l, ctx) => during(by, () => guard(s, l, ctx)) }),
    ...(effect === undefined
      ? {}
      : { effect: (s, l, a, b) => during(by, () => effect(s, l, a, b)) }),
  };
}

export function during<T>(by: Interceptor, body: () => T): T {
  const before = intercepted.by;
  intercepted.by = by;
  try {
    return body();
  } finally {
    intercepted.by = before;
  }
}
