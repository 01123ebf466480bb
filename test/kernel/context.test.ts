/** Contexts of a CPU: what runs on top of what, what keeps it out, and what an IPI waits for. */
import {
  bool,
  check,
  claim,
  claimed,
  cpu,
  ghost,
  ipi_sync,
  local_bh_disable,
  local_bh_enable,
  local_irq_restore,
  local_irq_save,
  machine,
  model,
  per_cpu,
  preempt_disable,
  preempt_enable,
  rcu_read_lock,
  rcu_read_unlock,
  reachable,
  uint,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found } from '../outcome.ts';

const state = machine({ x: uint(2), inside: ghost(per_cpu(bool())), seen: ghost(bool()) });
const handler = state.fn('handler', (b) => [
  b.step('enter', (s, _l, ctx) => {
    s.inside[ctx.cpu] = true;
  }),
  b.step('leave', (s, _l, ctx) => {
    s.inside[ctx.cpu] = false;
  }),
]);
const twoSteps = state.fn('task', (b) => [
  b.step('first', (s, _l, ctx) => claim('T', !s.inside[ctx.cpu])),
  b.step('second', (s, _l, ctx) => claim('T', !s.inside[ctx.cpu])),
]);

describe('a softirq', () => {
  test('runs on top of its CPU, whose task stands still; others go on', () => {
    const interrupted = check(
      model({
        machine: state,
        cpus: [cpu({ task: twoSteps, softirq: handler }), cpu({ task: twoSteps })],
      }),
      {
        properties: {
          'T: no task steps under its handler': claimed(),
          'G: the other CPU does': reachable((s) => s.inside[0]),
        },
      },
    );
    // CPU0: 3 places of the task, each with the handler idle, at its first and at its second step; CPU1: 3 places.
    // Moves of CPU0: 2 tasks and 3 starts where idle, 6 in the handler, with CPU1 in any of 3; of CPU1: 2 with CPU0 in any of 9.
    expect(counts(interrupted)).toEqual(clean(27, 1 + 3 * 11 + 2 * 9, 0));
  });

  test('a CPU that has only a softirq', () => {
    const alone = check(model({ machine: state, cpus: [cpu({ softirq: handler })] }));
    expect(counts(alone)).toEqual(clean(3, 4, 0));
  });

  test('is interrupted by a hardirq, never the other way round', () => {
    const soft = state.fn('soft', (b) => [b.step('soft', () => {})]);
    const hard = state.fn('hard', (b) => [b.step('hard', () => {})]);
    const both = check(model({ machine: state, cpus: [cpu({ softirq: soft, hardirq: hard })] }));
    // Idle: either may start (2). In the softirq: it steps, or a hardirq starts (2). In the hardirq: it steps (1), on top of either.
    expect(counts(both)).toEqual(clean(4, 1 + 2 + 2 + 1 + 1, 0));
  });
});

describe('masks', () => {
  const between = (
    before: typeof local_bh_disable,
    after: typeof local_bh_enable,
    context: 'softirq' | 'hardirq',
  ) => {
    const task = state.fn('task', (b) => [
      b.call(before),
      b.step('x = 1', (s) => {
        s.x = 1;
      }),
      b.step('x = 2', (s) => {
        s.x = 2;
      }),
      b.call(after),
    ]);
    const watch = state.fn('watch', (b) => [
      b.step('look', (s) => {
        if (s.x === 1) s.seen = true;
      }),
    ]);
    const masked = check(model({ machine: state, cpus: [cpu({ task, [context]: watch })] }), {
      properties: { 'S: seen': reachable((s) => s.seen) },
    });
    return counts(masked).verdict === 'holds';
  };

  test('local_bh_disable keeps softirqs out, not interrupts', () => {
    expect(between(local_bh_disable, local_bh_enable, 'softirq')).toBe(false);
    expect(between(local_bh_disable, local_bh_enable, 'hardirq')).toBe(true);
  });

  test('local_irq_save keeps both out', () => {
    expect(between(local_irq_save, local_irq_restore, 'softirq')).toBe(false);
    expect(between(local_irq_save, local_irq_restore, 'hardirq')).toBe(false);
  });

  test('preempt_disable and rcu_read_lock keep neither out', () => {
    expect(between(preempt_disable, preempt_enable, 'softirq')).toBe(true);
    expect(between(rcu_read_lock, rcu_read_unlock, 'hardirq')).toBe(true);
  });

  test('nest: the outermost one counts', () => {
    const task = state.fn('task', (b) => [
      b.call(local_bh_disable),
      b.call(local_bh_disable),
      b.call(local_bh_enable),
      b.call(local_bh_enable),
    ]);
    const once = state.fn('once', (b) => [b.step('handle', () => {})]);
    const nested = check(model({ machine: state, cpus: [cpu({ task, softirq: once })] }));
    // Five places of the task; the handler can run in the first and the last.
    expect(counts(nested)).toEqual(clean(7, 1 + 4 + 2 * 2, 0));
  });

  test('are of one CPU: the handler of another comes', () => {
    const off = state.fn('off', (b) => [b.call(local_irq_save), b.call(local_irq_restore)]);
    const once = state.fn('once', (b) => [b.step('handle', () => {})]);
    const others = check(
      model({ machine: state, cpus: [cpu({ task: off }), cpu({ hardirq: once })] }),
    );
    expect(counts(others)).toEqual(clean(6, 1 + 2 * 2 + 3 * 2, 0));
  });

  test('unbalanced unmasking is reported', () => {
    const task = state.fn('task', (b) => [b.call(local_bh_enable)]);
    const unbalanced = check(model({ machine: state, cpus: [cpu({ task })] }), {
      expected: { LOCKDEP: 'violated' },
    });
    expect(found(unbalanced, 'LOCKDEP')).toMatchObject({
      kind: 'unbalanced',
      object: 'CPU0',
      steps: 1,
    });
  });
});

