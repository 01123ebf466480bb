/** Work queues and the last reference of an mm: what runs in task context on a kworker. */
import {
  atomic,
  bool,
  call_rcu,
  check,
  claim,
  claimed,
  container_of,
  cpu,
  enumeration,
  ghost,
  machine,
  might_sleep,
  mmdrop_async,
  mmgrab,
  model,
  queue_work,
  rcu_head,
  record,
  uint,
  word,
  work_struct,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found } from '../outcome.ts';
import { anywhere } from './look.ts';

describe('queue_work', () => {
  const state = machine(
    {
      work: work_struct(),
      again: work_struct(),
      ran: uint(2),
      queued: bool(),
      order: ghost(enumeration('none', 'a', 'b', 'ab', 'ba')),
    },
    { callbacks: ['run', 'run_a', 'run_b'] },
  );
  const note = (name: 'a' | 'b') =>
    state.fn(`run_${name}`, (b) => [
      b.step(`${name} ran`, (s) => {
        s.order = s.order === 'none' ? name : s.order === 'a' ? 'ab' : 'ba';
      }),
    ]);
  const callbacks = {
    run: state.fn('run', (b) => [
      b.call(might_sleep),
      b.step('ran', (s) => {
        s.ran += 1;
      }),
    ]),
    run_a: note('a'),
    run_b: note('b'),
  };

  test('runs the function once, in task context, where it may sleep', () => {
    const queue = state.fn('queue', (b) => [
      b.step('queue_work', (s) => {
        queue_work(s.work, 'run');
      }),
    ]);
    const once = check(model({ machine: state, cpus: [cpu({ task: queue })], callbacks }));
    // Before; queued; at might_sleep; at ran; done.
    expect(counts(once)).toEqual(clean(5, 5));
    expect(anywhere(once.model, (s: { ran: number }) => s.ran)).toEqual([0, 1]);
  });

  test('says whether it was queued already, and then does nothing', () => {
    const queue = state.fn('queue', (b) => [
      b.step('queue_work', (s) => claim('F', queue_work(s.work, 'run'))),
      b.step('queue_work again', (s) => {
        s.queued = queue_work(s.work, 'run');
      }),
    ]);
    const twice = check(model({ machine: state, cpus: [cpu({ task: queue })], callbacks }), {
      properties: { 'F: the first is queued': claimed() },
    });
    expect(counts(twice)).toMatchObject({ verdict: 'holds', violated: [] });
    // Queued again where the work had started before.
    const ends = anywhere(twice.model, (s: { ran: number; queued: boolean }) => [s.queued, s.ran]);
    expect(ends).toContainEqual([false, 1]);
    expect(ends).toContainEqual([true, 2]);
    expect(ends).not.toContainEqual([false, 2]);
  });

  test('has no order', () => {
    const queue = state.fn('queue', (b) => [
      b.step('queue a', (s) => {
        queue_work(s.work, 'run_a');
      }),
      b.step('queue b', (s) => {
        queue_work(s.again, 'run_b');
      }),
    ]);
    const both = model({ machine: state, cpus: [cpu({ task: queue })], callbacks });
    expect(anywhere(both, (s) => s.order).filter((order) => order.length === 2)).toEqual([
      'ab',
      'ba',
    ]);
  });

  test('tells the function which work it is', () => {
    const owners = machine(
      { owner: record('owner', { work: work_struct() }), found: uint(2) },
      { callbacks: ['run'] },
    );
    const run = owners.fn('run', { params: { work: word() } }, (b) => [
      b.step('found = container_of(work)', (s, l) => {
        s.found = 1 + container_of(l.work, 'owner', 'work');
      }),
    ]);
    const queue = owners.fn('queue', (b) => [
      b.step('queue_work', (s) => {
        queue_work(s.owner.work, 'run');
      }),
    ]);
    const told = model({ machine: owners, cpus: [cpu({ task: queue })], callbacks: { run } });
    expect(anywhere(told, (s) => s.found)).toEqual([0, 1]);
  });
});

describe('mmdrop_async', () => {
  const state = machine(
    {
      mm: record('mm', { mm_count: atomic(3), async_put_work: work_struct() }),
      head: rcu_head(),
      freed: bool(),
    },
    { callbacks: ['drop', 'mm_free'] },
  );
  const mm_free = state.fn('mm_free', (b) => [
    b.call(might_sleep),
    b.step('free', (s) => {
      claim('ONCE', () => !s.freed);
      claim('LAST', () => s.mm.mm_count === 0);
      s.freed = true;
    }),
  ]);
  const drop = state.fn('drop', (b) => [
    b.step('mmdrop_async', (s) => mmdrop_async(s.mm, 'mm_free')),
  ]);

  test('frees the mm once, by the last of two, outside the softirq', () => {
    const task = state.fn('task', (b) => [
      b.step('mmgrab', (s) => mmgrab(s.mm)),
      b.step('call_rcu(drop)', (s) => call_rcu(s.head, 'drop')),
      b.step('mmdrop_async', (s) => mmdrop_async(s.mm, 'mm_free')),
    ]);
    const dropped = check(
      model({
        machine: state,
        cpus: [cpu({ task })],
        callbacks: { drop, mm_free },
        initial: (s) => {
          s.mm.mm_count = 1;
        },
      }),
      { properties: { 'ONCE: it is freed once': claimed(), 'LAST: nobody uses it': claimed() } },
    );
    expect(counts(dropped)).toMatchObject({ verdict: 'holds', violated: [] });
    expect(anywhere(dropped.model, (s: { freed: boolean }) => s.freed)).toEqual([false, true]);
  });

  test('what the work does would be sleeping in the callback itself', () => {
    const task = state.fn('task', (b) => [
      b.step('call_rcu(mm_free)', (s) => call_rcu(s.head, 'mm_free')),
    ]);
    const early = check(
      model({ machine: state, cpus: [cpu({ task })], callbacks: { drop, mm_free } }),
      {
        properties: { 'ONCE: it is freed once': claimed(), 'LAST: nobody uses it': claimed() },
        expected: { LOCKDEP: 'violated' },
      },
    );
    expect(found(early, 'LOCKDEP')).toMatchObject({
      kind: 'sleep-in-atomic',
      object: 'might_sleep',
      steps: 3,
    });
  });
});
