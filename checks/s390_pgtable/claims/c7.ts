import { address_of, always, check, list_walk, whenever } from 'heddle';
import { every_page } from '../../../models/pgtable/properties.ts';
import { has } from '../../../models/pgtable/sets.ts';
import { on_cpus } from '../../../models/s390_pgtable/design.ts';
import { PTE_EMPTY, pgtable_list, type State } from '../../../models/s390_pgtable/page.ts';
import { lock_is_free } from '../../../models/s390_pgtable/properties.ts';
import { seed } from '../../../models/s390_pgtable/seed.ts';
import { FIRST_XOR, SCOPE } from '../_review.ts';

/**
 * All none: tables that the client owns or that are pending; of those on the list, none or only the
 * others.
 */
function are_none(s: State, listed_too: boolean): boolean {
  const list = pgtable_list(s);
  const nodes = listed_too ? [] : [...list_walk(list), list.prev];
  return every_page(s, ({ refcount, table }, page) =>
    [0, 1].every((h) => {
      if (!has(s.owned[h], page) && (refcount & (0x10 << h)) === 0) return true;
      if (nodes.includes(address_of(table[h].node))) return true;
      return table[h].pte[0] === PTE_EMPTY && table[h].pte[1] === PTE_EMPTY;
    }),
  );
}

/** Claim C7: true at every unlock, and too late. */
export default check(on_cpus(seed, { clients: 1, walk: false, size: { pages: 1 } }), {
  claim: 'C7: restoring _PAGE_INVALID after list_del() makes the table clean',
  source: seed.source,
  scope: SCOPE,
  properties: {
    'C7_unlocked: whenever the lock is free, an unlisted table is all none': whenever(
      lock_is_free,
      (s) => are_none(s, false),
    ),
    'C7_between: an unlisted table is always all none': always((s) => are_none(s, false)),
    'C7_listed: a pending table is all none': whenever(lock_is_free, (s) => are_none(s, true)),
  },
  expected: {
    C7_between: { verdict: 'violated', steps: [FIRST_XOR, 'list_del(buddy): prev->next = next'] },
    C7_listed: { verdict: 'violated', steps: [FIRST_XOR] },
  },
});
