/**
 * mmu_gather's way to free page tables (mm/mmu_gather.c, MMU_GATHER_RCU_TABLE_FREE): a batch that
 * waits for a grace period, or, where no page for a batch can be had, a fallback: in Linux 6.1 to
 * 6.6 an IPI to all other CPUs. Left out: a gather with more tables than its batch holds (it is two
 * gathers), and everything but tables.
 */
import {
  alloc,
  type Builder,
  bool,
  call_rcu,
  container_of,
  free,
  ipi_sync,
  NONE,
  type Node,
  type Nodes,
  ref,
  type ScalarType,
  synchronize_rcu,
  uint,
  word,
} from 'heddle';
import type { GatherTableFn, Table, TableFn, TableParams } from './functions.ts';
import { common, type State } from './page.ts';

/**
 * What is done without a batch, after the TLB was flushed: `ipi` interrupts all other CPUs, as Linux
 * 6.1 does; `synchronize_rcu` waits for a grace period, as tlb_remove_table_sync_rcu() of later
 * kernels does; `call_rcu` queues the table's own page (CONFIG_PT_RECLAIM, 718b13861d22).
 */
export type Fallback = 'ipi' | 'synchronize_rcu' | 'call_rcu';

/** What architectures differ in. */
export interface Gather {
  /** What names a table. */
  readonly table: TableParams;
  /** Frees a table whose time has come. */
  readonly __tlb_remove_table: TableFn;
  /** Flushes the TLB before the batch `tlb` is queued. */
  flush(b: Builder<State, { tlb: number }>): Node;
  /** The same before a table is freed without a batch; promises the fallback to its walkers. */
  flush_one(b: Builder<State, Table>): Node;
  /** Default `ipi`. */
  readonly fallback?: Fallback;
}

const OWN_BATCH = 'a batch belongs to the CPU that fills it, then to its callback';

/** The words of mm/mmu_gather.c. `tlb` stands for the mmu_gather: its batch. */
export function mmu_gather(gather: Gather) {
  const { table, __tlb_remove_table, fallback = 'ipi' } = gather;
  const free_table = (b: Builder<State, Table>) =>
    b.call(__tlb_remove_table, (l) => ({ page: l.page, h: l.h }));

  /** Frees the tables of a batch after its grace period; the batch has an rcu_head of its own. */
  const tlb_remove_table_rcu = common.fn(
    'tlb_remove_table_rcu',
    { params: { head: word() }, locals: { ...table, done: uint(3), last: bool() } },
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

  /** Frees the table of a queued page: with a page of its own for each table it is the first. */
  const __tlb_remove_table_one_rcu = common.fn(
    '__tlb_remove_table_one_rcu',
    { params: { head: word() }, locals: table },
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

  const tlb_remove_table = common.fn(
    'tlb_remove_table',
    { params: { tlb: ref('batch'), ...table } },
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
        [gather.flush_one(b), without_batch[fallback](b)],
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

  const tlb_finish_mmu = common.fn('tlb_finish_mmu', { params: { tlb: ref('batch') } }, (b) => [
    b.when('a batch is waiting', (l) => l.tlb !== NONE, [
      gather.flush(b),
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

/** `tlb_remove_table(tlb, table)`; the batch it may have made comes back in `tlb`. */
export function remove_table(
  b: Builder<State, Table & { tlb: number }>,
  tlb_remove_table: GatherTableFn,
): Node {
  return b.call(
    tlb_remove_table,
    (l) => ({ tlb: l.tlb, page: l.page, h: l.h }),
    (l, callee: { tlb: number }) => {
      l.tlb = callee.tlb;
    },
  );
}

/** pte_free_tlb() or page_table_free_rcu(), where that does nothing of its own. */
export function only_remove_table(
  name: string,
  table: TableParams,
  tlb_remove_table: GatherTableFn,
): GatherTableFn {
  const params: TableParams & { tlb: ScalarType<number> } = { tlb: ref('batch'), ...table };
  return common.fn(name, { params }, (b) => [remove_table(b, tlb_remove_table)]);
}
