import {
  always, at_rest, atomic_xor_bits, bits, check, cpu, heap, list_add, list_head, machine, model, overlay, page_flags, per_cpu, uint, ref,
  rcu_head, record, spin_lock_bh, spin_unlock_bh, spinlock, SetPageActive, call_rcu, NONE, type StateOf, type Property, alloc, bool, enumeration, array, word, list_add_stores,
} from 'heddle';
const m = machine({
  lock: spinlock(),
  pgtable_list: list_head(),
  page: heap(2, record({ refcount: bits(8), flags: page_flags('active'), ...overlay({ lru: list_head(), rcu_head: rcu_head() }) })),
  mode: enumeration('a', 'b'), t: per_cpu(uint(4)), words: array(2, word()),
}, { callbacks: ['pte_free_now'] });
type S = StateOf<typeof m>;
const free = m.fn('page_table_free', { params: { page: ref('page'), h: uint(1) }, locals: { mask: bits(8), ok: bool() } }, (b) => [
  b.call(spin_lock_bh, (s) => s.lock, 'mm->context.lock'),
  b.step('xor', (s, l) => { l.mask = atomic_xor_bits(s.page[l.page], 'refcount', 0x11 << l.h); }),
  b.when('mask & 3', (l) => (l.mask & 3) !== 0, [
    b.atomic('why', b.step('list_add', (s, l) => list_add(s.page[l.page].lru, s.pgtable_list))),
    b.call(list_add_stores, (s, l) => ({ node: s.page[l.page].lru, head: s.pgtable_list })),
  ]),
  b.step('call', (s, l, ctx) => { call_rcu(s.page[l.page].rcu_head, 'pte_free_now'); SetPageActive(s.page[l.page]); s.t[ctx.cpu] = 2; s.mode = 'b'; }),
  b.call(spin_unlock_bh, (s) => s.lock),
]);
const client = m.fn('client', { locals: { p: ref('page') } }, (b) => [
  b.step('alloc', (s, l) => { l.p = alloc(s.page, { refcount: 1 }); }),
  b.client(b.call(free, (l) => ({ page: l.p, h: 0 }), (l, f) => { l.p = f.page; }), [b.scope({ q: bits(2) }, (c) => [c.step('z', (_s, l) => { l.q = l.p; })])]),
]);
// @ts-expect-error a typo is a type error
m.fn('bad', (b) => [b.step('x', (s) => { s.lok = 1; })]);
const shared: Property<S> = always((s) => s.page[0].refcount !== 0x13);
const md = model({ machine: m, cpus: [cpu({ count: 2, task: client })], callbacks: { pte_free_now: free as never }, initial: { a: (s) => { s.mode = 'b'; } } });
export default check(md, { properties: { 'P1: x': always((s) => s.page[0].refcount !== 0x13 && s.page[NONE] !== undefined), 'P2: y': shared, 'P3: z': at_rest((s) => s.mode === 'a') }, expected: { P1: 'holds' } });
