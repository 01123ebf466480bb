import type { Expectation } from 'heddle';
import { base_without_p } from '../../models/s390_pgtable/base_without_p.ts';
import { BY_LRU, FIRST_XOR, review, TAKE } from './_review.ts';

const twice: Expectation = { verdict: 'violated', steps: [FIRST_XOR, TAKE] };

/**
 * A pending half is handed out again: the byte goes to 0x13 or 0x23. The xor arithmetic survives
 * it, for each bit is toggled by its own party, so nothing is freed early or twice; what breaks is
 * the promise to the walkers.
 */
export default review('base_without_p', base_without_p, [...BY_LRU, 'P10'], {
  pair: {
    claim: 'page_table_alloc() may look at the A bits alone (the comment above it warns of that)',
    expected: {
      P1: twice,
      P9_irq: { verdict: 'violated', steps: ['local_irq_save', FIRST_XOR, TAKE] },
      P9_rcu_batched: { verdict: 'violated', steps: ['rcu_read_lock', FIRST_XOR, TAKE] },
    },
  },
  reuse: { expected: { P1: twice } },
  exits: { expected: { P1: twice } },
  large: { expected: { P1: twice, P9_irq: 'violated', P9_rcu_batched: 'violated' } },
});
