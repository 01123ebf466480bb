/**
 * mmu_gather's way to free page tables (mm/mmu_gather.c, MMU_GATHER_RCU_TABLE_FREE): a batch that
 * waits for a grace period, or, where no page for a batch can be had, a fallback: in Linux 6.1 an
 * IPI to all other CPUs. Left out: a gather with more tables than its batch holds (it is two
 * gathers), and everything but tables.
 */
import {
  alloc,
  type Builder,
  bool,
  call_rcu,
  container_of,
  type Fn,
  free,
  ipi_sync,
  NONE,
  type Nodes,
  ref,
  type ScalarType,
  spin_lock,
  spin_unlock,
  synchronize_rcu,
  uint,
  word,
} from 'heddle';
import { flush_tlb, LOCK, lock, type State, s390, type Table } from './page.ts';

type Nothing = Record<never, never>;
export type TableParams = { page: ScalarType<number>; h: ScalarType<number> };
/** A function that gets a table. */
export type TableFn = Fn<TableParams, Nothing>;
/** A function that gets an mmu_gather, whose batch comes back in `tlb`. */
export type GatherFn = Fn<{ tlb: ScalarType<number> }, Nothing>;
/** A function that gets both. */
export type GatherTableFn = Fn<TableParams & { tlb: ScalarType<number> }, Nothing>;

/**
 * What is done without a batch, after the TLB was flushed: `ipi` interrupts all other CPUs, as Linux
 * 6.1 does; `synchronize_rcu` waits for a grace period, as tlb_remove_table_sync_rcu() of later
 * kernels does; `call_rcu` queues the table's own page (CONFIG_PT_RECLAIM, 718b13861d22).
 */
export type Fallback = 'ipi' | 'synchronize_rcu' | 'call_rcu';

const OWN_BATCH = 'a batch belongs to the CPU that fills it, then to its callback';

/**
 * __tlb_flush_mm_lazy() (arch/s390/include/asm/tlbflush.h), which every flush of a gather comes to:
 * it takes the mm's lock and leaves softirqs on. No hardware walker keeps a table beyond it. Left
 * out: context.flush_mm, which a gather with tables has set.
 */
function lazy_flush(note: (s: State, l: Table) => void) {
  const params = { page: ref('page'), h: uint(1) };
  return s390.fn('__tlb_flush_mm_lazy', { params }, (b) => [
    b.call(spin_lock, lock, LOCK),
    b.step('__tlb_flush_mm(mm)', (s, l) => {
      flush_tlb(s);
      note(s, l);
    }),
    b.call(spin_unlock, lock, LOCK),
  ]);
}

/**
 * The words for a design that frees a table by its `__tlb_remove_table`. `tlb` stands for the
 * mmu_gather: its batch.
 */
export function mmu_gather(__tlb_remove_table: TableFn, fallback: Fallback = 'ipi') {
  /** Frees the tables of a batch after its grace period; the batch has an rcu_head of its own. */
  const tlb_remove_table_rcu = s390.fn(
    'tlb_remove_table_rcu',
    {
      params: { head: word() },
      locals: { page: ref('page'), h: uint(1), done: uint(3), last: bool() },
    },
    (b) => [
      b.loop([
        b.atomic(
          OWN_BATCH,
          b.step('table = batch->tables[i]', (s, l) => {
            const batch = s.batch[container_of(l.head, 'batch', 'rcu')];
            l.page = batch.tables[l.done].page;
            l.h = batch.tables[l.done].h;
            l.done += 1;
            l.last = l.done === batch.nr;
          }),
        ),
        b.call(
          __tlb_remove_table,
          (l) => ({ page: l.page, h: l.h }),
          (l) => {
            l.page = NONE;
            l.h = 0;
          },
        ),
        b.when('that was the last', (l) => l.last, [b.leave()]),
      ]),
      b.step('free_page(batch)', (s, l) => free(s.batch, container_of(l.head, 'batch', 'rcu'))),
    ],
  );

  const __tlb_flush_mm_lazy = lazy_flush((s, l) => promise_fallback(s, l.page, l.h));

  const free_table = (b: Builder<State, Table>) =>
    b.call(__tlb_remove_table, (l) => ({ page: l.page, h: l.h }));

  /** Frees the table of a queued page: with a page of its own for each table it is the lower half. */
  const __tlb_remove_table_one_rcu = s390.fn(
    '__tlb_remove_table_one_rcu',
    { params: { head: word() }, locals: { page: ref('page'), h: uint(1) } },
    (b) => [
      b.local((l) => {
        l.page = container_of(l.head, 'page', 'rcu_head');
      }),
      free_table(b),
    ],
  );

  const without_batch: Readonly<Record<Fallback, (b: Builder<State, Table>) => Nodes>> = {
    ipi: (b) => [b.call(ipi_sync, undefined, ''), free_table(b)],
    synchronize_rcu: (b) => [b.call(synchronize_rcu, undefined, ''), free_table(b)],
    call_rcu: (b) => [
      b.step('call_rcu(&ptdesc->pt_rcu_head, __tlb_remove_table_one_rcu)', (s, l) => {
        call_rcu(s.page[l.page].rcu_head, '__tlb_remove_table_one_rcu');
      }),
    ],
  };

  const tlb_remove_table = s390.fn(
    'tlb_remove_table',
    { params: { tlb: ref('batch'), page: ref('page'), h: uint(1) } },
    (b) => [
      b.when('no batch yet', (l) => l.tlb === NONE, [
        b.pick('batch = __get_free_page(GFP_NOWAIT)', 2, (s, l, k) => {
          l.tlb = k === 0 ? alloc(s.batch, { nr: 0 }) : NONE;
          return k === 1 || l.tlb !== NONE;
        }),
      ]),
      b.when(
        'no memory for a batch',
        (l) => l.tlb === NONE,
        [
          b.call(__tlb_flush_mm_lazy, (l) => ({ page: l.page, h: l.h })),
          without_batch[fallback](b),
        ],
        [
          b.atomic(
            OWN_BATCH,
            b.step('batch->tables[batch->nr++] = table', (s, l) => {
              const batch = s.batch[l.tlb];
              batch.tables[batch.nr].page = l.page;
              batch.tables[batch.nr].h = l.h;
              batch.nr += 1;
            }),
          ),
        ],
      ),
    ],
  );

  const tlb_finish_mmu = s390.fn('tlb_finish_mmu', { params: { tlb: ref('batch') } }, (b) => [
    b.when('a batch is waiting', (l) => l.tlb !== NONE, [
      b.call(__tlb_flush_mm_lazy, () => ({ page: NONE, h: 0 })),
      b.step('call_rcu(&batch->rcu, tlb_remove_table_rcu)', (s, l) => {
        call_rcu(s.batch[l.tlb].rcu, 'tlb_remove_table_rcu');
      }),
    ]),
  ]);

  const callbacks = {
    tlb_remove_table_rcu,
    ...(fallback === 'call_rcu' ? { __tlb_remove_table_one_rcu } : {}),
  };
  return { tlb_remove_table, tlb_finish_mmu, callbacks };
}

/** Note: whoever walks this table under rcu_read_lock() alone depends on what the fallback waits for. */
function promise_fallback(s: State, page: number, h: number): void {
  if (page === NONE) return;
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    const walker = s.inside[cpu];
    if (walker.page === page && walker.h === h && walker.how === 'rcu') walker.how = 'rcu_fallback';
  }
}