describe('ipi_sync', () => {
  /** The sender frees what the walker may still use; the walker's section is made of `enter` and `leave`. */
  const synced = (enter: typeof local_irq_save, leave: typeof local_irq_restore, expected = {}) => {
    const pages = machine({ live: bool(), using: ghost(bool()) });
    const sender = pages.fn('sender', (b) => [
      b.step('live = false', (s) => {
        s.live = false;
      }),
      b.call(ipi_sync),
      b.step('free', (s) => claim('F', !s.using)),
    ]);
    const walker = pages.fn('walker', (b) => [
      b.call(enter),
      b.test(
        'live',
        (s) => {
          const found = s.live;
          s.using = found;
          return found;
        },
        [
          b.step('use', (s) => {
            s.using = false;
          }),
        ],
      ),
      b.call(leave),
    ]);
    return check(
      model({
        machine: pages,
        cpus: [cpu({ task: sender }), cpu({ task: walker })],
        initial: (s) => {
          s.live = true;
        },
      }),
      { properties: { 'F: nobody uses what is freed': claimed() }, expected },
    );
  };

  test('waits for a walker with interrupts off', () => {
    expect(counts(synced(local_irq_save, local_irq_restore))).toMatchObject({
      verdict: 'holds',
      violated: [],
    });
  });

  test.each([
    ['rcu_read_lock', rcu_read_lock, rcu_read_unlock],
    ['preempt_disable', preempt_disable, preempt_enable],
    ['softirqs off', local_bh_disable, local_bh_enable],
  ] as const)('does not wait for a walker in %s', (_name, enter, leave) => {
    const freed = synced(enter, leave, { F: 'violated' });
    // Enter, look, remove, send, wait over, free.
    expect(found(freed, 'F')).toMatchObject({
      facility: 'claim',
      kind: 'F',
      steps: 6,
      switches: 1,
    });
  });

  test('does not wait for who turns interrupts off afterwards', () => {
    const late = machine({ sent: ghost(bool()), passed: ghost(bool()) });
    const sender = late.fn('sender', (b) => [
      b.call(ipi_sync),
      b.step('passed', (s) => {
        s.passed = true;
      }),
    ]);
    const masker = late.fn('masker', (b) => [
      b.call(local_irq_save),
      b.step('inside', (s) => {
        s.sent = true;
      }),
      b.step('still inside', (s) => {
        s.sent = false;
      }),
      b.call(local_irq_restore),
    ]);
    const overtaken = check(
      model({ machine: late, cpus: [cpu({ task: sender }), cpu({ task: masker })] }),
      { properties: { 'G: passed while another is inside': reachable((s) => s.passed && s.sent) } },
    );
    expect(counts(overtaken)).toMatchObject({ verdict: 'holds' });
  });

  test('with interrupts off is fatal', () => {
    const task = state.fn('task', (b) => [
      b.call(local_irq_save),
      b.call(ipi_sync),
      b.call(local_irq_restore),
    ]);
    const masked = check(model({ machine: state, cpus: [cpu({ task })] }), {
      expected: { LOCKDEP: 'violated' },
    });
    expect(found(masked, 'LOCKDEP')).toMatchObject({ kind: 'ipi-with-irqs-off', steps: 2 });
    expect(counts(masked)).toMatchObject({ states: 2 });
  });

  test('two that send to each other with interrupts on both come through', () => {
    const task = state.fn('task', (b) => [b.call(ipi_sync)]);
    const mutual = check(model({ machine: state, cpus: [cpu({ count: 2, task })] }));
    expect(counts(mutual)).toEqual(clean(9, 13));
  });
});
