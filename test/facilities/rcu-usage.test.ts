/** How RCU is used: objects touched after the section they were found in, readers that block, callbacks that leave something. */
import {
  type AnyFn,
  alloc,
  atomic,
  atomic_inc_not_zero,
  type Builder,
  type Check,
  type CheckOptions,
  call_rcu,
  check,
  cmpxchg,
  container_of,
  cpu,
  deref,
  explore,
  free,
  heap,
  INIT_LIST_HEAD,
  list_add,
  list_head,
  local_bh_disable,
  local_bh_enable,
  local_irq_restore,
  local_irq_save,
  machine,
  might_sleep,
  model,
  type Nodes,
  preempt_disable,
  preempt_enable,
  READ_ONCE,
  rcu_barrier,
  rcu_dereference,
  rcu_head,
  rcu_read_lock,
  rcu_read_unlock,
  record,
  ref,
  refcount,
  refcount_inc_not_zero,
  type StateOf,
  spin_lock,
  spin_lock_bh,
  spin_lock_init,
  spin_unlock,
  spin_unlock_bh,
  spinlock,
  synchronize_rcu,
  uint,
  word,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { counts, found, rowOf } from '../outcome.ts';

const obj = record('obj', {
  data: uint(1),
  ref: refcount(3),
  users: atomic(3),
  owner: uint(1),
  lock: spinlock(),
  node: list_head(),
});
const m = machine({ slot: ref('obj'), obj: heap(2, obj), head: list_head(), lock: spinlock() });
type S = StateOf<typeof m>;
type Locals = { p: number; got: boolean; data: number };

function initial(s: S): void {
  INIT_LIST_HEAD(s.head);
  s.slot = alloc(s.obj, { data: 1, ref: 1, users: 1, owner: 0 });
  spin_lock_init(s.obj[s.slot].lock);
  list_add(s.obj[s.slot].node, s.head);
}

const locals = { p: ref('obj'), got: uint(1), data: uint(1) };
// biome-ignore lint/suspicious/noExplicitAny: bodies with one set of locals.
type AnyBuilder = Builder<S, any>;

const lookup = (b: AnyBuilder) =>
  b.step('p = rcu_dereference(slot)', (s, l) => {
    l.p = rcu_dereference(s, 'slot');
  });
const use = (b: AnyBuilder, label = 'use p->data') =>
  b.step(label, (s, l) => {
    l.data = s.obj[l.p].data;
  });

/** One CPU that looks an object up and does what `body` says; nobody ever frees it. */
function run(body: (b: AnyBuilder) => Nodes, options: CheckOptions<S> = {}): Check {
  const task = m.fn('task', { locals }, body as never);
  return check(model({ machine: m, cpus: [cpu({ task })], initial }), {
    facilities: { leak: 'off' },
    ...options,
  });
}

const reported = { facility: 'RCU', kind: 'use-after-unlock', object: 'obj[0].data', switches: 0 };
const verdict = (of: Check) => rowOf(explore(of), 'RCU').verdict;

describe('an object touched after the section it was found in', () => {
  test('is reported although nobody has freed it', () => {
    const late = run((b) => [b.call(rcu_read_lock), lookup(b), b.call(rcu_read_unlock), use(b)]);
    expect(found(late, 'RCU')).toEqual({ ...reported, steps: 4 });
    expect(rowOf(explore(late), 'RCU').finding?.message).toBe(
      'CPU0 touches obj[0].data after the RCU section that it found it in, without a reference',
    );
  });

  test('not inside of the section, nor before the outermost unlock', () => {
    const inside = run((b) => [
      b.call(rcu_read_lock),
      b.call(rcu_read_lock),
      lookup(b),
      b.call(rcu_read_unlock),
      use(b),
      b.call(rcu_read_unlock),
    ]);
    expect(verdict(inside)).toBe('holds');
  });

  test('any reader is a section: preemption off', () => {
    const section = (early: boolean) =>
      run((b) => [
        b.call(preempt_disable),
        lookup(b),
        early ? b.call(preempt_enable) : [],
        use(b),
        early ? [] : b.call(preempt_enable),
      ]);
    expect(found(section(true), 'RCU')).toEqual({ ...reported, steps: 4 });
    expect(verdict(section(false))).toBe('holds');
  });

  test('a later section does not cover it, but finding it again there does', () => {
    const again = (looks: boolean) =>
      run((b) => [
        b.call(rcu_read_lock),
        lookup(b),
        b.call(rcu_read_unlock),
        b.call(rcu_read_lock, undefined, 'again'),
        looks
          ? b.step('p = rcu_dereference(slot), again', (s, l) => {
              l.p = rcu_dereference(s, 'slot');
            })
          : [],
        use(b),
        b.call(rcu_read_unlock, undefined, 'again'),
      ]);
    expect(found(again(false), 'RCU')).toEqual({ ...reported, steps: 5 });
    expect(verdict(again(true))).toBe('holds');
  });

  const taking = (take: (s: S, l: Locals) => boolean | number, anyway: boolean) =>
    run((b) => [
      b.call(rcu_read_lock),
      lookup(b),
      b.step('take', (s, l) => {
        l.got = Number(take(s, l));
      }),
      b.call(rcu_read_unlock),
      anyway ? use(b) : b.when('got', (l) => l.got === 1, [use(b)]),
    ]);

  test.each([
    ['refcount_inc_not_zero', (s: S, l: Locals) => refcount_inc_not_zero(s.obj[l.p], 'ref')],
    ['atomic_inc_not_zero', (s: S, l: Locals) => atomic_inc_not_zero(s.obj[l.p], 'users')],
    ['a cmpxchg', (s: S, l: Locals) => cmpxchg(s.obj[l.p], 'owner', 0, 1) === 0],
  ])('not with a reference: %s', (_, take) => {
    const taken = taking(take, false);
    expect(verdict(taken)).toBe('holds');
    expect(explore(taken).verdict.notTaken).toEqual([]);
  });

  test.each([
    ['refcount_inc_not_zero', 'ref', (s: S, l: Locals) => refcount_inc_not_zero(s.obj[l.p], 'ref')],
    ['atomic_inc_not_zero', 'users', (s: S, l: Locals) => atomic_inc_not_zero(s.obj[l.p], 'users')],
  ] as const)('a reference that was refused is none: %s', (_, field, take) => {
    const task = m.fn('task', { locals }, ((b: AnyBuilder) => [
      b.call(rcu_read_lock),
      lookup(b),
      b.step('take', (s, l) => {
        l.got = Number(take(s, l));
      }),
      b.call(rcu_read_unlock),
      use(b),
    ]) as never);
    const refused = check(
      model({
        machine: m,
        cpus: [cpu({ task })],
        initial: (s) => {
          initial(s);
          s.obj[0][field] = 0;
        },
      }),
      { facilities: { leak: 'off' } },
    );
    expect(found(refused, 'RCU')).toEqual({ ...reported, steps: 5 });
    expect(
      found(
        taking((s, l) => cmpxchg(s.obj[l.p], 'owner', 1, 0) === 1, true),
        'RCU',
      ),
    ).toEqual({
      ...reported,
      steps: 5,
    });
  });

  test('not with a lock held that was taken inside of the section; taking it later is a use', () => {
    const locked = (early: boolean) =>
      run((b) => [
        b.call(rcu_read_lock),
        lookup(b),
        early ? [] : b.call(rcu_read_unlock),
        b.call(spin_lock, (s, l) => s.obj[l.p].lock),
        early ? b.call(rcu_read_unlock) : [],
        use(b),
        b.call(spin_unlock, (s, l) => s.obj[l.p].lock),
      ]);
    expect(verdict(locked(true))).toBe('holds');
    expect(found(locked(false), 'RCU')).toEqual({
      ...reported,
      object: 'obj[0].lock.owner',
      steps: 4,
    });
  });

  test('not what was found again without RCU, under the lock of the table', () => {
    const again = run((b) => [
      b.call(rcu_read_lock),
      lookup(b),
      b.call(rcu_read_unlock),
      b.call(spin_lock, (s) => s.lock),
      b.step('p = slot', (s, l) => {
        l.p = s.slot;
      }),
      b.call(spin_unlock, (s) => s.lock),
      use(b),
    ]);
    expect(verdict(again)).toBe('holds');
  });

  test('not what the context had before in its own right', () => {
    const own = run((b) => [
      b.step('p = slot', (s, l) => {
        l.p = s.slot;
      }),
      b.call(rcu_read_lock),
      b.step('p = rcu_dereference(slot)', (s, l) => {
        l.p = rcu_dereference(s, 'slot');
      }),
      b.call(rcu_read_unlock),
      use(b),
    ]);
    expect(verdict(own)).toBe('holds');
  });

  test('a pointer that no local holds any more is forgotten', () => {
    const walk = m.fn('walk', { locals }, ((b: AnyBuilder) => [
      b.call(rcu_read_lock),
      lookup(b),
      use(b),
      b.call(rcu_read_unlock),
    ]) as never);
    const owner = run((b) => [
      b.call(walk),
      b.step('obj[0].data = 0', (s) => {
        s.obj[0].data = 0;
      }),
    ]);
    expect(verdict(owner)).toBe('holds');
  });

  test('nor is it the object that this context has allocated in its place', () => {
    const reuse = run((b) => [
      b.call(rcu_read_lock),
      lookup(b),
      b.call(rcu_read_unlock),
      b.step('free(p)', (s, l) => free(s.obj, l.p)),
      b.step('p = alloc()', (s, l) => {
        l.p = alloc(s.obj, { data: 0 });
      }),
      use(b),
    ]);
    expect(verdict(reuse)).toBe('holds');
  });

  test('a function that gets the pointer does not make it better', () => {
    const read = m.fn('read', { params: { q: ref('obj') }, locals: { d: uint(1) } }, (b) => [
      b.step('d = q->data', (s, l) => {
        l.d = s.obj[l.q].data;
      }),
    ]);
    const passed = run((b) => [
      b.call(rcu_read_lock),
      lookup(b),
      b.call(rcu_read_unlock),
      b.call(read, (l: Locals) => ({ q: l.p })),
    ]);
    expect(found(passed, 'RCU')).toEqual({ ...reported, steps: 4 });
  });

  test('an entry of a list, by the word that leads to it', () => {
    const first = m.fn('first', { locals: { pos: word(), at: ref('obj'), data: uint(1) } }, (b) => [
      b.call(rcu_read_lock),
      b.step('pos = rcu_dereference(head->next)', (s, l) => {
        l.pos = rcu_dereference(s.head, 'next');
      }),
      b.call(rcu_read_unlock),
      b.step('pos->next', (_s, l) => {
        l.pos = READ_ONCE(deref(l.pos, 'list_head'), 'next');
      }),
    ]);
    const walked = check(model({ machine: m, cpus: [cpu({ task: first })], initial }), {
      facilities: { leak: 'off' },
    });
    expect(found(walked, 'RCU')).toEqual({ ...reported, object: 'obj[0].node.next', steps: 4 });
  });

  test('in a softirq it is that softirq that is named', () => {
    const look = m.fn('look', { locals }, ((b: AnyBuilder) => [
      b.call(rcu_read_lock),
      lookup(b),
      b.call(rcu_read_unlock),
      use(b),
    ]) as never);
    const idle = m.fn('idle', (b) => [b.step('nothing', () => undefined)]);
    const nested = check(
      model({ machine: m, cpus: [cpu({ task: idle, softirq: look })], initial }),
      { facilities: { leak: 'off' } },
    );
    expect(rowOf(explore(nested), 'RCU').finding?.message).toMatch(
      /^CPU0 softirq touches obj\[0\]\.data/,
    );
  });

  test('fatal ends the path there', () => {
    const late = run(
      (b) => [b.call(rcu_read_lock), lookup(b), b.call(rcu_read_unlock), use(b), use(b, 'more')],
      { facilities: { leak: 'off', RCU: 'fatal' }, expected: { RCU: 'violated' } },
    );
    expect(counts(late)).toMatchObject({ violated: ['RCU'], states: 4 });
  });

  test('a model without rcu_dereference, or with RCU off, pays no byte for it', () => {
    const bytes = (marked: boolean, mode: 'soft' | 'off' = 'soft') => {
      const body = (b: AnyBuilder) => [
        b.call(rcu_read_lock),
        marked
          ? b.step('p = READ_ONCE(slot)', (s, l) => {
              l.p = READ_ONCE(s, 'slot');
            })
          : lookup(b),
        use(b),
        b.call(rcu_read_unlock),
      ];
      const { states, bytesPerState } = explore(
        run(body, { facilities: { leak: 'off', RCU: mode } }),
      ).verdict;
      return { states, bytesPerState };
    };
    expect(bytes(false, 'off')).toEqual(bytes(true));
    expect(bytes(false).states).toBe(bytes(true).states);
  });
});

const plain = machine({ x: uint(1), lock: spinlock() });
type Plain = StateOf<typeof plain>;
const pair = (enter: never, leave: never, sleep: never) =>
  check(
    model({
      machine: plain,
      cpus: [
        cpu({
          task: plain.fn('task', (b) => [
            b.call(enter, ((s: Plain) => s.lock) as never),
            b.call(sleep),
            b.call(leave, ((s: Plain) => s.lock) as never),
          ]),
        }),
      ],
    }),
  );

describe('blocking where one must not', () => {
  const regions = [
    ['rcu_read_lock', rcu_read_lock, rcu_read_unlock, 'RCU'],
    ['preempt_disable', preempt_disable, preempt_enable, 'LOCKDEP'],
    ['local_bh_disable', local_bh_disable, local_bh_enable, 'LOCKDEP'],
    ['local_irq_save', local_irq_save, local_irq_restore, 'LOCKDEP'],
    ['spin_lock', spin_lock, spin_unlock, 'LOCKDEP'],
  ] as const;
  const words = { might_sleep, synchronize_rcu, rcu_barrier };
  const cases = regions.flatMap(([name, enter, leave, facility]) =>
    Object.entries(words).map(([sleep, by]) => [sleep, name, enter, leave, facility, by] as const),
  );

  test.each(cases)('%s inside %s', (sleep, _, enter, leave, facility, by) => {
    const blocked = pair(enter as never, leave as never, by as never);
    expect(found(blocked, facility)).toMatchObject({
      kind: 'sleep-in-atomic',
      object: sleep,
      steps: 2,
    });
  });
});

describe('what a callback may not do', () => {
  const queues = machine(
    { lock: spinlock(), obj: heap(1, record('obj', { rcu: rcu_head() })) },
    { callbacks: ['done'] },
  );
  type Queues = StateOf<typeof queues>;
  const queue: AnyFn = queues.fn('queue', (b) => [
    b.step('call_rcu', (s) => call_rcu(s.obj[0].rcu, 'done')),
  ]);
  const calling = (
    callbacks: 'softirq' | 'offloaded',
    body: (b: Builder<Queues, object>) => Nodes,
  ) =>
    check(
      model({
        machine: queues,
        cpus: [cpu({ task: queue })],
        callbacks: {
          done: queues.fn('done', { params: { head: word() } }, (b) => [
            b.step('kfree', (s, l) => free(s.obj, container_of(l.head, 'obj', 'rcu'))),
            body(b as never),
          ]),
        },
        initial: (s) => {
          alloc(s.obj);
        },
        rcu: { callbacks },
      }),
      { facilities: { deadlock: 'off' } },
    );
  const lock = (s: Queues) => s.lock;
  const bad = [
    ['ends inside a reader', 'RCU', 'reader-left-behind', (b) => [b.call(rcu_read_lock)]],
    ['ends with a lock held', 'LOCKDEP', 'lock-left-behind', (b) => [b.call(spin_lock, lock)]],
    ['ends with interrupts off', 'LOCKDEP', 'mask-left-behind', (b) => [b.call(local_irq_save)]],
    ['ends with softirqs off', 'LOCKDEP', 'mask-left-behind', (b) => [b.call(local_bh_disable)]],
    ['ends with preemption off', 'LOCKDEP', 'mask-left-behind', (b) => [b.call(preempt_disable)]],
    ['leaves a reader it is not in', 'RCU', 'unbalanced', (b) => [b.call(rcu_read_unlock)]],
    ['enables softirqs', 'LOCKDEP', 'unbalanced', (b) => [b.call(local_bh_enable)]],
    ['sleeps', 'LOCKDEP', 'sleep-in-atomic', (b) => [b.call(might_sleep)]],
    ['waits for a grace period', 'LOCKDEP', 'sleep-in-atomic', (b) => [b.call(synchronize_rcu)]],
    ['waits for callbacks', 'LOCKDEP', 'sleep-in-atomic', (b) => [b.call(rcu_barrier)]],
  ] as const satisfies readonly (readonly [
    string,
    string,
    string,
    Parameters<typeof calling>[1],
  ])[];

  test.each(bad.flatMap((one) => [['softirq', ...one] as const, ['offloaded', ...one] as const]))(
    '%s: one that %s',
    (where, _, facility, kind, body) => {
      expect(found(calling(where, body), facility)).toMatchObject({ kind });
    },
  );

  test.each(['softirq', 'offloaded'] as const)('%s: one that leaves all as it was', (where) => {
    const tidy = calling(where, (b) => [
      b.call(rcu_read_lock),
      b.call(spin_lock_bh, lock),
      b.call(spin_unlock_bh, lock),
      b.call(rcu_read_unlock),
      b.call(local_irq_save),
      b.call(local_irq_restore),
    ]);
    expect(explore(tidy).verdict.properties.filter(({ ok }) => !ok)).toEqual([]);
  });
});
