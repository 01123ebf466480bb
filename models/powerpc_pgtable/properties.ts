/**
 * What must be true of every design, in the kernel's terms; the ids are those of the review matrix.
 * P1, P3, P6, P7 and P14 do not apply: there is no pending bit, no list of free fragments, nothing
 * shares words with rcu_head, no callback uses the mm, and no fragment is ever handed out again.
 */
import {
  at_rest,
  claimed,
  is_live,
  NONE,
  NULL,
  no_report,
  type Property,
  rcu_head_is_queued,
  reachable,
} from 'heddle';
import { fragment_address, has, type State } from './page.ts';

/** Whether `predicate` is true of some page that is allocated. */
function some_page(
  s: State,
  predicate: (page: State['page'][number], index: number) => boolean,
): boolean {
  for (let index = 0; index < s.page.length; index += 1) {
    if (is_live(s.page[index]) && predicate(s.page[index], index)) return true;
  }
  return false;
}

/** How many fragments of a page the client has. */
function owned_of(s: State, page: number): number {
  let count = 0;
  for (let h = 0; h < s.owned.length; h += 1) if (has(s.owned[h], page)) count += 1;
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
  P2: ['a page is freed once, with no fragment in use', claimed()],
  P2_access: [
    'nothing touches a freed page',
    no_report('KASAN', { kinds: ['use-after-free', 'double-free'] }),
  ],
  P4: ['no fragment of a page is handed out twice', claimed()],
  P5: [
    'a page->rcu_head is queued once at a time',
    no_report('DEBUG_OBJECTS_RCU_HEAD', { kinds: ['double-call_rcu'] }),
  ],
  P8: ['a walker reads nothing but ptes', claimed()],
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
  P11: ['no page is freed while it is Active', claimed()],
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
} as const satisfies Readonly<Record<string, readonly [string, Property<State>]>>;

export type Id = keyof typeof PROPERTIES;

/** The properties of these ids, named as a check wants them. */
export function properties(...ids: readonly Id[]): Record<string, Property<State>> {
  return Object.fromEntries(
    ids.map((id) => {
      const [sentence, property] = PROPERTIES[id];
      return [`${id}: ${sentence}`, property as Property<State>];
    }),
  );
}

function walkers(s: State, predicate: (walker: State['inside'][number]) => boolean): number {
  let count = 0;
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    if (s.inside[cpu].page !== NONE && predicate(s.inside[cpu])) count += 1;
  }
  return count;
}

function both_kinds_walk(s: State): boolean {
  return walkers(s, (one) => one.rcu) > 0 && walkers(s, (one) => !one.rcu) > 0;
}

function a_batch_waits(s: State): boolean {
  for (const batch of s.batch) if (is_live(batch) && rcu_head_is_queued(batch.rcu)) return true;
  return false;
}

function a_page_waits(s: State): boolean {
  return some_page(s, ({ rcu_head }) => rcu_head_is_queued(rcu_head));
}

/** What a HOLDS must have seen to mean anything. */
const GOALS = {
  'a batch waits while a walker is inside': reachable(
    (s) => a_batch_waits(s) && walkers(s, () => true) > 0,
  ),
  'the fallback is used while a walker is inside': reachable(
    (s) => walkers(s, ({ fallback }) => fallback) > 0,
  ),
  'a deferred page waits for its grace period while a walker with interrupts off is inside':
    reachable((s) => a_page_waits(s) && walkers(s, ({ rcu }) => !rcu) > 0),
  'a deferred page waits for its grace period while a walker in rcu_read_lock is inside': reachable(
    (s) => a_page_waits(s) && walkers(s, ({ rcu }) => rcu) > 0,
  ),
  'both kinds of walker are in two fragments of a page': reachable(
    (s) =>
      both_kinds_walk(s) &&
      some_page(s, (_page, index) => {
        const first = walkers(s, ({ page, h }) => page === index && h === 0);
        return first > 0 && walkers(s, ({ page, h }) => page === index && h === 1) > 0;
      }),
  ),
  'a page and a batch wait': reachable((s) => a_page_waits(s) && a_batch_waits(s)),
  'two pages are in use': reachable(
    (s) => some_page(s, (_page, index) => index > 0) && some_page(s, (_page, index) => index === 0),
  ),
  'a page was allocated for one fragment': reachable((s) => {
    return some_page(s, (page, index) => {
      const only = has(s.owned[0], index) && !has(s.handed[1], index);
      return only && page.pt_frag_refcount === 1 && kept_of(s, index) === 0;
    });
  }),
  'a mm exits while a deferred page waits and somebody walks': reachable(
    (s) => s.exiting && a_page_waits(s) && walkers(s, ({ rcu }) => rcu) > 0,
  ),
} as const satisfies Readonly<Record<string, Property<State>>>;

export type Goal = keyof typeof GOALS;

export function goals(...names: readonly Goal[]): Record<string, Property<State>> {
  return Object.fromEntries(names.map((name) => [name, GOALS[name]]));
}
