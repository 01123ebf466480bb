/** LOCKDEP: locks released by others, taken twice by one CPU, left behind, or held while sleeping. */
import {
  type Builder,
  bool,
  call_rcu,
  check,
  cpu,
  local_bh_disable,
  local_bh_enable,
  local_irq_restore,
  local_irq_save,
  machine,
  might_sleep,
  model,
  type Nodes,
  rcu_head,
  type StateOf,
  spin_lock,
  spin_lock_bh,
  spin_lock_irqsave,
  spin_trylock,
  spin_unlock,
  spin_unlock_bh,
  spin_unlock_irqrestore,
  spinlock,
  synchronize_rcu,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found } from '../outcome.ts';

const locks = machine({ lock: spinlock(), ready: bool() });
type LockBuilder = Builder<StateOf<typeof locks>, object>;
const bad = { expected: { LOCKDEP: 'violated' } } as const;

/** One CPU that does what `body` says. */
const run = (body: (b: LockBuilder) => Nodes, options = {}) =>
  check(model({ machine: locks, cpus: [cpu({ task: locks.fn('task', body) })] }), options);

describe('unlock by another owner', () => {
  const handOver = (toTheOther: boolean) => {
    const holder = locks.fn('holder', (b) => [
      b.call(spin_lock, (s) => s.lock),
      b.step('ready = true', (s) => {
        s.ready = true;
      }),
      toTheOther ? [] : b.call(spin_unlock, (s) => s.lock),
    ]);
    const other = locks.fn('other', (b) => [
      b.until('ready', (s) => s.ready),
      toTheOther ? [] : b.call(spin_lock, (s) => s.lock),
      b.call(spin_unlock, (s) => s.lock),
    ]);
    return check(
      model({ machine: locks, cpus: [cpu({ task: holder }), cpu({ task: other })] }),
      toTheOther ? bad : {},
    );
  };

  test('one CPU takes the lock, another releases it', () => {
    const row = found(handOver(true), 'LOCKDEP');
    // The holder ends with the lock held one step earlier.
    expect(row).toEqual({
      facility: 'LOCKDEP',
      kind: 'lock-left-behind',
      object: 'lock',
      steps: 2,
      switches: 0,
    });
  });

  test('a lock that nobody holds is released', () => {
    const release = locks.fn('release', (b) => [b.call(spin_unlock, (s) => s.lock)]);
    const unheld = check(model({ machine: locks, cpus: [cpu({ task: release })] }), bad);
    expect(found(unheld, 'LOCKDEP')).toEqual({
      facility: 'LOCKDEP',
      kind: 'unlock-by-other',
      object: 'lock',
      steps: 1,
      switches: 0,
    });
  });

  test('not when each releases what it took', () => {
    // Three of the holder's places before it has released the lock, one more with the other past 'ready', four after it.
    expect(counts(handOver(false))).toEqual(clean(8, 9));
  });
});

