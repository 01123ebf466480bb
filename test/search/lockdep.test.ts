/** LOCKDEP decided at the end of a search: what could deadlock although no schedule here does. */
import {
  array,
  bool,
  call_rcu,
  check,
  cpu,
  explore,
  type Fn,
  type Machine,
  machine,
  model,
  rcu_head,
  record,
  spin_lock,
  spin_lock_bh,
  spin_trylock,
  spin_unlock,
  spin_unlock_bh,
  spinlock,
} from 'heddle';
import { describe, expect, test } from 'vitest';

const locks = machine({ a: spinlock(), b: spinlock(), c: spinlock(), done: bool() });
type Name = 'a' | 'b' | 'c';

function nested(name: string, outer: Name, inner: Name, after: boolean) {
  return locks.fn(name, (b) => [
    after ? b.until('the other has finished', (s) => s.done) : [],
    b.call(spin_lock, (s) => s[outer], outer),
    b.call(spin_lock, (s) => s[inner], inner),
    b.call(spin_unlock, (s) => s[inner], inner),
    b.call(spin_unlock, (s) => s[outer], outer),
    after
      ? []
      : b.step('done', (s) => {
          s.done = true;
        }),
  ]);
}

type Nothing = Record<never, never>;
const lockdep = (m: Machine, options: object, ...tasks: Fn<Nothing, Nothing>[]) => {
  const cpus = tasks.map((task) => cpu({ task }));
  const { verdict, traces } = explore(check(model({ machine: m, cpus, ...options })));
  const row = verdict.properties.find(({ id }) => id === 'LOCKDEP');
  return { row, trace: traces.find(({ property }) => property === 'LOCKDEP'), verdict };
};

describe('lock order', () => {
  test('a cycle is found where one CPU runs after the other, so that nothing can deadlock', () => {
    const { row, trace, verdict } = lockdep(
      locks,
      {},
      nested('first', 'a', 'b', false),
      nested('second', 'b', 'a', true),
    );
    expect(verdict.properties.find(({ id }) => id === 'deadlock')?.verdict).toBe('holds');
    expect(row?.finding).toMatchObject({ kind: 'lock-order-cycle', object: 'a' });
    expect(row?.finding?.message).toContain('a -> b -> a');
    expect(row?.schedule).toBe('0x2');
    expect(trace?.related?.map(({ text, schedule }) => [text, schedule])).toEqual([
      ['a is taken with b held', '0x5.1x3'],
    ]);
  });

  test('no cycle where both take them in the same order', () => {
    const { row } = lockdep(
      locks,
      {},
      nested('first', 'a', 'b', false),
      nested('second', 'a', 'b', true),
    );
    expect(row?.verdict).toBe('holds');
  });

  test('a cycle of three, each half with its schedule', () => {
    const { row, trace } = lockdep(
      locks,
      {},
      nested('first', 'a', 'b', false),
      nested('second', 'b', 'c', true),
      nested('third', 'c', 'a', true),
    );
    expect(row?.finding?.message).toContain('a -> b -> c -> a');
    expect(trace?.related).toHaveLength(2);
  });

  test('a trylock adds no order', () => {
    const trying = locks.fn('trying', (b) => [
      b.until('the other has finished', (s) => s.done),
      b.call(spin_lock, (s) => s.b),
      b.test('spin_trylock(a)', (s) => spin_trylock(s.a), [b.call(spin_unlock, (s) => s.a)]),
      b.call(spin_unlock, (s) => s.b),
    ]);
    expect(lockdep(locks, {}, nested('first', 'a', 'b', false), trying).row?.verdict).toBe('holds');
  });

  test('locks of one declared class are ordered as one: taking two of them is a cycle', () => {
    const account = (lockClass?: string) => {
      const lock = lockClass === undefined ? spinlock() : spinlock({ lockClass });
      return machine({ account: array(2, record({ lock })) });
    };
    const transfer = (m: ReturnType<typeof account>) =>
      m.fn('transfer', (b) => [
        b.call(spin_lock, (s) => s.account[0].lock, 'account[0]'),
        b.call(spin_lock, (s) => s.account[1].lock, 'account[1]'),
        b.call(spin_unlock, (s) => s.account[1].lock, 'account[1]'),
        b.call(spin_unlock, (s) => s.account[0].lock, 'account[0]'),
      ]);
    const own = account();
    expect(lockdep(own, {}, transfer(own)).row?.verdict).toBe('holds');
    const shared = account('account');
    expect(lockdep(shared, {}, transfer(shared)).row?.finding?.message).toContain(
      'account -> account',
    );
  });
});

describe('contexts', () => {
  const heads = machine(
    { lock: spinlock(), inner: spinlock(), head: rcu_head() },
    { callbacks: ['release'] },
  );
  const release = heads.fn('release', (b) => [
    b.call(spin_lock, (s) => s.lock),
    b.call(spin_unlock, (s) => s.lock),
  ]);
  const queue = (lock: typeof spin_lock, unlock: typeof spin_unlock) =>
    heads.fn('queue', (b) => [
      b.call(lock, (s) => s.lock),
      b.call(unlock, (s) => s.lock),
      b.step('call_rcu', (s) => call_rcu(s.head, 'release')),
    ]);
  const softirq = { callbacks: { release }, rcu: { callbacks: 'softirq' } };

  test('a lock taken in softirq and elsewhere with softirqs on, although the callback comes only later', () => {
    const { row, trace } = lockdep(heads, softirq, queue(spin_lock, spin_unlock));
    expect(row?.finding).toMatchObject({ kind: 'softirq-unsafe', object: 'lock' });
    expect(row?.schedule).toBe('0x3.0sx2');
    expect(trace?.related?.map(({ text, schedule }) => [text, schedule])).toEqual([
      ['lock is held with softirqs on by CPU0', '0'],
    ]);
  });

  test('not with softirqs off', () => {
    const { row } = lockdep(heads, softirq, queue(spin_lock_bh, spin_unlock_bh));
    expect(row?.verdict).toBe('holds');
  });

  test('not in a thread that runs callbacks with softirqs off', () => {
    const offloaded = { callbacks: { release }, rcu: { callbacks: 'offloaded' } };
    expect(lockdep(heads, offloaded, queue(spin_lock, spin_unlock)).row?.verdict).toBe('holds');
  });

  test('a lock held with softirqs on is taken inside one that softirqs take', () => {
    const inside = heads.fn('inside', (b) => [
      b.call(spin_lock_bh, (s) => s.lock, 'lock'),
      b.call(spin_lock, (s) => s.inner, 'inner'),
      b.call(spin_unlock, (s) => s.inner, 'inner'),
      b.call(spin_unlock_bh, (s) => s.lock, 'lock'),
      b.call(spin_lock, (s) => s.inner, 'inner again'),
      b.call(spin_unlock, (s) => s.inner, 'inner again'),
      b.step('call_rcu', (s) => call_rcu(s.head, 'release')),
    ]);
    const { row, trace } = lockdep(heads, softirq, inside);
    expect(row?.finding).toMatchObject({ kind: 'softirq-safe-to-unsafe', object: 'lock' });
    expect(row?.finding?.message).toContain('lock -> inner');
    expect(trace?.related).toHaveLength(2);
  });
});
