import { type Check, check } from 'heddle';
import { generic, sparc } from '../../models/generic_pgtable/generic.ts';
import { type Cpus, type Design, on_cpus } from '../../models/powerpc_pgtable/design.ts';
import type { State } from '../../models/powerpc_pgtable/page.ts';
import { goals, properties } from '../../models/powerpc_pgtable/properties.ts';
import { GATHER, TWO_AT_ONCE } from '../powerpc_pgtable/_equivalent.ts';
import { fallback_is_weak } from '../powerpc_pgtable/_review.ts';

const SCOPE: readonly string[] = [
  'kernel: Linux 6.6, one page table per page: mm/pgtable-generic.c, sparc64',
  'configuration: MMU_GATHER_RCU_TABLE_FREE, PREEMPT_RCU, RCU callbacks in softirq or offloaded',
  'left out: the page table lock, present ptes, W_hw, exit_mmap()',
];
/** Two CPUs that allocate, free and defer, and a third that walks. */
const TWO_CLIENTS: Cpus = { clients: 2, walk: false, defer: false };
const CLAIM = 'a page with one table can be left to RCU by its own rcu_head';

function review(name: string, design: Design, cpus: Cpus, size?: 'large'): Check<State> {
  return check(on_cpus(design, { ...cpus, size: { ...cpus.size, fragments: 1 } }), {
    design: name,
    ...(size === undefined ? {} : { size }),
    claim: CLAIM,
    source: design.source,
    scope: SCOPE,
    properties: {
      ...properties('P2', 'P2_access', 'P4', 'P5', 'P8', 'P9_irq', 'P9_rcu_batched'),
      ...properties('P9_rcu_fallback', 'P12_page', 'P13'),
      ...goals(
        'a batch waits while a walker is inside',
        'the fallback is used while a walker is inside',
        'a deferred page waits for its grace period while a walker with interrupts off is inside',
        'a deferred page waits for its grace period while a walker in rcu_read_lock is inside',
        'a page and a batch wait',
        'two pages are in use',
      ),
    },
    expected: { P9_rcu_fallback: fallback_is_weak },
    equivalent: GATHER,
  });
}

/** A CPU that frees two tables at once. */
function gathers(name: string, design: Design): Check<State> {
  const cpus: Cpus = { others: 0, walk: false, size: { fragments: 1, entries: 2 } };
  return check(on_cpus(design, cpus), {
    design: name,
    source: design.source,
    scope: SCOPE,
    properties: {
      ...properties('P2', 'P2_access', 'P4', 'P5', 'P12_page', 'P13'),
      ...goals('two pages are in use', 'a page and a batch wait'),
    },
    equivalent: { ...GATHER, ...TWO_AT_ONCE },
  });
}

/** What they ask of their callers is asserted as P5: a table is deferred once. */
export default {
  generic: review('generic', generic, {}),
  generic_two_clients: review('generic', generic, TWO_CLIENTS, 'large'),
  generic_gathers: gathers('generic', generic),
  sparc: review('sparc', sparc, {}),
  sparc_two_clients: review('sparc', sparc, TWO_CLIENTS, 'large'),
};
