/** deadlock: nobody can go on and not everybody has finished; or some wait for each other while others run on. */
import { bool, check, cpu, machine, model, spin_lock, spin_unlock, spinlock, uint } from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found } from '../outcome.ts';

const bad = { expected: { deadlock: 'violated' } } as const;

describe('two locks', () => {
  const locks = machine({ a: spinlock(), b: spinlock(), x: uint(1) });
  const both = (first: 'a' | 'b') => {
    const second = first === 'a' ? 'b' : 'a';
    return locks.fn(`${first}_then_${second}`, (b) => [
      b.call(spin_lock, (s) => s[first], first),
      b.call(spin_lock, (s) => s[second], second),
      b.call(spin_unlock, (s) => s[second], second),
      b.call(spin_unlock, (s) => s[first], first),
    ]);
  };

  test('taken in opposite orders', () => {
    const crossed = check(
      model({ machine: locks, cpus: [cpu({ task: both('a') }), cpu({ task: both('b') })] }),
      bad,
    );
    expect(found(crossed, 'deadlock')).toEqual({
      facility: 'deadlock',
      kind: 'deadlock',
      object: '',
      steps: 2,
      switches: 1,
    });
  });

  test('taken in opposite orders while a third CPU runs on', () => {
    const busy = locks.fn('busy', (b) => [
      b.loop([
        b.step('x = 1', (s) => {
          s.x = 1;
        }),
        b.step('x = 0', (s) => {
          s.x = 0;
        }),
      ]),
    ]);
    const crossed = check(
      model({
        machine: locks,
        cpus: [cpu({ task: both('a') }), cpu({ task: both('b') }), cpu({ task: busy })],
      }),
      bad,
    );
    expect(found(crossed, 'deadlock')).toMatchObject({ kind: 'wait-cycle', steps: 2, switches: 1 });
  });

  test('not when both take them in one order', () => {
    const ordered = check(model({ machine: locks, cpus: [cpu({ count: 2, task: both('a') })] }));
    expect(counts(ordered)).toEqual(clean(16, 17));
  });
});

describe('missed wakeup', () => {
  const waits = machine({ condition: bool(), sleeping: bool() });
  const waker = waits.fn('waker', (b) => [
    b.step('condition = true', (s) => {
      s.condition = true;
    }),
    b.test('sleeping', (s) => s.sleeping, [
      b.step('wake up', (s) => {
        s.sleeping = false;
      }),
    ]),
  ]);

  test('the condition is tested before the sleeper says that it sleeps', () => {
    const sleeper = waits.fn('sleeper', (b) => [
      b.test('!condition', (s) => !s.condition, [
        b.step('sleeping = true', (s) => {
          s.sleeping = true;
        }),
        b.until('woken', (s) => !s.sleeping),
      ]),
    ]);
    const missed = check(
      model({ machine: waits, cpus: [cpu({ task: sleeper }), cpu({ task: waker })] }),
      bad,
    );
    expect(found(missed, 'deadlock')).toEqual({
      facility: 'deadlock',
      kind: 'deadlock',
      object: '',
      steps: 4,
      switches: 2,
    });
  });

  test('not when it says so first and then tests', () => {
    const sleeper = waits.fn('sleeper', (b) => [
      b.step('sleeping = true', (s) => {
        s.sleeping = true;
      }),
      b.test(
        '!condition',
        (s) => !s.condition,
        [b.until('woken', (s) => !s.sleeping)],
        [
          b.step('sleeping = false', (s) => {
            s.sleeping = false;
          }),
        ],
      ),
    ]);
    const awake = check(
      model({ machine: waits, cpus: [cpu({ task: sleeper }), cpu({ task: waker })] }),
    );
    expect(counts(awake)).toMatchObject({ verdict: 'holds', violated: [] });
  });

  test('a poll that can only fail is a deadlock too', () => {
    const poll = waits.fn('poll', (b) => [b.spin_until('condition', (s) => s.condition)]);
    const stuck = check(model({ machine: waits, cpus: [cpu({ task: poll })] }), bad);
    expect(found(stuck, 'deadlock')).toMatchObject({ kind: 'deadlock', steps: 0 });
    expect(counts(stuck)).toMatchObject({ states: 1, generated: 2, dead: 0 });
  });
});
