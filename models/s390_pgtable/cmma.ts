/**
 * cmma_init_nodat() (arch/s390/mm/page-states.c, Linux 6.1): at boot it tells the hypervisor which
 * pages hold no page tables. It skips pages that PG_arch_1 marks as the kernel's page tables, and
 * those whose lru is not empty, which at boot are the free ones. Left out: how PG_arch_1 is set; the
 * memory map. A free page's lru belongs to the page allocator and is not empty.
 */
import {
  alloc,
  claim,
  client,
  cpu,
  INIT_LIST_HEAD,
  is_live,
  list_empty,
  type Model,
  machine,
  model,
  NONE,
  type StateOf,
  set_of,
} from 'heddle';
import { has, plus } from '../pgtable/sets.ts';
import { operations } from './client.ts';
import { type Design, start } from './design.ts';
import { is_listed, PTE_EMPTY, type Size, world } from './page.ts';

function machine_at_boot(callbacks: readonly string[], size: Size) {
  const kernel = client(set_of('page'));
  const arch_1 = client(set_of('page'));
  return machine({ ...world(size), kernel, arch_1 }, { callbacks, constants: { PTE_EMPTY } });
}

const boot = machine_at_boot([], {});
export type BootState = StateOf<typeof boot>;

const PAGES = 3;

/** The pass over all pages, one after the other; what it claims is said in claims/c14.ts. */
function pass() {
  const pages = Array.from({ length: PAGES }, (_, page) => page);
  return boot.fn('cmma_init_nodat', (b) =>
    pages.map((page) =>
      b.atomic(
        'what it would meet in the middle of a change is not asked',
        b.step(`look at the lru of page ${page}`, (s) => {
          if (!is_live(s.page[page]) || has(s.arch_1, page)) return;
          const is_table = !has(s.kernel, page);
          const listed = is_listed(s as never, page);
          const free = !list_empty(s.page[page].lru);
          claim('C14', !listed);
          claim('C14_free', !free);
          claim('C14_nodat', free || !is_table);
        }),
      ),
    ),
  );
}

/** The pass, and then or, if `late`, meanwhile, user mms of this design. */
export function with_cmma(design: Design, late: boolean): Model<BootState> {
  const size = { pages: PAGES };
  const reach = { pages: PAGES, entries: 1, once: late, fallback: 'ipi' } as const;
  const { tasks, callbacks: of_batches } = operations(design, {
    ...reach,
    defer_lower: false,
    detached: false,
  });
  const callbacks = { ...of_batches, ...design.callbacks };
  const cmma = pass();
  const users = boot.fn('client', (b) => [b.client(...tasks.map((one) => b.call(one)))]);
  const first = first_user_mm(design);
  const both = boot.fn('boot', (b) => [b.call(cmma), b.call(first), b.call(users)]);
  const alone = boot.fn('late', (b) => [b.call(cmma)]);
  return model({
    machine: machine_at_boot(Object.keys(callbacks), size),
    cpus: late ? [cpu({ task: users }), cpu({ task: alone, name: 'late' })] : [cpu({ task: both })],
    callbacks,
    initial: (s) => {
      for (const is_table of [true, false]) {
        const page = alloc(s.page, { refcount: 0, flags: 0 });
        if (page === NONE) continue;
        INIT_LIST_HEAD(s.page[page].lru);
        s.kernel = plus(s.kernel, page);
        if (is_table) s.arch_1 = plus(s.arch_1, page);
      }
      if (late) start(s as never, design, 1, 0x01);
    },
    source: 'arch/s390/mm/page-states.c, Linux 6.1',
  }) as unknown as Model<BootState>;
}

/** The first user mm and its first table. */
function first_user_mm(design: Design) {
  return boot.fn('execve', (b) => [
    b.atomic(
      'nobody else has the mm yet',
      b.step('mm_init(mm); page_table_alloc(mm)', (s) => start(s as never, design, 1, 0x01)),
    ),
  ]);
}
