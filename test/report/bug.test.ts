/** What the facilities report, in the form that the kernel's own have: golden, and read by people. */
import {
  alloc,
  BUG_ON,
  type Check,
  call_rcu,
  check,
  cpu,
  explained,
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
  type Nodes,
  range,
  rcu_head,
  record,
  ref,
  refcount_dec_and_test,
  spin_lock,
  spin_unlock,
  spinlock,
  uint,
  WARN_ON,
} from 'heddle';
import { expect, test } from 'vitest';
import { renderTrace } from '../../src/report/diagram.ts';

const m = machine(
  {
    a: spinlock(),
    b: spinlock(),
    x: uint(2),
    users: range(4),
    head: list_head(),
    slot: ref('obj'),
    obj: heap(2, record('obj', { value: uint(2), node: list_head(), rcu: rcu_head() })),
  },
  { callbacks: ['count'] },
);
// biome-ignore lint/suspicious/noExplicitAny: of one machine.
type Any = any;

const fn = (name: string, body: (b: Any) => Nodes) =>
  m.fn(name, { locals: { o: ref('obj') } }, body as Any);
const step = (b: Any, label: string, effect: (s: Any, l: Any) => void) => b.step(label, effect);
const count = m.fn('count', (b) => [
  b.call(spin_lock, (s) => s.a, 'a'),
  b.step('x += 1', (s) => {
    s.x = 1;
  }),
  b.call(spin_unlock, (s) => s.a, 'a'),
]);

function checkOf(bodies: readonly ((b: Any) => Nodes)[], facilities = {}): Check {
  const cpus = bodies.map((body, index) => cpu({ task: fn(`task${index}`, (b) => [body(b)]) }));
  const initial = (s: Any): void => {
    INIT_LIST_HEAD(s.head);
    s.slot = alloc(s.obj, { value: 1 });
  };
  return check(model({ machine: m, cpus, initial, callbacks: { count } }) as Any, { facilities });
}

const take = (b: Any): Nodes =>
  step(b, 'o = slot', (s, l) => {
    l.o = s.slot;
  });
const both = (b: Any, first: 'a' | 'b', second: 'a' | 'b'): Nodes => [
  b.call(spin_lock, (s: Any) => s[first], first),
  b.call(spin_lock, (s: Any) => s[second], second),
  b.call(spin_unlock, (s: Any) => s[second], second),
  b.call(spin_unlock, (s: Any) => s[first], first),
];

const designs: Readonly<Record<string, Check>> = {
  KASAN: checkOf([
    (b) => [
      take(b),
      step(b, 'o->value = 2', (s, l) => {
        s.obj[l.o].value = 2;
      }),
    ],
    (b) => [take(b), step(b, 'kfree(o)', (s, l) => free(s.obj, l.o))],
  ]),
  'KASAN, freed twice': checkOf([
    (b) => [take(b), step(b, 'kfree(o)', (s, l) => free(s.obj, l.o))],
    (b) => [take(b), step(b, 'kfree(o)', (s, l) => free(s.obj, l.o))],
  ]),
  LOCKDEP: checkOf([(b) => both(b, 'a', 'b'), (b) => both(b, 'b', 'a')], { deadlock: 'off' }),
  'LOCKDEP, softirq': checkOf([
    (b) => [
      take(b),
      step(b, 'call_rcu(&o->rcu, count)', (s, l) => call_rcu(s.obj[l.o].rcu, 'count')),
      b.call(spin_lock, (s: Any) => s.a, 'a'),
      b.call(spin_unlock, (s: Any) => s.a, 'a'),
    ],
  ]),
  KCSAN: checkOf(
    [0, 1].map(
      (value) => (b: Any) =>
        step(b, `x = ${value}`, (s) => {
          s.x = value;
        }),
    ),
    { KCSAN: 'soft' },
  ),
  DEBUG_LIST: checkOf([
    (b) => [
      take(b),
      step(b, 'list_add(&o->node, &head)', (s, l) => list_add(s.obj[l.o].node, s.head)),
      step(b, 'list_del(&o->node)', (s, l) => list_del(s.obj[l.o].node)),
      step(b, 'list_del(&o->node) again', (s, l) => list_del(s.obj[l.o].node)),
    ],
  ]),
  DEBUG_OBJECTS_RCU_HEAD: checkOf([
    (b) => [
      take(b),
      step(b, 'call_rcu(&o->rcu, count)', (s, l) => call_rcu(s.obj[l.o].rcu, 'count')),
      step(b, 'call_rcu(&o->rcu, count) again', (s, l) => call_rcu(s.obj[l.o].rcu, 'count')),
    ],
  ]),
  refcount_t: checkOf([
    (b) =>
      step(b, 'refcount_dec_and_test(&users)', (s) => {
        refcount_dec_and_test(s, 'users');
      }),
  ]),
  BUG_ON: checkOf([(b) => step(b, 'BUG_ON(x == 0)', (s) => BUG_ON(s.x === 0, 'x == 0'))]),
  WARN_ON: checkOf([
    (b) =>
      step(b, 'WARN_ON(x == 0)', (s) => {
        WARN_ON(s.x === 0, 'x == 0');
      }),
  ]),
  leak: checkOf([
    (b) =>
      step(b, 'slot = NULL', (s) => {
        s.slot = NONE;
      }),
  ]),
};

test('each facility reports as the kernel does', async () => {
  const parts = Object.entries(designs).map(([name, one]) => {
    const property = name.replace(/,.*/, '');
    const trace = explore(one, { name }).traces.find((each) => each.property === property);
    if (trace === undefined) throw new Error(`${name} is not violated`);
    return `===== ${name}\n\n${renderTrace(explained(one, trace), { changes: false })}`;
  });
  const text = `${parts.join('\n\n')}\n`;
  for (const line of text.split('\n')) {
    expect(line).toMatch(/^(?:[\x20-\x7e]*[\x21-\x7e])?$/);
    expect(line.length, line).toBeLessThanOrEqual(72);
  }
  await expect(text).toMatchFileSnapshot('../golden/report/bugs.txt');
});
