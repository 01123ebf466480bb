/** llist (include/linux/llist.h, lib/llist.c, Linux 6.1): a list that is added to and taken from without a lock. */
import {
  array,
  bool,
  claim,
  client,
  cmpxchg,
  enumeration,
  ghost,
  machine,
  NONE,
  per_cpu,
  READ_ONCE,
  record,
  ref,
  type StateOf,
  smp_load_acquire,
  spinlock,
  xchg,
} from 'heddle';

const NODES = 2;
export const m = machine({
  lock: spinlock(),
  first: ref('node'),
  node: array(NODES, record({ next: ref('node') })),
  /** What the callers know of each node: nobody's, in somebody's hands, added and not yet taken. */
  note: client(array(NODES, enumeration('free', 'held', 'listed'))),
  /** Whether a CPU has begun to remove and has more to do. */
  removing: ghost(per_cpu(bool())),
});
export type State = StateOf<typeof m>;

export const llist_add = m.fn(
  'llist_add',
  { locals: { n: ref('node'), first: ref('node') } },
  (b) => [
    b.pick('first = READ_ONCE(head->first) /* to add node k */', NODES, (s, l, k) => {
      if (s.note[k] !== 'free') return false;
      s.note[k] = 'held';
      l.n = k;
      l.first = READ_ONCE(s, 'first');
      return true;
    }),
    b.loop([
      b.step('new->next = first', (s, l) => {
        s.node[l.n].next = l.first;
      }),
      b.test(
        'try_cmpxchg(&head->first, &first, new)',
        (s, l) => {
          const seen = cmpxchg(s, 'first', l.first, l.n);
          const added = seen === l.first;
          if (added) s.note[l.n] = 'listed';
          l.first = seen;
          return added;
        },
        [b.leave()],
      ),
    ]),
  ],
);

/** A node is taken only if it was added and nobody else has it. */
function take(s: State, node: number): void {
  claim('L1', s.note[node] === 'listed');
  s.note[node] = 'free';
}

export const llist_del_first = m.fn(
  'llist_del_first',
  { locals: { entry: ref('node'), next: ref('node') } },
  (b) => [
    b.step('entry = smp_load_acquire(&head->first)', (s, l, ctx) => {
      l.entry = smp_load_acquire(s, 'first');
      s.removing[ctx.cpu] = l.entry !== NONE;
    }),
    b.loop([
      b.when('entry == NULL', (l) => l.entry === NONE, [b.leave()]),
      b.step('next = READ_ONCE(entry->next)', (s, l) => {
        l.next = READ_ONCE(s.node[l.entry], 'next');
      }),
      b.test(
        'try_cmpxchg(&head->first, &entry, next)',
        (s, l, ctx) => {
          const seen = cmpxchg(s, 'first', l.entry, l.next);
          const taken = seen === l.entry;
          if (taken) take(s, l.entry);
          s.removing[ctx.cpu] = !taken && seen !== NONE;
          l.entry = seen;
          return taken;
        },
        [b.leave()],
      ),
    ]),
  ],
);

export const llist_del_all = m.fn(
  'llist_del_all',
  { locals: { n: ref('node'), next: ref('node') } },
  (b) => [
    b.step('n = xchg(&head->first, NULL)', (s, l, ctx) => {
      l.n = xchg(s, 'first', NONE);
      s.removing[ctx.cpu] = l.n !== NONE;
    }),
    b.loop([
      b.when('n == NULL', (l) => l.n === NONE, [b.leave()]),
      b.step('next = n->next', (s, l, ctx) => {
        l.next = s.node[l.n].next;
        take(s, l.n);
        s.removing[ctx.cpu] = l.next !== NONE;
      }),
      b.local((l) => {
        l.n = l.next;
      }),
    ]),
  ],
);

/** The nodes on the list, in order; one too many where it goes round in a circle. */
export function listed(s: State): number[] {
  const nodes: number[] = [];
  for (let n = s.first; n !== NONE && nodes.length <= NODES; n = s.node[n].next) nodes.push(n);
  return nodes;
}

/** Every node on the list, the last one first. */
export function fill(s: State): void {
  for (let n = 0; n < NODES; n++) {
    s.node[n].next = s.first;
    s.first = n;
    s.note[n] = 'listed';
  }
}
