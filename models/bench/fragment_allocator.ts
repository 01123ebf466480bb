/**
 * The page-fragment allocator (arch/s390/mm/pgalloc.c, Linux 6.1): two page tables to a page, and a
 * list of the pages that have one to spare. models/s390_pgtable/base.ts has it in full.
 */
import {
  alloc,
  array,
  atomic_read,
  atomic_xor_bits,
  type Builder,
  bits,
  bool,
  claim,
  container_of,
  cpu,
  free,
  heap,
  INIT_LIST_HEAD,
  list_add,
  list_del,
  list_empty,
  list_head,
  machine,
  model,
  NONE,
  range,
  record,
  ref,
  type StateOf,
  spin_lock,
  spin_unlock,
  spinlock,
  uint,
} from 'heddle';

const PAGES = 3;

const m = machine({
  lock: spinlock(),
  pgtable_list: list_head(),
  page: heap(
    PAGES,
    record('page', {
      /** Bits 24 to 31 of page->_refcount: A bits 0x03, P bits 0x30. */
      refcount: bits(6),
      /** Whether the first pte of each half is present. */
      pte: array(2, bool()),
      lru: list_head(),
    }),
  ),
});
export type State = StateOf<typeof m>;

const lock = (s: State) => s.lock;
const LOCK = 'mm->context.lock';

/** Half `h` of `page`. */
const TABLE = { page: ref('page'), h: uint(1) };
interface Table {
  page: number;
  h: number;
}

/** One step each: the list and the nodes of pages are touched under the lock only. */
const add = (b: Builder<State, Table>) =>
  b.step('list_add(&page->lru, &mm->context.pgtable_list)', (s, l) =>
    list_add(s.page[l.page].lru, s.pgtable_list),
  );
const del = (b: Builder<State, Table>) =>
  b.step('list_del(&page->lru)', (s, l) => list_del(s.page[l.page].lru));

const page_table_alloc = m.fn('page_table_alloc', { locals: { ...TABLE, mask: bits(2) } }, (b) => [
  b.call(spin_lock, lock, LOCK),
  b.step('page = list_first_entry_or_null(&mm->context.pgtable_list)', (s, l) => {
    if (!list_empty(s.pgtable_list)) l.page = container_of(s.pgtable_list.next, 'page', 'lru');
  }),
  b.when('page', (l) => l.page !== NONE, [
    b.step('mask = atomic_read(&page->_refcount) >> 24', (s, l) => {
      const byte = atomic_read(s.page[l.page], 'refcount');
      l.mask = (byte | (byte >> 4)) & 3;
    }),
    b.when('mask == 3', (l) => l.mask === 3, nothing(b), [
      b.local((l) => {
        l.h = l.mask & 1;
        l.mask = 0;
      }),
      b.step('atomic_xor_bits(&page->_refcount, 0x01 << bit)', (s, l) => {
        atomic_xor_bits(s.page[l.page], 'refcount', 0x01 << l.h);
      }),
      del(b),
    ]),
  ]),
  b.call(spin_unlock, lock, LOCK),
  b.when('a table was taken', (l) => l.page !== NONE, [b.return()]),
  b.pick('page = alloc_page(GFP_KERNEL); pgtable_pte_page_ctor(page)', 1, (s, l) => {
    l.page = alloc(s.page, { refcount: 0 });
    return l.page !== NONE;
  }),
  b.step('atomic_xor_bits(&page->_refcount, 0x01)', (s, l) => {
    atomic_xor_bits(s.page[l.page], 'refcount', 0x01);
  }),
  b.atomic(
    'nobody else can reach the page yet',
    b.step('memset64(table, _PAGE_INVALID, 2 * PTRS_PER_PTE)', (s, l) => {
      s.page[l.page].pte.set(0, false);
      s.page[l.page].pte.set(1, false);
    }),
  ),
  b.call(spin_lock, lock, LOCK),
  add(b),
  b.call(spin_unlock, lock, LOCK),
]);

/** The half that is free is still pending: as if there were no page on the list. */
function nothing(b: Builder<State, Table & { mask: number }>) {
  return b.local((l) => {
    l.page = NONE;
    l.mask = 0;
  });
}

const FREEING = { params: TABLE, locals: { mask: bits(6) } };

const page_table_free = m.fn('page_table_free', FREEING, (b) => {
  // What is read no more must not tell states apart.
  const forget = b.local((l) => {
    l.mask = 0;
  });
  return [
    b.call(spin_lock, lock, LOCK),
    b.step('mask = atomic_xor_bits(&page->_refcount, 0x11 << bit)', (s, l) => {
      l.mask = atomic_xor_bits(s.page[l.page], 'refcount', 0x11 << l.h);
    }),
    b.when('mask & 0x03', (l) => (l.mask & 3) !== 0, [forget, add(b)], [forget, del(b)]),
    b.call(spin_unlock, lock, LOCK),
    b.step('mask = atomic_xor_bits(&page->_refcount, 0x10 << bit)', (s, l) => {
      l.mask = atomic_xor_bits(s.page[l.page], 'refcount', 0x10 << l.h);
    }),
    b.when('mask == 0', (l) => l.mask === 0, [
      b.step('pgtable_pte_page_dtor(page); __free_page(page)', (s, l) => {
        claim('P2', () => s.page[l.page].refcount === 0);
        free(s.page, l.page);
      }),
    ]),
  ];
});

/** `cpus` CPUs, each of which allocates a table, uses it and frees it, `rounds` times. */
export default function fragment_allocator(cpus: number, rounds: number) {
  const frame = { locals: { ...TABLE, round: range(rounds) } };
  const use = m.fn('use', frame, (b) => [
    b.loop([
      b.when('done', (l) => l.round === rounds, [b.return()]),
      b.call(page_table_alloc, undefined, (l, { page, h }) => {
        l.page = page;
        l.h = h;
      }),
      b.step('set_pte(pte, mapping)', (s, l) => {
        const { pte } = s.page[l.page];
        claim('P1', () => !pte.get(l.h));
        pte.set(l.h, true);
      }),
      b.step('pte_present(*pte)', (s, l) => claim('P1', s.page[l.page].pte.get(l.h))),
      b.step('pte_clear(pte)', (s, l) => s.page[l.page].pte.set(l.h, false)),
      b.call(page_table_free, ({ page, h }) => ({ page, h })),
      b.local((l) => {
        l.page = NONE;
        l.h = 0;
        l.round += 1;
      }),
    ]),
  ]);
  return model({
    machine: m,
    cpus: [cpu({ count: cpus, task: use })],
    initial: (s) => INIT_LIST_HEAD(s.pgtable_list),
    source: 'arch/s390/mm/pgalloc.c, Linux 6.1: page_table_alloc, page_table_free',
  });
}
