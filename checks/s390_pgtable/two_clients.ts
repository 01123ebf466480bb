import { type Check, check } from 'heddle';
import { base } from '../../models/s390_pgtable/base.ts';
import { type Design, on_cpus } from '../../models/s390_pgtable/design.ts';
import type { State } from '../../models/s390_pgtable/page.ts';
import {
  type Goal,
  goals,
  type Id,
  ONE_PAGE,
  properties,
} from '../../models/s390_pgtable/properties.ts';
import { seed } from '../../models/s390_pgtable/seed.ts';
import { v3 } from '../../models/s390_pgtable/v3.ts';
import { fallback_is_weak, SCOPE } from './_review.ts';

const ALL: readonly Id[] = ['P1', 'P2', 'P2_access', 'P3', 'P4', 'P8', 'P9_irq'];
const MORE: readonly Id[] = ['P9_rcu_batched', 'P9_rcu_fallback', 'P10', 'P12'];

/** Two CPUs that both allocate, free and walk: the lock is fought for, but there is one page. */
function two(
  name: string,
  design: Design,
  ids: readonly Id[],
  more: readonly Goal[],
  expected = {},
): Check<State> {
  return check(on_cpus(design, { clients: 2, size: { pages: 1 } }), {
    design: name,
    source: design.source,
    scope: SCOPE,
    properties: { ...properties(...ALL, ...ids, ...MORE), ...goals(...ONE_PAGE, ...more) },
    expected: { P9_rcu_fallback: fallback_is_weak, ...expected },
  });
}

export default {
  base_two_clients: two('base', base, ['P3_lock', 'P3_list'], []),
  seed_two_clients: two('seed', seed, [], [], { P8: 'violated' }),
  v3_two_clients: two(
    'v3',
    v3,
    ['P3_lock', 'P3_list', 'P5', 'P6', 'P6_linked', 'P11'],
    ['a deferred page waits for its grace period while a walker is inside'],
  ),
};
