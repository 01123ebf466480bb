/** Spinlocks: who gets them, what they mask, in which order. */
import {
  atomic,
  type Builder,
  bool,
  check,
  claim,
  claimed,
  cpu,
  ghost,
  machine,
  model,
  NONE,
  type Nodes,
  per_cpu,
  reachable,
  type StateOf,
  spin_is_locked,
  spin_lock,
  spin_lock_bh,
  spin_lock_irqsave,
  spin_trylock,
  spin_unlock,
  spin_unlock_bh,
  spin_unlock_irqrestore,
  spinlock,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts } from '../outcome.ts';
import { anywhere, atRest } from './look.ts';

const state = machine({ lock: spinlock(), got: per_cpu(bool()), inside: ghost(atomic(3)) });
type State = StateOf<typeof state>;

function cpus(count: number, body: (b: Builder<State, object>) => Nodes) {
  return model({ machine: state, cpus: [cpu({ count, task: state.fn('task', body) })] });
}

describe('spin_lock', () => {
  test('lets one in at a time, and every waiter in at last', () => {
    const locked = cpus(3, (b) => [
      b.call(spin_lock, (s) => s.lock),
      b.step('enter', (s) => {
        s.inside += 1;
        claim('M', s.inside === 1);
      }),
      b.step('leave', (s) => {
        s.inside -= 1;
      }),
      b.call(spin_unlock, (s) => s.lock),
    ]);
    const exclusive = check(locked, { properties: { 'M: one inside': claimed() } });
    // 2 to the 3 sets of CPUs that have finished; in each, one of the others may be at one of three places.
    expect(counts(exclusive)).toEqual(clean(8 + 3 * 12, 1 + 12 * 4));
  });

  test('is free at first, owned by the CPU that took it, and free again', () => {
    const once = cpus(2, (b) => [
      b.call(spin_lock, (s) => s.lock),
      b.call(spin_unlock, (s) => s.lock),
    ]);
    const look = (s: State) => [s.lock.owner, spin_is_locked(s.lock)];
    // An owner is a CPU and a context: three to a CPU.
    expect(anywhere(once, look)).toEqual([
      [NONE, false],
      [0, true],
      [3, true],
    ]);
  });
});

describe('spin_trylock', () => {
  const tried = cpus(2, (b) => [
    b.step('trylock', (s, _l, ctx) => {
      s.got[ctx.cpu] = spin_trylock(s.lock);
    }),
  ]);

  test('takes a free lock and leaves a taken one', () => {
    const options = { facilities: { LOCKDEP: 'off' } } as const;
    expect(atRest(tried, (s) => [[...s.got], s.lock.owner], options)).toEqual([
      [[false, true], 3],
      [[true, false], 0],
    ]);
  });

  test('never blocks: the one who got nothing goes on', () => {
    const either = cpus(2, (b) => [
      b.test('trylock', (s) => spin_trylock(s.lock), [
        b.step('enter', (s) => {
          s.inside += 1;
          claim('M', s.inside === 1);
        }),
        b.step('leave', (s) => {
          s.inside -= 1;
        }),
        b.call(spin_unlock, (s) => s.lock),
      ]),
    ]);
    const exclusive = check(either, { properties: { 'M: one inside': claimed() } });
    // Nobody yet; one at three places, the other not yet or gone past; one ended and the other not yet or at three places; both ended.
    expect(counts(exclusive)).toEqual(clean(1 + 2 * 3 * 2 + 2 + 1, 1 + 2 + 6 * 2 + 6 + 2));
  });
});

describe('masks', () => {
  const masked = (by: { lock: typeof spin_lock; unlock: typeof spin_unlock }) => {
    const handled = machine({ lock: spinlock(), held: bool(), seen: bool() });
    const handler = handled.fn('handler', (b) => [
      b.test('held', (s) => s.held, [
        b.step('seen = true', (s) => {
          s.seen = true;
        }),
      ]),
    ]);
    const task = handled.fn('task', (b) => [
      b.call(by.lock, (s) => s.lock),
      b.step('held = true', (s) => {
        s.held = true;
      }),
      b.step('held = false', (s) => {
        s.held = false;
      }),
      b.call(by.unlock, (s) => s.lock),
    ]);
    const seen = (context: 'softirq' | 'hardirq') =>
      anywhere(
        model({ machine: handled, cpus: [cpu({ task, [context]: handler })] }),
        (s) => s.seen,
      ).includes(true);
    return { softirq: seen('softirq'), hardirq: seen('hardirq') };
  };

  test('spin_lock leaves softirqs and interrupts on', () => {
    expect(masked({ lock: spin_lock, unlock: spin_unlock })).toEqual({
      softirq: true,
      hardirq: true,
    });
  });

  test('spin_lock_bh keeps softirqs out', () => {
    expect(masked({ lock: spin_lock_bh, unlock: spin_unlock_bh })).toEqual({
      softirq: false,
      hardirq: true,
    });
  });

  test('spin_lock_irqsave keeps both out', () => {
    expect(masked({ lock: spin_lock_irqsave, unlock: spin_unlock_irqrestore })).toEqual({
      softirq: false,
      hardirq: false,
    });
  });

  test('a waiter has softirqs off already, and an owner that unlocks still', () => {
    const handled = machine({ lock: spinlock(), ran: bool() });
    const holder = handled.fn('holder', (b) => [
      b.call(spin_lock, (s) => s.lock),
      b.call(spin_unlock, (s) => s.lock),
    ]);
    const waiter = handled.fn('waiter', (b) => [
      b.call(spin_lock_bh, (s) => s.lock),
      b.call(spin_unlock_bh, (s) => s.lock),
    ]);
    const handler = handled.fn('handler', (b) => [b.step('handle', () => {})]);
    const contended = check(
      model({
        machine: handled,
        cpus: [cpu({ task: holder }), cpu({ task: waiter, softirq: handler })],
      }),
    );
    // The waiter is at: before, waits, holds, has unlocked, ended. The handler can run only before and after: 2 of 5 places twice.
    // The holder is at: before, holds, ended; both never hold: 3 * 7 - 1.
    expect(counts(contended)).toMatchObject({ verdict: 'holds', states: 20, dead: 0 });
  });

  test('nest', () => {
    const handled = machine({ a: spinlock(), b: spinlock(), between: bool(), seen: bool() });
    const task = handled.fn('task', (b) => [
      b.call(spin_lock_bh, (s) => s.a),
      b.call(spin_lock_bh, (s) => s.b),
      b.call(spin_unlock_bh, (s) => s.b),
      b.step('between = true', (s) => {
        s.between = true;
      }),
      b.step('between = false', (s) => {
        s.between = false;
      }),
      b.call(spin_unlock_bh, (s) => s.a),
    ]);
    const handler = handled.fn('handler', (b) => [
      b.test('between', (s) => s.between, [
        b.step('seen = true', (s) => {
          s.seen = true;
        }),
      ]),
    ]);
    const nested = check(model({ machine: handled, cpus: [cpu({ task, softirq: handler })] }), {
      properties: { 'G: the task comes between': reachable((s) => s.between) },
    });
    expect(counts(nested)).toMatchObject({ verdict: 'holds' });
    expect(anywhere(nested.model, (s: { seen: boolean }) => s.seen)).toEqual([false]);
  });
});
