/** KCSAN: two CPUs whose next steps touch one word, at least one to write it, at least one plainly. */
import {
  type AnyFn,
  alloc,
  atomic_inc,
  type Check,
  type CheckOptions,
  call_rcu,
  check,
  client,
  container_of,
  cpu,
  data_race,
  explore,
  free,
  ghost,
  heap,
  INIT_LIST_HEAD,
  list_add,
  list_del,
  list_empty,
  list_head,
  machine,
  model,
  NONE,
  no_report,
  overlay,
  possibly,
  READ_ONCE,
  rcu_assign_pointer,
  rcu_dereference,
  rcu_head,
  record,
  ref,
  replay,
  type StateOf,
  smp_load_acquire,
  smp_store_release,
  spin_lock,
  spin_lock_bh,
  spin_unlock,
  spin_unlock_bh,
  spinlock,
  uint,
  WRITE_ONCE,
  word,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found, rowOf } from '../outcome.ts';

const m = machine({
  x: uint(2),
  flag: uint(1),
  lock: spinlock(),
  g: ghost(uint(2)),
  c: client(uint(2)),
});
type S = StateOf<typeof m>;
const on = { KCSAN: 'soft' } as const;
const locals = { r: uint(2) };

const plain_write = m.fn('plain_write', (b) => [
  b.step('x = 1', (s) => {
    s.x = 1;
  }),
]);
const marked_write = m.fn('marked_write', (b) => [
  b.step('WRITE_ONCE(x, 1)', (s) => WRITE_ONCE(s, 'x', 1)),
]);
const plain_read = m.fn('plain_read', { locals }, (b) => [
  b.step('r = x', (s, l) => {
    l.r = s.x;
  }),
]);
const marked_read = m.fn('marked_read', { locals }, (b) => [
  b.step('r = READ_ONCE(x)', (s, l) => {
    l.r = READ_ONCE(s, 'x');
  }),
]);

/** Two CPUs beside each other. */
function beside(one: AnyFn, other: AnyFn, options: CheckOptions<S> = {}): Check {
  const cpus = [cpu({ task: one }), cpu({ task: other })];
  return check(model({ machine: m, cpus }), { facilities: on, ...options });
}
const step = (name: string, recipe: (s: S, l: { r: number }) => void) =>
  m.fn(name, { locals }, (b) => [b.step(name, recipe)]);
const race = { facility: 'KCSAN', kind: 'data-race', object: 'x', steps: 0, switches: 0 };

function message(of: Check): string | undefined {
  return rowOf(explore(of), 'KCSAN').finding?.message;
}

describe('which two accesses race', () => {
  test.each([
    ['a plain write and a plain write', plain_write, plain_write],
    ['a plain write and a plain read', plain_write, plain_read],
    ['a plain write and a marked read', plain_write, marked_read],
    ['a plain read and a marked write', plain_read, marked_write],
    ['a marked write and a plain write', marked_write, plain_write],
  ])('%s', (_, one, other) => {
    expect(found(beside(one, other), 'KCSAN')).toEqual(race);
  });

  test.each([
    ['two plain reads', plain_read, plain_read],
    ['two marked writes', marked_write, marked_write],
    ['a marked write and a marked read', marked_write, marked_read],
  ])('not %s', (_, one, other) => {
    expect(counts(beside(one, other))).toEqual(clean(4, 5));
  });

  test('the report names both parties, both steps and how each touches the word', () => {
    expect(message(beside(marked_read, plain_write))).toBe(
      "data-race in plain_write / marked_read: plain write to x by CPU1 at 'plain_write: x = 1', marked read by CPU0 at 'marked_read: r = READ_ONCE(x)'",
    );
  });

  test('a read-modify-write is marked', () => {
    const increment = step('atomic_inc(x)', (s) => atomic_inc(s, 'x'));
    expect(counts(beside(increment, marked_read))).toEqual(clean(4, 5));
    expect(found(beside(increment, plain_read), 'KCSAN')).toEqual(race);
  });

  test('acquire, release and the pointer words of RCU are marked', () => {
    const release = step('release', (s) => smp_store_release(s, 'x', 1));
    const acquire = step('acquire', (s, l) => {
      l.r = smp_load_acquire(s, 'x');
    });
    const assign = step('assign', (s) => rcu_assign_pointer(s, 'x', 1));
    const dereference = step('dereference', (s, l) => {
      l.r = rcu_dereference(s, 'x');
    });
    expect(counts(beside(release, acquire))).toEqual(clean(4, 5));
    expect(counts(beside(assign, dereference))).toEqual(clean(4, 5));
  });

  test('a mark on a ghost marks nothing else', () => {
    const both = step('x = 1; WRITE_ONCE(g, 1)', (s) => {
      s.x = 1;
      WRITE_ONCE(s, 'g', 1);
    });
    expect(found(beside(both, marked_read), 'KCSAN')).toEqual(race);
  });

  test("ghosts, the client's notes and data_race() are not looked at", () => {
    const notes = step('notes', (s) => {
      s.g = 1;
      s.c = 1;
    });
    expect(counts(beside(notes, notes))).toEqual(clean(4, 5));
    const hint = step('r = data_race(x)', (s, l) => {
      l.r = data_race(() => s.x);
    });
    expect(counts(beside(hint, plain_write))).toEqual(clean(4, 5));
  });

  test('a declared atomic step is as plain as what is in it', () => {
    const increment = m.fn('increment', (b) => [
      b.atomic(
        'for this test',
        b.step('x++', (s) => {
          s.x += 1;
        }),
      ),
    ]);
    expect(found(beside(increment, marked_read), 'KCSAN')).toEqual(race);
  });
});

