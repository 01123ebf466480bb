import { type Check, check } from 'heddle';
import { base } from '../../models/s390_pgtable/base.ts';
import { type Cpus, type Design, on_cpus } from '../../models/s390_pgtable/design.ts';
import type { State } from '../../models/s390_pgtable/page.ts';
import { goals, type Id, ONE_PAGE, properties } from '../../models/s390_pgtable/properties.ts';
import { seed } from '../../models/s390_pgtable/seed.ts';
import { v3 } from '../../models/s390_pgtable/v3.ts';
import { fallback_is_weak, SCOPE } from './_review.ts';

const EVERY: readonly Id[] = ['P1', 'P2', 'P2_access', 'P3', 'P4', 'P10', 'P12'];
const WALKED: readonly Id[] = ['P8', 'P9_irq', 'P9_rcu_batched', 'P9_rcu_fallback'];
const DEFERRED: readonly Id[] = ['P3_lock', 'P3_list', 'P5', 'P6', 'P6_linked', 'P11'];

function large(design: Design, cpus: Cpus, ids: readonly Id[], expected = {}): Check<State> {
  const walked = cpus.walk ?? true;
  const reached = cpus.size?.pages === 1 ? goals(...ONE_PAGE) : goals();
  return check(on_cpus(design, cpus), {
    size: 'large',
    source: design.source,
    scope: SCOPE,
    properties: {
      ...properties(...EVERY, ...(walked ? WALKED : []), ...ids),
      ...(walked ? reached : goals('both halves of a page are pending')),
    },
    expected: { ...(walked ? { P9_rcu_fallback: fallback_is_weak } : {}), ...expected },
  });
}

/** Two CPUs that both allocate, free and walk, on two pages. */
const two_pages: Cpus = { clients: 2 };
/** Three CPUs that allocate and free, on one page. */
const three: Cpus = { clients: 3, walk: false, size: { pages: 1 } };
/** Two CPUs that do everything on one page, with two batches of two tables each. */
const batches: Cpus = { clients: 2, size: { pages: 1, batches: 2, entries: 2 } };

export default {
  base_large: large(base, two_pages, ['P3_lock', 'P3_list']),
  base_three_clients: large(base, three, ['P3_lock', 'P3_list']),
  base_batches: large(base, batches, ['P3_lock', 'P3_list']),
  seed_large: large(seed, two_pages, [], { P8: 'violated' }),
  v3_large: large(v3, two_pages, DEFERRED),
  v3_three_clients: large(v3, three, DEFERRED),
  v3_batches: large(v3, batches, DEFERRED),
};
