/**
 * mmu_gather's way to free page tables (mm/mmu_gather.c, Linux 6.6, MMU_GATHER_RCU_TABLE_FREE): a
 * batch that waits for a grace period, or, where no page for a batch can be had, an IPI to all
 * other CPUs. Left out: a gather with more tables than its batch holds (it is two gathers), and
 * everything but tables.
 */
import {
  alloc,
  bool,
  call_rcu,
  container_of,
  type Fn,
  free,
  ipi_sync,
  NONE,
  ref,
  type ScalarType,
  uint,
  word,
} from 'heddle';
import { fragment_index, powerpc, type State } from './page.ts';

type Nothing = Record<never, never>;
export type TableParams = { page: ScalarType<number>; h: ScalarType<number> };
/** A function that gets a fragment. */
export type TableFn = Fn<TableParams, Nothing>;
/** A function that gets an mmu_gather, whose batch comes back in `tlb`. */
export type GatherFn = Fn<{ tlb: ScalarType<number> }, Nothing>;
/** A function that gets both. */
export type GatherTableFn = Fn<TableParams & { tlb: ScalarType<number> }, Nothing>;

const OWN_BATCH = 'a batch belongs to the CPU that fills it, then to its callback';

/**
 * The three words for a design that frees a table by its `__tlb_remove_table`. `tlb` stands for the
 * mmu_gather: its batch.
 */
export function mmu_gather(__tlb_remove_table: TableFn) {
  /** Frees the tables of a batch after its grace period; the batch has an rcu_head of its own. */
  const tlb_remove_table_rcu = powerpc.fn(
    'tlb_remove_table_rcu',
    {
      params: { head: word() },
      locals: { page: ref('page'), h: fragment_index(), done: uint(3), last: bool() },
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

  const tlb_remove_table = powerpc.fn(
    'tlb_remove_table',
    { params: { tlb: ref('batch'), page: ref('page'), h: fragment_index() } },
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
          b.step('tlb_table_invalidate(tlb)', (s, l) => promise_fallback(s, l.page, l.h)),
          b.call(ipi_sync, undefined, ''),
          b.call(__tlb_remove_table, (l) => ({ page: l.page, h: l.h })),
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

  const tlb_finish_mmu = powerpc.fn('tlb_finish_mmu', { params: { tlb: ref('batch') } }, (b) => [
    b.when('a batch is waiting', (l) => l.tlb !== NONE, [
      b.step('tlb_table_invalidate(tlb)', () => undefined),
      b.step('call_rcu(&batch->rcu, tlb_remove_table_rcu)', (s, l) => {
        call_rcu(s.batch[l.tlb].rcu, 'tlb_remove_table_rcu');
      }),
    ]),
  ]);

  return { tlb_remove_table, tlb_finish_mmu, tlb_remove_table_rcu };
}

/** Note: whoever walks this table under rcu_read_lock() alone is not waited for. */
function promise_fallback(s: State, page: number, h: number): void {
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    const walker = s.inside[cpu];
    if (walker.page === page && walker.h === h && walker.rcu) walker.fallback = true;
  }
}