describe('which two steps are next to each other', () => {
  const update = m.fn('update', { locals }, (b) => [
    b.call(spin_lock, (s) => s.lock),
    b.step('r = x', (s, l) => {
      l.r = s.x;
    }),
    b.step('x = r + 1', (s, l) => {
      s.x = l.r + 1;
    }),
    b.call(spin_unlock, (s) => s.lock),
  ]);

  test('not what a lock keeps apart, the lock word being marked', () => {
    expect(counts(beside(update, update))).toEqual(clean(16, 17));
  });

  test('a reader without the lock meets the writer in the first state where both can', () => {
    expect(found(beside(update, marked_read), 'KCSAN')).toEqual({ ...race, steps: 2 });
  });

  test('a step that waits has read what it waits for', () => {
    const wait = m.fn('wait', (b) => [b.until('x == 1', (s) => s.x === 1)]);
    expect(found(beside(wait, marked_write), 'KCSAN')).toEqual(race);
    const polite = m.fn('wait', (b) => [b.until('x == 1', (s) => READ_ONCE(s, 'x') === 1)]);
    expect(counts(beside(polite, marked_write))).toEqual(clean(3, 3));
  });

  test('a variant of a pick that is not enabled is no move', () => {
    const picked = (last: number) =>
      m.fn('picked', { locals }, (b) => [
        b.pick('r = x', 2, (s, l, k) => {
          if (k === last) return s.x === 3;
          l.r = 1;
          return true;
        }),
      ]);
    expect(counts(beside(picked(1), marked_write))).toEqual(clean(4, 5));
  });

  test('two contexts of one CPU are never beside each other; two CPUs are, in whatever context', () => {
    const idle = m.fn('idle', (b) => [b.step('nothing', () => undefined)]);
    const here = check(
      model({
        machine: m,
        cpus: [cpu({ task: plain_read, softirq: plain_write }), cpu({ task: idle })],
      }),
      { facilities: on },
    );
    expect(rowOf(explore(here), 'KCSAN').verdict).toBe('holds');
    const there = check(
      model({
        machine: m,
        cpus: [cpu({ task: idle, softirq: plain_write }), cpu({ task: plain_read })],
      }),
      { facilities: on },
    );
    expect(found(there, 'KCSAN')).toEqual({ ...race, steps: 1 });
    expect(message(there)).toContain("plain write to x by CPU0 softirq at 'plain_write: x = 1'");
  });

  test('a step that a fatal report ends has touched what it touched', () => {
    const gone = machine({
      x: uint(1),
      slot: ref('obj'),
      obj: heap(1, record('obj', { a: uint(1) })),
    });
    const use = gone.fn('use', { locals: { r: uint(1) } }, (b) => [
      b.step('x = 1; r = slot->a', (s, l) => {
        s.x = 1;
        l.r = s.obj[s.slot].a;
      }),
    ]);
    const look = gone.fn('look', { locals: { r: uint(1) } }, (b) => [
      b.step('r = READ_ONCE(x)', (s, l) => {
        l.r = READ_ONCE(s, 'x');
      }),
    ]);
    const both = check(model({ machine: gone, cpus: [cpu({ task: use }), cpu({ task: look })] }), {
      facilities: on,
      expected: { KASAN: 'violated' },
    });
    expect(found(both, 'KCSAN')).toEqual(race);
  });

  test('what only the order of a flag keeps apart is not seen, and the scope says so', () => {
    const publish = m.fn('publish', (b) => [
      b.step('x = 1', (s) => {
        s.x = 1;
      }),
      b.step('WRITE_ONCE(flag, 1)', (s) => WRITE_ONCE(s, 'flag', 1)),
    ]);
    const consume = m.fn('consume', { locals }, (b) => [
      b.until('READ_ONCE(flag)', (s) => READ_ONCE(s, 'flag') === 1),
      b.step('r = x', (s, l) => {
        l.r = s.x;
      }),
    ]);
    expect(counts(beside(publish, consume))).toEqual(clean(5, 5));
    expect(explore(beside(publish, consume)).verdict.scope).toContain(
      'KCSAN: data races between steps that two CPUs can take next; one that a plain or relaxed flag keeps apart is not seen',
    );
  });
});