describe('self-deadlock', () => {
  const fatal = { facility: 'LOCKDEP', kind: 'self-deadlock', object: 'lock', switches: 0 };

  test('a task takes the lock it holds', () => {
    const twice = locks.fn('twice', (b) => [
      b.call(spin_lock, (s) => s.lock),
      b.call(spin_lock, (s) => s.lock),
      b.call(spin_unlock, (s) => s.lock),
    ]);
    const nested = check(model({ machine: locks, cpus: [cpu({ task: twice })] }), bad);
    expect(found(nested, 'LOCKDEP')).toEqual({ ...fatal, steps: 2 });
  });

  test('not when it only tries to', () => {
    const tries = locks.fn('tries', (b) => [
      b.call(spin_lock, (s) => s.lock),
      b.test('spin_trylock', (s) => spin_trylock(s.lock), [b.call(spin_unlock, (s) => s.lock)]),
      b.call(spin_unlock, (s) => s.lock),
    ]);
    const tried = check(model({ machine: locks, cpus: [cpu({ task: tries })] }));
    expect(counts(tried)).toEqual(clean(4, 4));
  });

  const interrupted = (
    context: 'softirq' | 'hardirq',
    by: { lock: typeof spin_lock; unlock: typeof spin_unlock },
    options = {},
  ) => {
    const handler = locks.fn('handler', (b) => [
      b.call(spin_lock, (s) => s.lock),
      b.call(spin_unlock, (s) => s.lock),
    ]);
    const task = locks.fn('task', (b) => [
      b.call(by.lock, (s) => s.lock),
      b.call(by.unlock, (s) => s.lock),
    ]);
    return check(model({ machine: locks, cpus: [cpu({ task, [context]: handler })] }), options);
  };

  test('a softirq takes the lock that its CPU holds', () => {
    const plain = { lock: spin_lock, unlock: spin_unlock };
    expect(found(interrupted('softirq', plain, bad), 'LOCKDEP')).toEqual({ ...fatal, steps: 3 });
  });

  test('not when the task keeps softirqs off', () => {
    const masked = { lock: spin_lock_bh, unlock: spin_unlock_bh };
    // Three states before the task, three after it, three with softirqs off. The handler comes for ever: none is dead.
    expect(counts(interrupted('softirq', masked))).toEqual(clean(9, 11, 0));
  });

  test('a hardirq takes the lock that its CPU holds with softirqs off', () => {
    const masked = { lock: spin_lock_bh, unlock: spin_unlock_bh };
    expect(found(interrupted('hardirq', masked, bad), 'LOCKDEP')).toEqual({ ...fatal, steps: 4 });
  });

  test('not when the task keeps interrupts off', () => {
    const masked = { lock: spin_lock_irqsave, unlock: spin_unlock_irqrestore };
    expect(counts(interrupted('hardirq', masked))).toEqual(clean(9, 11, 0));
  });

  const deferring = (by: { lock: typeof spin_lock; unlock: typeof spin_unlock }, options = {}) => {
    const heads = machine({ lock: spinlock(), head: rcu_head() }, { callbacks: ['release'] });
    return check(
      model({
        machine: heads,
        cpus: [
          cpu({
            task: heads.fn('defer', (b) => [
              b.step('call_rcu', (s) => call_rcu(s.head, 'release')),
              b.call(by.lock, (s) => s.lock),
              b.call(by.unlock, (s) => s.lock),
            ]),
          }),
        ],
        callbacks: {
          release: heads.fn('release', (b) => [
            b.call(spin_lock, (s) => s.lock),
            b.call(spin_unlock, (s) => s.lock),
          ]),
        },
        rcu: { callbacks: 'softirq' },
      }),
      options,
    );
  };

  test('an RCU callback takes the lock that its CPU holds', () => {
    const plain = { lock: spin_lock, unlock: spin_unlock };
    expect(found(deferring(plain, bad), 'LOCKDEP')).toEqual({ ...fatal, steps: 4 });
  });

  test('not when the task keeps softirqs off where its callback could come', () => {
    const masked = { lock: spin_lock_bh, unlock: spin_unlock_bh };
    // Before call_rcu 1; then with softirqs on (2 places of the task): queued, started, locked, done; with softirqs off (3): queued, done.
    expect(counts(deferring(masked))).toEqual(clean(15, 16));
  });
});

