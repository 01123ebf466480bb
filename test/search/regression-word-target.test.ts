/**
 * The target of a kernel word may read shared memory to find its lock or head: that is an access beside the word's own. It was
 * not counted, so that the race between reading the pointer and using it was lost.
 */
import {
  array,
  call_rcu,
  check,
  cpu,
  explore,
  machine,
  model,
  rcu_head,
  record,
  spin_lock,
  spin_unlock,
  spinlock,
  uint,
} from 'heddle';
import { expect, test } from 'vitest';

const m = machine(
  {
    outer: spinlock(),
    which: uint(1),
    object: array(2, record({ lock: spinlock(), head: rcu_head() })),
  },
  { callbacks: ['done'] },
);
const done = m.fn('done', (b) => [b.step('done', () => undefined)]);

const turn = m.fn('turn', (b) => [
  b.call(spin_lock, (s) => s.outer),
  b.step('which = 1', (s) => {
    s.which = 1;
  }),
  b.call(spin_unlock, (s) => s.outer),
]);

const run = (...tasks: (typeof turn)[]) =>
  explore(
    check(
      model({
        machine: m,
        cpus: [...tasks, turn].map((task) => cpu({ task })),
        callbacks: { done },
      }),
    ),
  ).verdict;

test('a lock found through a shared word is two accesses', () => {
  const found = m.fn('found', (b) => [
    b.call(spin_lock, (s) => s.object[s.which].lock),
    b.call(spin_unlock, (s) => s.object[0].lock),
  ]);
  expect(run(found).error?.code).toBe('coarse-step');
});

test('not where the word is protected by a lock that is held', () => {
  const nested = m.fn('nested', { locals: { w: uint(1) } }, (b) => [
    b.call(spin_lock, (s) => s.outer),
    b.call(spin_lock, (s) => s.object[s.which].lock, 'object[which]'),
    b.step('w = which', (s, l) => {
      l.w = s.which;
    }),
    b.call(spin_unlock, (s, l) => s.object[l.w].lock, 'object[w]'),
    b.call(spin_unlock, (s) => s.outer),
  ]);
  const verdict = run(nested);
  expect(verdict.error?.fact).toBeUndefined();
  expect(verdict.verdict).toBe('holds');
});

test('a head found through a shared word is two accesses', () => {
  const queue = m.fn('queue', (b) => [
    b.step('call_rcu', (s) => call_rcu(s.object[s.which].head, 'done')),
  ]);
  expect(run(queue, queue).error?.code).toBe('coarse-step');
});