describe('objects', () => {
  const objects = machine({
    slot: ref('obj'),
    obj: heap(2, record('obj', { a: uint(1), ...overlay({ lru: list_head(), rcu: rcu_head() }) })),
  });

  test('two CPUs that may allocate one object do not race for it', () => {
    const make = objects.fn('make', { locals: { o: ref('obj') } }, (b) => [
      b.step('o = alloc(); o->a = 1', (s, l) => {
        l.o = alloc(s.obj);
        s.obj[l.o].a = 1;
      }),
      b.step('free(o)', (s, l) => free(s.obj, l.o)),
    ]);
    const twice = check(model({ machine: objects, cpus: [cpu({ count: 2, task: make })] }), {
      facilities: on,
    });
    expect(counts(twice)).toEqual(clean(14, 25));
  });

  const make_and_publish = (order: 'store, publish' | 'publish, store') =>
    objects.fn('make', { locals: { o: ref('obj') } }, (b) => {
      const store = b.step('o->a = 1', (s, l) => {
        s.obj[l.o].a = 1;
      });
      const publish = b.step('slot = o', (s, l) => rcu_assign_pointer(s, 'slot', l.o));
      return [
        b.step('o = alloc()', (s, l) => {
          l.o = alloc(s.obj, { a: 0 });
        }),
        order === 'store, publish' ? [store, publish] : [publish, store],
      ];
    });
  const use = objects.fn('use', { locals: { o: ref('obj'), a: uint(1) } }, (b) => [
    b.step('o = slot', (s, l) => {
      l.o = rcu_dereference(s, 'slot');
    }),
    b.when('o', (l) => l.o !== NONE, [
      b.step('a = READ_ONCE(o->a)', (s, l) => {
        l.a = READ_ONCE(s.obj[l.o], 'a');
      }),
    ]),
  ]);
  const published = (order: 'store, publish' | 'publish, store') =>
    check(
      model({
        machine: objects,
        cpus: [cpu({ task: make_and_publish(order) }), cpu({ task: use })],
      }),
      { facilities: on },
    );

  test('what is stored before an object is published does not race', () => {
    expect(rowOf(explore(published('store, publish')), 'KCSAN').verdict).toBe('holds');
  });

  test('what is stored plainly after that does', () => {
    expect(found(published('publish, store'), 'KCSAN')).toMatchObject({
      object: 'obj[0].a',
      steps: 3,
    });
  });

  test('the stores of call_rcu are its own', () => {
    const queues = machine(
      { obj: heap(1, record('obj', { ...overlay({ lru: list_head(), rcu: rcu_head() }) })) },
      { callbacks: ['done'] },
    );
    const done = queues.fn('done', { params: { head: word() } }, (b) => [
      b.step('free', (s, l) => free(s.obj, container_of(l.head, 'obj', 'rcu'))),
    ]);
    const queue = queues.fn('queue', (b) => [
      b.step('call_rcu', (s) => call_rcu(s.obj[0].rcu, 'done')),
    ]);
    const look = queues.fn('look', { locals: { w: word() } }, (b) => [
      b.step('w = lru.next', (s, l) => {
        l.w = s.obj[0].lru.next;
      }),
    ]);
    const exempt = check(
      model({
        machine: queues,
        cpus: [cpu({ task: queue }), cpu({ task: look })],
        callbacks: { done },
        initial: (s) => INIT_LIST_HEAD(s.obj[alloc(s.obj)].lru),
        rcu: { callbacks: 'softirq' },
      }),
      { facilities: { KCSAN: 'soft', KASAN: 'soft' }, expected: { KASAN: 'violated' } },
    );
    expect(rowOf(explore(exempt), 'KCSAN').verdict).toBe('holds');
  });
});