describe('left behind', () => {
  test('a CPU ends with a lock held', () => {
    const held = run((b) => [b.call(spin_lock, (s) => s.lock)], bad);
    expect(found(held, 'LOCKDEP')).toMatchObject({
      kind: 'lock-left-behind',
      object: 'lock',
      steps: 1,
    });
  });

  test('a CPU ends with softirqs or interrupts off', () => {
    const softirqs = run((b) => [b.call(local_bh_disable)], bad);
    expect(found(softirqs, 'LOCKDEP')).toMatchObject({
      kind: 'mask-left-behind',
      object: 'CPU0',
      steps: 1,
    });
    const interrupts = run((b) => [b.call(local_irq_save)], bad);
    expect(found(interrupts, 'LOCKDEP')).toMatchObject({
      kind: 'mask-left-behind',
      object: 'CPU0',
      steps: 1,
    });
  });

  test('not when it undoes what it did, however deep', () => {
    const undone = run((b) => [
      b.call(local_irq_save),
      b.call(local_bh_disable),
      b.call(local_bh_disable),
      b.call(local_bh_enable),
      b.call(local_bh_enable),
      b.call(local_irq_restore),
    ]);
    expect(counts(undone)).toEqual(clean(7, 7));
  });

  test('a client operation ends with a lock held', () => {
    const held = run((b) => [b.client(b.call(spin_lock, (s) => s.lock))], bad);
    expect(found(held, 'LOCKDEP')).toMatchObject({
      kind: 'lock-left-behind',
      object: 'lock',
      steps: 1,
    });
  });

  test('not between the steps of an operation', () => {
    const released = run((b) => [
      b.client([b.call(spin_lock, (s) => s.lock), b.call(spin_unlock, (s) => s.lock)]),
    ]);
    // Between operations, locked, stopped.
    expect(counts(released)).toEqual(clean(3, 4));
  });

  test('a callback ends with a lock held', () => {
    const heads = machine({ lock: spinlock(), head: rcu_head() }, { callbacks: ['release'] });
    const callback = (unlocks: boolean) =>
      check(
        model({
          machine: heads,
          cpus: [
            cpu({
              task: heads.fn('defer', (b) => [
                b.step('call_rcu', (s) => call_rcu(s.head, 'release')),
              ]),
            }),
          ],
          callbacks: {
            release: heads.fn('release', (b) => [
              b.call(spin_lock, (s) => s.lock),
              unlocks ? b.call(spin_unlock, (s) => s.lock) : [],
            ]),
          },
          rcu: { callbacks: 'softirq' },
        }),
        unlocks ? {} : bad,
      );
    expect(found(callback(false), 'LOCKDEP')).toMatchObject({
      kind: 'lock-left-behind',
      object: 'lock',
      steps: 3,
    });
    expect(counts(callback(true))).toEqual(clean(5, 5));
  });

  test('a balanced function returns with a lock held', () => {
    const helper = (balanced: boolean) => {
      const take = locks.fn('take', { balanced }, (b) => [b.call(spin_lock, (s) => s.lock)]);
      return run((b) => [b.call(take), b.call(spin_unlock, (s) => s.lock)], balanced ? bad : {});
    };
    expect(found(helper(true), 'LOCKDEP')).toMatchObject({
      kind: 'unbalanced',
      object: 'take',
      steps: 1,
    });
    expect(counts(helper(false))).toEqual(clean(3, 3));
  });
});

describe('sleeping in atomic context', () => {
  test('synchronize_rcu with a spinlock held', () => {
    const held = run(
      (b) => [
        b.call(spin_lock, (s) => s.lock),
        b.call(synchronize_rcu),
        b.call(spin_unlock, (s) => s.lock),
      ],
      bad,
    );
    expect(found(held, 'LOCKDEP')).toEqual({
      facility: 'LOCKDEP',
      kind: 'sleep-in-atomic',
      object: 'synchronize_rcu',
      steps: 2,
      switches: 0,
    });
  });

  test('not after the lock was released', () => {
    const released = run((b) => [
      b.call(spin_lock, (s) => s.lock),
      b.call(spin_unlock, (s) => s.lock),
      b.call(synchronize_rcu),
    ]);
    expect(counts(released)).toEqual(clean(5, 5));
  });

  test('might_sleep with softirqs off', () => {
    const masked = run(
      (b) => [b.call(local_bh_disable), b.call(might_sleep), b.call(local_bh_enable)],
      bad,
    );
    expect(found(masked, 'LOCKDEP')).toMatchObject({
      kind: 'sleep-in-atomic',
      object: 'might_sleep',
      steps: 2,
    });
  });
});
