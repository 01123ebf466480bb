/**
 * A hardirq handler runs with interrupts off, so a grace period waits for it. Only local_irq_save counted, and a callback ran in
 * the middle of a handler that had read the pointer before: a false alarm.
 */
import { BUG_ON, bool, call_rcu, check, cpu, explore, machine, model, rcu_head } from 'heddle';
import { expect, test } from 'vitest';

test('a grace period waits for a running hardirq handler', () => {
  const m = machine(
    { published: bool(), alive: bool(), head: rcu_head() },
    { callbacks: ['bury'] },
  );
  const bury = m.fn('bury', (b) => [
    b.step('alive = false', (s) => {
      s.alive = false;
    }),
  ]);
  const handler = m.fn('handler', (b) => [
    b.test('published', (s) => s.published, [b.step('use', (s) => BUG_ON(!s.alive, '!alive'))]),
  ]);
  const retire = m.fn('retire', (b) => [
    b.step('published = false', (s) => {
      s.published = false;
    }),
    b.step('call_rcu', (s) => call_rcu(s.head, 'bury')),
  ]);
  const { verdict } = explore(
    check(
      model({
        machine: m,
        callbacks: { bury },
        rcu: { callbacks: 'softirq' },
        cpus: [cpu({ task: retire }), cpu({ hardirq: handler })],
        initial: (s) => {
          s.published = true;
          s.alive = true;
        },
      }),
    ),
  );
  expect(verdict.verdict).toBe('holds');
  expect(verdict.notTaken).toEqual([]);
});
