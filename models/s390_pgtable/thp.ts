/**
 * Deposited tables of huge pmds: pgtable_trans_huge_deposit() and _withdraw() of
 * arch/s390/mm/pgtable.c, Linux 6.1, under the pmd lock. The list lies in the first two longs of the
 * deposited tables, and page->pmd_huge_pte of the pmd's page is its head. A client deposits tables
 * that no pmd names and nobody walks in. Left out: all else that is done to a huge pmd; one pmd page.
 */
import {
  address_of,
  alloc,
  array,
  type Builder,
  client,
  cpu,
  deref,
  INIT_LIST_HEAD,
  list_add,
  list_del,
  list_empty,
  type Model,
  machine,
  model,
  NULL,
  record,
  type StateOf,
  set_of,
  spin_lock,
  spin_unlock,
  spinlock,
  uint,
  word,
} from 'heddle';
import type { Table } from '../pgtable/functions.ts';
import { is_walked } from '../pgtable/page.ts';
import { minus, plus } from '../pgtable/sets.ts';
import { operations, take } from './client.ts';
import { type Design, start } from './design.ts';
import { fill, PTE_EMPTY, type Size, TABLE, world } from './page.ts';
import { walkers } from './walkers.ts';

function machine_with_pmd(callbacks: readonly string[], size: Size = {}) {
  const pmd = record('pmd_page', { ptl: spinlock(), pmd_huge_pte: word() });
  const deposited = client(array(2, set_of('page')));
  /** Huge pmds: one for each table that is deposited and not claimed back. */
  const huge = client(uint(3));
  return machine({ ...world(size), pmd, deposited, huge }, { callbacks, constants: { PTE_EMPTY } });
}

const thp = machine_with_pmd([]);
export type ThpState = StateOf<typeof thp>;

/** `lh = (struct list_head *) pgtable` */
const node = (s: ThpState, l: Table) => s.page[l.page].table[l.h].node;
const ptl = (s: ThpState) => s.pmd.ptl;
const LOCK = 'pmd lock';
const OF_DEPOSITED =
  'the list lies in tables that nobody can reach but through it, and that takes the pmd lock';

/** What is noted of a table that is deposited or withdrawn. */
export type Note = (s: ThpState, l: Table) => void;

/** `note` is called in the step that makes the table the head. */
export function deposit(note: Note = () => undefined) {
  return thp.fn('pgtable_trans_huge_deposit', { params: TABLE }, (b) => [
    b.call(spin_lock, ptl, LOCK),
    b.test(
      '!pmd_huge_pte(mm, pmdp)',
      (s) => s.pmd.pmd_huge_pte === NULL,
      [
        b.atomic(
          OF_DEPOSITED,
          b.step('INIT_LIST_HEAD(lh)', (s, l) => {
            INIT_LIST_HEAD(node(s, l));
            s.deposited[l.h] = plus(s.deposited[l.h], l.page);
          }),
        ),
      ],
      [
        b.atomic(
          OF_DEPOSITED,
          b.step('list_add(lh, (struct list_head *) pmd_huge_pte(mm, pmdp))', (s, l) => {
            list_add(node(s, l), deref(s.pmd.pmd_huge_pte, 'list_head'));
            s.deposited[l.h] = plus(s.deposited[l.h], l.page);
          }),
        ),
      ],
    ),
    b.step('pmd_huge_pte(mm, pmdp) = pgtable', (s, l) => {
      s.pmd.pmd_huge_pte = address_of(node(s, l));
      note(s, l);
    }),
    b.call(spin_unlock, ptl, LOCK),
  ]);
}

/** Its locals name the table it returns. `note` is called in the step that takes it. */
export function withdraw(note: Note = () => undefined) {
  return thp.fn('pgtable_trans_huge_withdraw', { locals: TABLE }, (b) => [
    b.call(spin_lock, ptl, LOCK),
    b.step('pgtable = pmd_huge_pte(mm, pmdp)', (s, l) => {
      find(s, l, s.pmd.pmd_huge_pte);
      note(s, l);
    }),
    b.test(
      'list_empty(lh)',
      (s, l) => list_empty(node(s, l)),
      [
        b.step('pmd_huge_pte(mm, pmdp) = NULL', (s) => {
          s.pmd.pmd_huge_pte = NULL;
        }),
      ],
      [
        b.atomic(
          OF_DEPOSITED,
          b.step('pmd_huge_pte(mm, pmdp) = lh->next', (s, l) => {
            s.pmd.pmd_huge_pte = node(s, l).next;
          }),
        ),
        b.atomic(
          OF_DEPOSITED,
          b.step('list_del(lh)', (s, l) => list_del(node(s, l))),
        ),
      ],
    ),
    [0, 1].map((index) =>
      b.step(`set_pte(pgtable + ${index}, __pte(_PAGE_INVALID))`, (s, l) => {
        s.page[l.page].table[l.h].pte[index] = PTE_EMPTY;
        if (index === 1) s.deposited[l.h] = minus(s.deposited[l.h], l.page);
      }),
    ),
    b.call(spin_unlock, ptl, LOCK),
  ]);
}

/** Which table starts at this address. */
function find(s: ThpState, l: Table, address: number): void {
  for (let page = 0; page < s.page.length; page += 1) {
    for (const h of [0, 1]) {
      if (address_of(s.page[page].table[h].node) !== address) continue;
      l.page = page;
      l.h = h;
    }
  }
}

