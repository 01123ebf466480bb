/** RCU: readers that are left twice, never left, or wait for themselves. */
import {
  type Builder,
  check,
  cpu,
  machine,
  model,
  type Nodes,
  rcu_read_lock,
  rcu_read_unlock,
  type StateOf,
  synchronize_rcu,
  uint,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found } from '../outcome.ts';

const readers = machine({ x: uint(1) });
const bad = { expected: { RCU: 'violated' } } as const;

/** One CPU that does what `body` says. */
function run(
  body: (b: Builder<StateOf<typeof readers>, object>) => Nodes,
  options: Parameters<typeof check>[1] = {},
) {
  return check(
    model({ machine: readers, cpus: [cpu({ task: readers.fn('task', body) })] }),
    options,
  );
}

describe('unbalanced', () => {
  test('rcu_read_unlock without rcu_read_lock', () => {
    expect(
      found(
        run((b) => [b.call(rcu_read_unlock)], bad),
        'RCU',
      ),
    ).toEqual({
      facility: 'RCU',
      kind: 'unbalanced',
      object: 'CPU0',
      steps: 1,
      switches: 0,
    });
  });

  test('one unlock too many', () => {
    const task = run(
      (b) => [b.call(rcu_read_lock), b.call(rcu_read_unlock), b.call(rcu_read_unlock)],
      bad,
    );
    expect(found(task, 'RCU')).toMatchObject({ kind: 'unbalanced', steps: 3 });
  });

  test('not when sections nest', () => {
    const nested = run((b) => [
      b.call(rcu_read_lock),
      b.call(rcu_read_lock),
      b.call(rcu_read_unlock),
      b.call(rcu_read_unlock),
    ]);
    expect(counts(nested)).toEqual(clean(5, 5));
  });

  test('a CPU ends inside a section', () => {
    expect(
      found(
        run((b) => [b.call(rcu_read_lock)], bad),
        'RCU',
      ),
    ).toEqual({
      facility: 'RCU',
      kind: 'reader-left-behind',
      object: 'CPU0',
      steps: 1,
      switches: 0,
    });
  });
});

describe('blocking inside a reader', () => {
  const waits = (inside: boolean) =>
    run(
      (b) => [
        b.call(rcu_read_lock),
        inside ? [] : b.call(rcu_read_unlock),
        b.call(synchronize_rcu),
        inside ? b.call(rcu_read_unlock) : [],
      ],
      inside ? { expected: { RCU: 'violated', deadlock: 'violated' } } : {},
    );

  test('synchronize_rcu inside rcu_read_lock is reported, and waits for itself', () => {
    expect(found(waits(true), 'RCU')).toEqual({
      facility: 'RCU',
      kind: 'sleep-in-atomic',
      object: 'synchronize_rcu',
      steps: 2,
      switches: 0,
    });
    expect(found(waits(true), 'deadlock')).toMatchObject({ kind: 'deadlock', steps: 2 });
  });

  test('not after the section was left', () => {
    expect(counts(waits(false))).toEqual(clean(5, 5));
  });
});
