/** DEBUG_OBJECTS_RCU_HEAD: a head is queued twice, or its words are stored while it is queued. */
import {
  bits,
  bool,
  call_rcu,
  check,
  cpu,
  list_head,
  machine,
  model,
  NULL,
  overlay,
  rcu_head,
  record,
  spin_lock_bh,
  spin_unlock_bh,
  spinlock,
  test_and_set_bit,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found } from '../outcome.ts';

const objects = machine(
  { flags: bits(1), head: rcu_head(), done: bool() },
  { callbacks: ['release'] },
);
const release = objects.fn('release', (b) => [
  b.step('done', (s) => {
    s.done = true;
  }),
]);

describe('double call_rcu', () => {
  const queue = objects.fn('queue', (b) => [
    b.step('call_rcu(head, release)', (s) => call_rcu(s.head, 'release')),
  ]);

  test('two CPUs queue one head', () => {
    const twice = check(
      model({
        machine: objects,
        cpus: [cpu({ count: 2, task: queue })],
        callbacks: { release },
        rcu: { callbacks: 'softirq' },
      }),
      { expected: { DEBUG_OBJECTS_RCU_HEAD: 'violated' } },
    );
    expect(found(twice, 'DEBUG_OBJECTS_RCU_HEAD')).toEqual({
      facility: 'DEBUG_OBJECTS_RCU_HEAD',
      kind: 'double-call_rcu',
      object: 'head',
      steps: 2,
      switches: 1,
    });
  });

  test('not when a flag decides who queues it', () => {
    const once = objects.fn('queue_once', (b) => [
      b.test('test_and_set_bit', (s) => !test_and_set_bit(s, 'flags', 0), [
        b.step('call_rcu(head, release)', (s) => call_rcu(s.head, 'release')),
      ]),
    ]);
    const decided = check(
      model({
        machine: objects,
        cpus: [cpu({ count: 2, task: once })],
        callbacks: { release },
        rcu: { callbacks: 'softirq' },
      }),
    );
    expect(counts(decided)).toEqual(clean(16, 23));
  });

  test('not when the callback queues its own head again', () => {
    const again = machine({ head: rcu_head(), done: bool() }, { callbacks: ['once_more', 'last'] });
    const rearmed = check(
      model({
        machine: again,
        cpus: [
          cpu({
            task: again.fn('queue', (b) => [
              b.step('call_rcu(head, once_more)', (s) => call_rcu(s.head, 'once_more')),
            ]),
          }),
        ],
        callbacks: {
          once_more: again.fn('once_more', (b) => [
            b.step('call_rcu(head, last)', (s) => call_rcu(s.head, 'last')),
          ]),
          last: again.fn('last', (b) => [
            b.step('done', (s) => {
              s.done = true;
            }),
          ]),
        },
        rcu: { callbacks: 'softirq' },
      }),
    );
    // Queued, started, queued again, started again, done: one after the other.
    expect(counts(rearmed)).toEqual(clean(6, 6));
  });
});

describe('a store to a queued head', () => {
  const pages = machine(
    {
      lock: spinlock(),
      pending: bool(),
      page: record('page', { ...overlay({ lru: list_head(), rcu_head: rcu_head() }) }),
    },
    { callbacks: ['free_now'] },
  );
  const free_now = pages.fn('free_now', (b) => [
    b.call(spin_lock_bh, (s) => s.lock),
    b.step('pending = false', (s) => {
      s.pending = false;
    }),
    b.call(spin_unlock_bh, (s) => s.lock),
  ]);
  const defer = pages.fn('defer', (b) => [
    b.call(spin_lock_bh, (s) => s.lock),
    b.step('pending = true', (s) => {
      s.pending = true;
    }),
    b.call(spin_unlock_bh, (s) => s.lock),
    b.step('call_rcu(page->rcu_head)', (s) => call_rcu(s.page.rcu_head, 'free_now')),
  ]);
  const unlink = (careful: boolean) =>
    pages.fn('unlink', (b) => [
      b.call(spin_lock_bh, (s) => s.lock),
      careful
        ? b.test('!pending', (s) => !s.pending, [
            b.step('lru->next = NULL', (s) => {
              s.page.lru.next = NULL;
            }),
          ])
        : b.step('lru->next = NULL', (s) => {
            s.page.lru.next = NULL;
          }),
      b.call(spin_unlock_bh, (s) => s.lock),
    ]);
  const deferred = (careful: boolean) =>
    check(
      model({
        machine: pages,
        cpus: [cpu({ task: defer }), cpu({ task: unlink(careful) })],
        callbacks: { free_now },
        rcu: { callbacks: 'softirq' },
      }),
      careful ? {} : { expected: { DEBUG_OBJECTS_RCU_HEAD: 'violated' } },
    );

  test('through the list node that shares its words', () => {
    expect(found(deferred(false), 'DEBUG_OBJECTS_RCU_HEAD')).toEqual({
      facility: 'DEBUG_OBJECTS_RCU_HEAD',
      kind: 'store-to-queued-head',
      object: 'page.rcu_head',
      steps: 9,
      switches: 1,
    });
  });

  test('not when a flag under the lock says that the head is queued', () => {
    expect(counts(deferred(true))).toMatchObject({ verdict: 'holds', violated: [] });
  });
});
