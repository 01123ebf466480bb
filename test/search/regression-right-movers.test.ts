/** States in which two CPUs stand in the middle of a transaction, that a reduced search must not join over. */
import {
  check,
  cpu,
  explore,
  type FacilityMode,
  machine,
  model,
  range,
  spin_lock,
  spin_unlock,
  spinlock,
  type Verdict,
} from 'heddle';
import { expect, test } from 'vitest';

const m = machine({ one: spinlock(), other: spinlock(), x: range(3) });
type Lock = 'one' | 'other';

/** Takes locks in order, stores, and releases them. */
const store = (name: string, locks: readonly Lock[]) =>
  m.fn(name, (b) => [
    ...locks.map((lock) => b.call(spin_lock, (s) => s[lock], lock)),
    b.step('x = 1', (s) => {
      s.x = 1;
    }),
    ...[...locks].reverse().map((lock) => b.call(spin_unlock, (s) => s[lock], lock)),
  ]);

function violated(tasks: readonly (readonly Lock[])[], KCSAN: FacilityMode): string[] {
  const cpus = tasks.map((locks, at) => cpu({ task: store(`store${at}`, locks) }));
  const one = check(model({ machine: m, cpus }), { facilities: { KCSAN, LOCKDEP: 'off' } });
  const rows = ({ properties }: Verdict) =>
    properties.filter(({ verdict }) => verdict === 'violated').map(({ id }) => id);
  const whole = rows(explore(one).verdict);
  for (const reduce of [['transactions'], ['stubborn', 'transactions']] as const)
    expect(rows(explore(one, { reduce }).verdict), String(reduce)).toEqual(whole);
  return whole;
}

test('each holds what the other waits for', () => {
  const tasks = [
    ['one', 'other'],
    ['other', 'one'],
  ] as const;
  expect(violated(tasks, 'off')).toEqual(['deadlock']);
});

test('both are about to store, each under a lock of its own', () => {
  expect(violated([['one'], ['other']], 'soft')).toEqual(['KCSAN']);
  expect(violated([['one'], ['other'], ['one']], 'soft')).toEqual(['KCSAN']);
});
