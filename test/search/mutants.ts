/** Small checks for mutants: a lock that is needed, one that is not, and what becomes of each mutant when it is searched. */
import {
  at_rest,
  type Check,
  check,
  cpu,
  machine,
  model,
  per_cpu,
  spin_lock,
  spin_lock_bh,
  spin_unlock,
  spin_unlock_bh,
  spinlock,
  uint,
} from 'heddle';
import { explore } from '../../src/search/explore.ts';
import type { Deeds } from '../../src/search/mutants/deeds.ts';
import { mutantsOf, mutated } from '../../src/search/mutants/derive.ts';
import { type Fate, fateOf } from '../../src/search/mutants/fate.ts';

/** Two CPUs add one to a counter, in a critical section, and tell whoever asks that they did. */
export function counter(options: { told?: boolean } = {}): Check {
  const m = machine({ lock: spinlock(), x: uint(2), t: per_cpu(uint(2)), told: per_cpu(uint(1)) });
  const add = m.fn('add', (b) => [
    b.call(spin_lock, (s) => s.lock, 'lock'),
    b.step('t = x', (s, _l, { cpu }) => {
      s.t[cpu] = s.x;
    }),
    b.step('x = t + 1', (s, _l, { cpu }) => {
      s.x = s.t[cpu] + 1;
    }),
    b.call(spin_unlock, (s) => s.lock, 'lock'),
  ]);
  const task = m.fn('task', (b) => [
    b.call(add),
    b.step('told = 1', (s, _l, { cpu }) => {
      s.told[cpu] = 1;
    }),
  ]);
  const told = {
    'C2: both have told': at_rest((s: { told: Iterable<number> }) =>
      [...s.told].every((one) => one === 1),
    ),
  };
  return check(model({ machine: m, cpus: [cpu({ count: 2, task })] }), {
    properties: {
      'C1: nothing is lost': at_rest((s) => s.x === 2),
      ...(options.told === true ? told : {}),
    },
  });
}

/** What each kind is made of, in one function: a condition, a loop that waits, a mask, a guard, a branch with nothing else. */
export function mixture(): Check {
  const m = machine({ lock: spinlock(), x: uint(2) });
  const work = m.fn('work', { locals: { v: uint(2) } }, (b) => [
    b.call(spin_lock_bh, (s) => s.lock, 'lock'),
    b.loop([
      b.step('v = x', (s, l) => {
        l.v = s.x;
      }),
      b.when('v == 0', (l) => l.v === 0, [b.leave()]),
      b.step('x = 0', (s) => {
        s.x = 0;
      }),
    ]),
    b.call(spin_unlock_bh, (s) => s.lock, 'lock'),
    b.test('x == 1', (s) => s.x === 1, [
      b.step('x = 2', (s) => {
        s.x = 2;
      }),
    ]),
    b.until('x < 3', (s) => s.x < 3),
    b.when('v', (l) => l.v !== 0, [
      b.step('x = 1', (s) => {
        s.x = 1;
      }),
    ]),
  ]);
  return check(model({ machine: m, cpus: [cpu({ task: work })] }), {});
}

export function namesOf(check: Check, deeds: Deeds = {}): readonly string[] {
  return mutantsOf(check, deeds).map(({ mutant }) => mutant.name);
}

/** What becomes of each mutant, as a word: what killed it and in how many steps, or that it survived. */
export function fates(check: Check, deeds: Deeds = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    mutantsOf(check, deeds).map(({ mutant }) => [
      mutant.name,
      fateText(fateOf(searched(check, mutant.id))),
    ]),
  );
}

export function searched(check: Check, named: string) {
  return explore(mutated(check, named), { reduce: 'auto', untilSurprise: true });
}

function fateText(fate: Fate): string {
  return fate.kind === 'killed' ? `${fate.property} ${fate.steps ?? '-'}` : fate.kind;
}
