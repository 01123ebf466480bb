/** kfree_rcu(): how queued objects are handed over to a batch (kernel/rcu/tree.c, Linux 6.1), simplified. */
import {
  alloc,
  array,
  call_rcu,
  cpu,
  free,
  heap,
  machine,
  model,
  NONE,
  rcu_dereference,
  rcu_head,
  rcu_read_lock,
  rcu_read_unlock,
  record,
  ref,
  type StateOf,
  spin_lock_irqsave,
  spin_unlock_irqrestore,
  spinlock,
  uint,
  WRITE_ONCE,
} from 'heddle';

const m = machine(
  {
    /** What readers can reach. */
    slot: array(2, ref('obj')),
    obj: heap(2, record('obj', { data: uint(1), next: ref('obj') })),
    krcp: record({ lock: spinlock(), head: ref('obj') }),
    /** The batch that waits for its grace period: its one rcu_head stands for all objects on it. */
    krwp: record({ head_free: ref('obj'), rcu: rcu_head() }),
  },
  { callbacks: ['kfree_rcu_work'] },
);
export type State = StateOf<typeof m>;

const lock = (s: State) => s.krcp.lock;

const kfree_rcu_work = m.fn(
  'kfree_rcu_work',
  { locals: { o: ref('obj'), next: ref('obj') } },
  (b) => [
    b.call(spin_lock_irqsave, lock),
    b.step('head = krwp->head_free; krwp->head_free = NULL', (s, l) => {
      l.o = s.krwp.head_free;
      s.krwp.head_free = NONE;
    }),
    b.call(spin_unlock_irqrestore, lock),
    b.loop([
      b.when('!head', (l) => l.o === NONE, [b.leave()]),
      b.step('next = head->next', (s, l) => {
        l.next = s.obj[l.o].next;
      }),
      b.step('kvfree(head)', (s, l) => {
        free(s.obj, l.o);
        l.o = l.next;
      }),
    ]),
  ],
);

const reader = m.fn('reader', { locals: { o: ref('obj'), data: uint(1) } }, (b) => [
  b.call(rcu_read_lock),
  b.pick('o = rcu_dereference(slot[k])', 2, (s, l, k) => {
    l.o = rcu_dereference(s.slot, k);
  }),
  b.when('o', (l) => l.o !== NONE, [
    b.step('read o->data', (s, l) => {
      l.data = s.obj[l.o].data;
    }),
  ]),
  b.call(rcu_read_unlock),
]);

const kfree_call_rcu = m.fn(
  'kfree_call_rcu',
  { params: { o: ref('obj') }, locals: { first: ref('obj') } },
  (b) => [
    b.step('slot[o] = NULL', (s, l) => WRITE_ONCE(s.slot, l.o, NONE)),
    b.call(spin_lock_irqsave, lock),
    b.step('first = krcp->head; krcp->head = head', (s, l) => {
      l.first = s.krcp.head;
      s.krcp.head = l.o;
    }),
    b.step('head->next = first', (s, l) => {
      s.obj[l.o].next = l.first;
    }),
    b.call(spin_unlock_irqrestore, lock),
  ],
);
const updater = m.fn('updater', (b) => [0, 1].map((o) => b.call(kfree_call_rcu, () => ({ o }))));

/** An updater frees two objects, a reader reads one. `busy`: what the monitor does while a batch still waits. */
export default function kfree_rcu(busy: 'wait' | 'join') {
  const locals = { head: ref('obj'), first: ref('obj') };
  const kfree_rcu_monitor = m.fn('kfree_rcu_monitor', { locals }, (b) => {
    const hand_over = [
      b.step('krwp->head_free = krcp->head; krcp->head = NULL', (s) => {
        s.krwp.head_free = s.krcp.head;
        s.krcp.head = NONE;
      }),
      b.step('call_rcu(&krwp->rcu, kfree_rcu_work)', (s) => call_rcu(s.krwp.rcu, 'kfree_rcu_work')),
    ];
    const join = [
      b.step('head = krcp->head; krcp->head = NULL', (s, l) => {
        l.head = s.krcp.head;
        s.krcp.head = NONE;
      }),
      b.step('first = krwp->head_free; krwp->head_free = head', (s, l) => {
        l.first = s.krwp.head_free;
        s.krwp.head_free = l.head;
      }),
      b.step('head->next = first', (s, l) => {
        s.obj[l.head].next = l.first;
      }),
    ];
    return [
      b.call(spin_lock_irqsave, lock),
      b.test('krcp->head', (s) => s.krcp.head !== NONE, [
        b.test(
          '!krwp->head_free',
          (s) => s.krwp.head_free === NONE,
          hand_over,
          busy === 'join' ? join : [],
        ),
      ]),
      b.call(spin_unlock_irqrestore, lock),
    ];
  });
  // A delayed work that is scheduled again and again.
  const monitor = m.fn('monitor', (b) => [b.client(b.call(kfree_rcu_monitor))]);
  return model({
    machine: m,
    cpus: [
      cpu({ task: updater, name: 'updater' }),
      cpu({ task: monitor, name: 'monitor' }),
      cpu({ task: reader, name: 'reader' }),
    ],
    callbacks: { kfree_rcu_work },
    initial: (s) => {
      for (const k of [0, 1]) s.slot[k] = alloc(s.obj, { data: 1 });
    },
    rcu: { callbacks: 'offloaded' },
    source: 'kernel/rcu/tree.c (Linux 6.1): kvfree_call_rcu, kfree_rcu_monitor, kfree_rcu_work',
  });
}
