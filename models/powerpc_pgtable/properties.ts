/**
 * What must be true of every design, in the kernel's terms; the ids are those of the review matrix.
 * P1, P3, P6, P7 and P14 do not apply: there is no pending bit, no list of free fragments, nothing
 * shares words with rcu_head, no callback uses the mm, and no fragment is ever handed out again.
 */
import { at_rest, claimed, is_live, NULL, no_report, type Property, reachable } from 'heddle';
import { is_rcu } from '../pgtable/page.ts';
import {
  a_batch_waits,
  a_page_waits,
  COMMON,
  COMMON_GOALS,
  goals_of,
  properties_of,
  type Sentences,
  some_page,
  two_tables_walked,
  walkers,
} from '../pgtable/properties.ts';
import { has } from '../pgtable/sets.ts';
import { fragment_address, type State } from './page.ts';

/** How many fragments of a page the client has. */
function owned_of(s: State, page: number): number {
  let count = 0;
  for (let h = 0; h < s.owned.length; h += 1) if (has(s.owned[h], page)) count += 1;
  return count;
}

/** How many fragments of a page are handed out, whoever has them. */
function handed_of(s: State, page: number): number {
  let count = 0;
  for (let h = 0; h < s.handed.length; h += 1) if (has(s.handed[h], page)) count += 1;
  return count;
}

/** How many fragments of a page mm->context.pte_frag keeps for later. */
function kept_of(s: State, page: number): number {
  const { pte_frag } = s.mm.context;
  if (pte_frag === NULL) return 0;
  for (let h = 0; h < s.owned.length; h += 1) {
    if (pte_frag === fragment_address(s, page, h)) return s.owned.length - h;
  }
  return 0;
}

/** All properties by id, each with its sentence. */
const PROPERTIES = {
  ...COMMON,
  P2: ['a page is freed once, with no fragment in use', claimed()],
  P2_access: [
    'nothing touches a freed page',
    no_report('KASAN', { kinds: ['use-after-free', 'double-free'] }),
  ],
  P4: ['no fragment of a page is handed out twice', claimed()],
  P9_irq: ['no page is freed under a walker with interrupts off', claimed()],
  P9_rcu_batched: [
    'no page is freed under a walker in rcu_read_lock, if its table was deferred or in a batch',
    claimed(),
  ],
  P9_rcu_fallback: [
    'no page is freed under a walker in rcu_read_lock, if no page for a batch was to be had',
    claimed(),
  ],
  P10: ["none of the design's own BUG_ON fires", no_report(['BUG_ON', 'WARN_ON'])],
  P12: [
    'at rest pt_frag_refcount says how many fragments are in use or kept for later, and is not 0',
    at_rest((s) => {
      return !some_page(s, ({ pt_frag_refcount }, page) => {
        return pt_frag_refcount === 0 || pt_frag_refcount !== owned_of(s, page) + kept_of(s, page);
      });
    }),
  ],
  P12_page: [
    'at rest every page is in use',
    at_rest((s) => !some_page(s, (_page, index) => owned_of(s, index) === 0)),
  ],
  P13: ['no lock is taken in softirq and elsewhere with softirqs on', no_report('LOCKDEP')],
} as const satisfies Sentences<State>;

export type Id = keyof typeof PROPERTIES;

/** The properties of these ids, named as a check wants them. */
export const properties = properties_of<State, Id>(PROPERTIES);

/** What a HOLDS must have seen to mean anything. */
const GOALS = {
  ...COMMON_GOALS,
  'a batch waits while a walker is inside': reachable((s) => a_batch_waits(s) && walkers(s) > 0),
  'a deferred page waits for its grace period while a walker with interrupts off is inside':
    reachable((s) => a_page_waits(s) && walkers(s, (one) => !is_rcu(one)) > 0),
  'a deferred page waits for its grace period while a walker in rcu_read_lock is inside': reachable(
    (s) => a_page_waits(s) && walkers(s, is_rcu) > 0,
  ),
  'both kinds of walker are in two fragments of a page': reachable(
    (s) => walkers(s, is_rcu) > 0 && walkers(s, (one) => !is_rcu(one)) > 0 && two_tables_walked(s),
  ),
  'a page and a batch wait': reachable((s) => a_page_waits(s) && a_batch_waits(s)),
  'all fragments of all pages are in use': reachable((s) => {
    for (let page = 0; page < s.page.length; page += 1) {
      if (!is_live(s.page[page]) || handed_of(s, page) < s.handed.length) return false;
    }
    return true;
  }),
  'a page was allocated for one fragment': reachable((s) => {
    return some_page(s, (page, index) => {
      const only = has(s.owned[0], index) && !has(s.handed[1], index);
      return only && page.pt_frag_refcount === 1 && kept_of(s, index) === 0;
    });
  }),
  'a mm exits while a deferred page waits and somebody walks': reachable(
    (s) => s.exiting && a_page_waits(s) && walkers(s, is_rcu) > 0,
  ),
} as const satisfies Readonly<Record<string, Property<State>>>;

export type Goal = keyof typeof GOALS;

export const goals = goals_of<State, Goal>(GOALS);
