import { check, claim, claimed } from 'heddle';
import { base } from '../../models/s390_pgtable/base.ts';
import { deposits_then_withdrawals } from '../../models/s390_pgtable/thp.ts';

const model = deposits_then_withdrawals(base, (of, which, deposit) => {
  claim('FIFO', deposit === which);
  claim('LIFO', deposit === of - 1 - which);
  claim('ring', deposit === (which === 0 ? of - 1 : which - 1));
});

/**
 * The comment in pgtable_trans_huge_deposit() says FIFO. list_add() puts the new table behind the
 * head and makes it the head: a ring that is entered at the last table. So the last one comes first,
 * and then the others in the order of their deposit.
 */
export default {
  thp_order: check(model, {
    claim: 'deposited page tables are withdrawn in the order of their deposit (the comment: FIFO)',
    source: 'pgtable_trans_huge_deposit(), arch/s390/mm/pgtable.c, Linux 6.1',
    scope: ['two to four tables, all deposited before the first is withdrawn'],
    properties: {
      'FIFO: the first deposited comes first': claimed(),
      'LIFO: the last deposited comes first': claimed(),
      'ring: the last deposited comes first, then the others from the first on': claimed(),
    },
    expected: { FIFO: 'violated', LIFO: 'violated' },
  }),
};
