import { type Check, check, claimed, type Expectation, type RcuOptions } from 'heddle';
import { type Design, on_cpus } from '../../../models/s390_pgtable/design.ts';
import type { State } from '../../../models/s390_pgtable/page.ts';
import { properties } from '../../../models/s390_pgtable/properties.ts';
import { v1_on_seed, v1_on_seed_with_mmdrop } from '../../../models/s390_pgtable/v1_on_seed.ts';
import { QUEUE } from '../_review.ts';
import { ONE_HALF_SCOPE, one_half, waits_after_exit } from './_one_half.ts';

const takes_lock: Expectation = {
  verdict: 'violated',
  object: /context\.lock/,
  known: 'its callback takes mm->context.lock: claim C21',
};

function drops(
  design: Design,
  callbacks: RcuOptions['callbacks'],
  claim: string,
  expected: Readonly<Record<string, Expectation>> = {},
): Check<State> {
  return check(on_cpus(design, { ...one_half, rcu: { callbacks } }), {
    claim,
    source: 'v1 of 28 May 2023 (message-id 6dd63b39-...); mmdrop_async(), kernel/fork.c, Linux 6.1',
    scope: ONE_HALF_SCOPE,
    properties: {
      'C4: __mmdrop() runs in task context': claimed(),
      ...properties('P7', 'free_mm', 'P12'),
      'a callback is to come when the tasks are gone': waits_after_exit(true),
    },
    expected: { LOCKDEP: takes_lock, ...expected },
  });
}

/** Claim C4, confirmed: the callback can hold the last reference, and it is a softirq. */
export default {
  c4_mmdrop: drops(
    v1_on_seed_with_mmdrop,
    'softirq',
    'C4: mmdrop() in pte_free_now() would run __mmdrop() in softirq',
    {
      C4: {
        verdict: 'violated',
        steps: ['mmgrab(mm)', QUEUE, 'mmdrop(mm) of all mm_users', 'mm, h = page->pt_mm'],
      },
    },
  ),
  c4_mmdrop_async: drops(
    v1_on_seed,
    'both',
    'C4: mmdrop_async() has it run on a kworker, and nobody else ever drops the last one in softirq',
  ),
};