describe('lists', () => {
  const lists = machine({ lock: spinlock(), head: list_head(), node: list_head() });
  type Lists = StateOf<typeof lists>;
  const whole = 'the store to look at is one of them';

  function lockless(change: (s: Lists) => void, on_it: boolean, look: (s: Lists) => boolean) {
    const update = lists.fn('update', (b) => [
      b.call(spin_lock_bh, (s) => s.lock),
      b.atomic(whole, b.step('change', change)),
      b.call(spin_unlock_bh, (s) => s.lock),
    ]);
    const peek = lists.fn('peek', (b) => [b.test('list_empty', look, [], [])]);
    return check(
      model({
        machine: lists,
        cpus: [cpu({ task: update }), cpu({ task: peek })],
        initial: (s) => {
          INIT_LIST_HEAD(s.head);
          INIT_LIST_HEAD(s.node);
          if (on_it) list_add(s.node, s.head);
        },
      }),
      { facilities: on },
    );
  }

  test('list_empty() beside list_add() and list_del(): prev->next is stored marked and read marked', () => {
    const empty = (s: Lists) => list_empty(s.head);
    for (const [change, on_it] of [
      [(s: Lists) => list_add(s.node, s.head), false],
      [(s: Lists) => list_del(s.node), true],
    ] as const) {
      expect(rowOf(explore(lockless(change, on_it, empty)), 'KCSAN').verdict).toBe('holds');
    }
  });

  test('a plain look at head->next beside list_add() races', () => {
    const plain = lockless(
      (s) => list_add(s.node, s.head),
      false,
      (s) => s.head.next === 0,
    );
    expect(found(plain, 'KCSAN')).toMatchObject({ object: 'head.next', steps: 2 });
  });

  test('the poison of list_del() is a plain store', () => {
    const poisoned = lockless(
      (s) => list_del(s.node),
      true,
      (s) => list_empty(s.node),
    );
    expect(found(poisoned, 'KCSAN')).toMatchObject({ object: 'node.next', steps: 2 });
  });
});

describe('how it is switched', () => {
  test('it is off where a check does not ask for it, and the scope says so', () => {
    const { verdict } = explore(beside(plain_write, plain_write, { facilities: {} }));
    expect(verdict.verdict).toBe('holds');
    expect(verdict.properties.map(({ id }) => id)).not.toContain('KCSAN');
    expect(verdict.scope.find((line) => line.startsWith('facilities:'))).toMatch(
      /; off: KCSAN \(data races\)$/,
    );
  });

  test('soft goes on behind a race; fatal ends the path in the state that has it', () => {
    const racy = (mode: 'soft' | 'fatal') =>
      beside(plain_write, plain_read, {
        facilities: { KCSAN: mode },
        expected: { KCSAN: 'violated' },
      });
    expect(counts(racy('soft'))).toEqual({
      verdict: 'violated',
      violated: ['KCSAN'],
      states: 4,
      generated: 5,
      dead: 1,
    });
    expect(counts(racy('fatal'))).toEqual({
      verdict: 'violated',
      violated: ['KCSAN'],
      states: 1,
      generated: 1,
      dead: 1,
    });
    expect(rowOf(explore(racy('fatal')), 'KASAN')).toMatchObject({
      verdict: 'masked',
      maskedBy: 'KCSAN',
    });
  });

  test('what a `possibly` asks for behind a fatal race is masked, not out of reach', () => {
    const asks = (mode: 'soft' | 'fatal') =>
      beside(plain_write, plain_read, {
        facilities: { KCSAN: mode },
        properties: {
          'A: x can become 1': possibly({ from: () => true, to: (s: S) => s.x === 1 }),
        },
        expected: { KCSAN: 'violated', ...(mode === 'fatal' ? { A: 'masked' } : {}) },
      });
    expect(rowOf(explore(asks('soft')), 'A').verdict).toBe('holds');
    expect(rowOf(explore(asks('fatal')), 'A').verdict).toBe('masked');
    expect(replay(asks('fatal'), '').finding.facility).toBe('KCSAN');
  });

  test('a property can stand for the races on some fields', () => {
    const two = beside(
      m.fn('two', (b) => [
        b.step('x = 1', (s) => {
          s.x = 1;
        }),
        b.step('flag = 1', (s) => {
          s.flag = 1;
        }),
      ]),
      m.fn('look', (b) => [
        b.test('x', (s) => READ_ONCE(s, 'x') === 1, [], []),
        b.test('flag', (s) => READ_ONCE(s, 'flag') === 1, [], []),
      ]),
      { properties: { 'F: the flag does not race': no_report('KCSAN', { object: /^flag$/ }) } },
    );
    expect(found(two, 'F')).toMatchObject({ object: 'flag', steps: 2 });
    expect(found(two, 'KCSAN')).toMatchObject({ object: 'x', steps: 0 });
  });

  test('a replay names the race of its last state', () => {
    const update = m.fn('update', { locals }, (b) => [
      b.step('r = READ_ONCE(x)', (s, l) => {
        l.r = READ_ONCE(s, 'x');
      }),
      b.step('x = r + 1', (s, l) => {
        s.x = l.r + 1;
      }),
    ]);
    expect(replay(beside(update, marked_read), '0').finding).toMatchObject({
      facility: 'KCSAN',
      object: 'x',
    });
    expect(replay(beside(update, marked_read), '').finding.kind).toBe('');
  });
});