export interface Deposits {
  /** Clients; default 2. */
  readonly clients?: number;
  readonly size?: Size;
  /** Whether clients also free tables by RCU; default true. */
  readonly rcu?: boolean;
  /** CPUs that walk; default 0. */
  readonly walkers?: number;
}

/** Clients of a design that also deposit and withdraw. */
export function with_deposits(design: Design, options: Deposits = {}): Model<ThpState> {
  const { clients = 2, size = {}, rcu = true, walkers: idle = 0 } = options;
  const { pages = 2, entries = 1 } = size;
  const reach = {
    pages,
    entries,
    once: false,
    fallback: 'ipi',
    defer_lower: false,
    detached: false,
  } as const;
  const { tasks, callbacks: of_batches } = operations(design, reach);
  const { gup_fast, pte_offset_map } = walkers(pages);
  const pgtable_deposit = deposit();
  const pgtable_withdraw = withdraw();
  const deposits = thp.fn('set_huge_pmd', { locals: TABLE }, (b) => [
    b.pick('table that nobody walks in', 2 * pages, (s, l, k) => {
      return !is_walked(s, k >>> 1, k & 1) && take(s, l, k);
    }),
    b.call(pgtable_deposit, (l) => ({ page: l.page, h: l.h })),
    b.step('set_pmd_at(mm, pmd, huge)', (s) => {
      s.huge += 1;
    }),
  ]);
  const withdraws = thp.fn('split_huge_pmd', { locals: TABLE }, (b) => [
    b.until(
      'pmd_trans_huge(*pmd)',
      (s) => s.huge > 0,
      (s) => {
        s.huge -= 1;
      },
    ),
    b.call(pgtable_withdraw, undefined, (l, callee) => {
      l.page = callee.page;
      l.h = callee.h;
    }),
    b.step('pmd_populate(mm, pmd, pgtable)', (s, l) => {
      s.owned[l.h] = plus(s.owned[l.h], l.page);
    }),
  ]);
  const any = (name: string, ops: readonly (typeof gup_fast)[]) =>
    thp.fn(name, (b: Builder<ThpState, object>) => [b.client(...ops.map((one) => b.call(one)))]);
  const callbacks = { ...of_batches, ...design.callbacks };
  const own = [...(rcu ? tasks : tasks.slice(0, 2)), deposits, withdraws] as typeof tasks;
  return model({
    machine: machine_with_pmd(Object.keys(callbacks), size),
    cpus: [
      cpu({ task: any('client', own), count: clients }),
      ...(idle > 0
        ? [cpu({ task: any('walker', [gup_fast, pte_offset_map]), count: idle, name: 'walker' })]
        : []),
    ],
    callbacks,
    initial: {
      'byte 0x03, unlisted': (s) => start(s, design, clients, 0x03),
      'byte 0x01, upper half listed': (s) => start(s, design, clients, 0x01),
    },
    source: 'arch/s390/mm/pgtable.c, Linux 6.1',
  }) as Model<ThpState>;
}

/**
 * One CPU deposits two to four tables and then withdraws all of them; `withdrawn` gets how many
 * there were, which withdrawal it is, and which deposit the table was, each from 0.
 */
export function deposits_then_withdrawals(
  design: Design,
  withdrawn: (of: number, which: number, deposit: number) => void,
): Model<ThpState> {
  const noted = machine_with_order();
  const one_deposit = deposit((s, l) => {
    const { order } = s as StateOf<typeof noted>;
    order.table[order.deposits] = 2 * l.page + l.h;
    order.deposits += 1;
  });
  const one_withdrawal = withdraw((s, l) => {
    const { order } = s as StateOf<typeof noted>;
    withdrawn(order.deposits, order.withdrawals, [...order.table].indexOf(2 * l.page + l.h));
    order.withdrawals += 1;
  });
  const task = noted.fn('task', { locals: TABLE }, (b) => [
    b.loop([
      b.pick('table to deposit', 4, (s, l, k) => take(s, l, k)),
      b.call(one_deposit, (l) => ({ page: l.page, h: l.h })),
      b.choose([b.until('enough', (s) => s.order.deposits > 1), b.leave()], []),
    ]),
    b.loop([
      b.call(one_withdrawal, undefined, (l, callee) => {
        l.page = callee.page;
        l.h = callee.h;
      }),
      b.step('pmd_populate(mm, pmd, pgtable)', (s, l) => {
        s.kept[l.h] = plus(s.kept[l.h], l.page);
      }),
      b.test('that was the last', (s) => s.pmd.pmd_huge_pte === NULL, [b.leave()]),
    ]),
  ]);
  return model({
    machine: noted,
    cpus: [cpu({ task })],
    callbacks: {},
    initial: (s) => {
      start(s, design, 1, 0x03);
      const second = alloc(s.page, { refcount: 0x03, flags: 0 });
      design.unlisted(s, second);
      fill(s, second);
      for (const h of [0, 1]) s.owned[h] = plus(s.owned[h], second);
    },
    source: 'arch/s390/mm/pgtable.c, Linux 6.1',
  }) as unknown as Model<ThpState>;
}

function machine_with_order() {
  const order = client(
    record('order', { deposits: uint(3), withdrawals: uint(3), table: array(4, uint(2)) }),
  );
  const pmd = record('pmd_page', { ptl: spinlock(), pmd_huge_pte: word() });
  return machine(
    {
      ...world({ pages: 2 }),
      pmd,
      deposited: client(array(2, set_of('page'))),
      huge: client(uint(3)),
      order,
    },
    { callbacks: [], constants: { PTE_EMPTY } },
  );
}
