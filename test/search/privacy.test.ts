/** Granularity and objects that nobody else can reach yet, or any more. */
import {
  alloc,
  type Check,
  call_rcu,
  check,
  container_of,
  cpu,
  explore,
  free,
  heap,
  INIT_LIST_HEAD,
  list_add,
  list_del,
  list_head,
  machine,
  model,
  NONE,
  overlay,
  rcu_head,
  record,
  ref,
  spin_lock,
  spin_unlock,
  spinlock,
  uint,
  word,
} from 'heddle';
import { expect, test } from 'vitest';

const objects = machine({
  lock: spinlock(),
  obj: heap(1, record('obj', { count: uint(2), size: uint(2) })),
  current: ref('obj'),
});

/** `early`: the object is published before it is filled. `scans`: somebody finds it by its index. */
function filling({ early = false, scans = false } = {}): Check {
  const maker = objects.fn('maker', { locals: { o: ref('obj') } }, (b) => {
    const publish = [
      b.call(spin_lock, (s) => s.lock),
      b.step('current = o', (s, l) => {
        s.current = l.o;
      }),
      b.call(spin_unlock, (s) => s.lock),
    ];
    const fill = b.step('o->count = o->size = 1', (s, l) => {
      s.obj[l.o].count = 1;
      s.obj[l.o].size = 1;
    });
    return [
      b.step('o = kmalloc()', (s, l) => {
        l.o = alloc(s.obj, { count: 0, size: 0 });
      }),
      early ? [publish, fill] : [fill, publish],
    ];
  });
  const user = objects.fn('user', { locals: { o: ref('obj') } }, (b) => [
    b.call(spin_lock, (s) => s.lock),
    b.step('o = current', (s, l) => {
      l.o = s.current;
    }),
    b.when('o', (l) => l.o !== NONE, [
      b.step('o->count = o->size', (s, l) => {
        s.obj[l.o].count = s.obj[l.o].size;
      }),
    ]),
    b.call(spin_unlock, (s) => s.lock),
  ]);
  const scanner = objects.fn('scanner', (b) => [
    b.pick('look at obj[0]', 1, (s) => s.obj[0].count <= 3),
  ]);
  const tasks = scans ? [maker, user, scanner] : [maker, user];
  return check(model({ machine: objects, cpus: tasks.map((task) => cpu({ task })) }), {
    facilities: { KASAN: scans ? 'off' : 'fatal' },
  });
}

test('what nobody else can reach may be filled in one step, and breaks no discipline', () => {
  const { verdict } = explore(filling());
  expect(verdict.error?.fact).toBeUndefined();
  expect(verdict.verdict).toBe('holds');
});

test('not once it is published', () => {
  expect(explore(filling({ early: true })).verdict.error?.code).toBe('coarse-step');
});

test('not where somebody finds it by its index', () => {
  expect(explore(filling({ scans: true })).verdict.error?.code).toBe('coarse-step');
});

test('who could reach it before is asked of each state, though the step stores over it unread', () => {
  // First seen where nobody had published the object; and elsewhere the same in all that the step itself looks at.
  const maker = objects.fn('maker', { locals: { o: ref('obj') } }, (b) => [
    b.step('o = kmalloc()', (s, l) => {
      l.o = alloc(s.obj, { count: 0, size: 0 });
    }),
    b.choose(
      b.step('keep', () => undefined),
      b.step('current = o', (s, l) => {
        s.current = l.o;
      }),
    ),
    b.step('current = NONE; o->count = o->size = 1', (s, l) => {
      s.current = NONE;
      s.obj[l.o].count = 1;
      s.obj[l.o].size = 1;
    }),
    b.step('kfree(o)', (s, l) => free(s.obj, l.o)),
  ]);
  const user = objects.fn('user', (b) => [
    b.atomic(
      'for the test',
      b.step('look at current->count', (s) => s.current !== NONE && s.obj[s.current].count <= 3),
    ),
  ]);
  const both = model({ machine: objects, cpus: [maker, user].map((task) => cpu({ task })) });
  const { error } = explore(check(both, { facilities: { KASAN: 'off' } })).verdict;
  expect(error?.code).toBe('coarse-step');
});

test('an object taken off its list under the lock is private again, until it is queued', () => {
  const m = machine(
    {
      lock: spinlock(),
      list: list_head(),
      item: heap(1, record('item', overlay({ node: list_head(), rcu: rcu_head() }))),
    },
    { callbacks: ['item_free'] },
  );
  const item_free = m.fn('item_free', { params: { head: word() } }, (b) => [
    b.step('kfree(item)', (s, l) => free(s.item, container_of(l.head, 'item', 'rcu'))),
  ]);
  const task = m.fn('task', { locals: { i: ref('item') } }, (b) => [
    b.step('i = kmalloc()', (s, l) => {
      l.i = alloc(s.item);
    }),
    b.when('i', (l) => l.i !== NONE, [
      b.call(spin_lock, (s) => s.lock, 'lock'),
      b.step('list_add(i)', (s, l) => list_add(s.item[l.i].node, s.list)),
      b.call(spin_unlock, (s) => s.lock, 'lock'),
      b.call(spin_lock, (s) => s.lock, 'lock again'),
      b.step('list_del(i)', (s, l) => list_del(s.item[l.i].node)),
      b.call(spin_unlock, (s) => s.lock, 'lock again'),
      b.step('call_rcu(i)', (s, l) => call_rcu(s.item[l.i].rcu, 'item_free')),
    ]),
  ]);
  const { verdict } = explore(
    check(
      model({
        machine: m,
        cpus: [cpu({ task, count: 2 })],
        callbacks: { item_free },
        initial: (s) => INIT_LIST_HEAD(s.list),
      }),
    ),
  );
  expect(verdict.error?.fact).toBeUndefined();
  expect(verdict.verdict).toBe('holds');
});
