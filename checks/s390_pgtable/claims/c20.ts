import { check, claimed } from 'heddle';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { goals, properties } from '../../../models/s390_pgtable/properties.ts';
import { v3 } from '../../../models/s390_pgtable/v3.ts';
import { fallback_is_weak, SCOPE } from '../_review.ts';

/**
 * Claim C20, confirmed: whoever finds the byte 0 is alone with the page, and every deferrer set
 * PageActive before it gave up its half.
 */
export default check(on_cpus(v3, { clients: 2, size: { pages: 1 } }), {
  claim: 'C20: TestClearPageActive() outside mm->context.lock is safe, as nobody is left to set it',
  source: 'Gerald Schaefer and Hugh Dickins, 4 and 5 July 2023',
  scope: SCOPE,
  properties: {
    ...properties('P11', 'P9_irq', 'P9_rcu_batched', 'P9_rcu_fallback'),
    'C20: a page of which a half was deferred is never freed without a grace period': claimed(),
    ...goals('a deferred page waits for its grace period while a walker is inside'),
  },
  expected: { P9_rcu_fallback: fallback_is_weak },
});
