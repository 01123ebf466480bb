/**
 * What must be true of every design, in the kernel's terms; the ids are those of the review matrix.
 */
import {
  address_of,
  always,
  at_rest,
  claimed,
  is_live,
  list_contains,
  list_is_well_formed,
  list_walk,
  no_report,
  PageActive,
  type Property,
  possibly,
  rcu_head_is_queued,
  reachable,
  spin_is_locked,
  whenever,
} from 'heddle';
import { is_rcu } from '../pgtable/page.ts';
import {
  a_batch_waits,
  a_page_waits,
  COMMON,
  COMMON_GOALS,
  every_page,
  goals_of,
  properties_of,
  type Sentences,
  some_page,
  two_tables_walked,
  walkers,
} from '../pgtable/properties.ts';
import { has } from '../pgtable/sets.ts';
import { is_listed, listed, lock, MM, nodes_of, pgtable_list, type State } from './page.ts';

/** No lock under which lists change is held; with no mm left there is no list either. */
export const lock_is_free = (s: State) =>
  is_live(s.mm[MM]) && !spin_is_locked(lock(s)) && !spin_is_locked(s.mm_pgtable_list_lock);

/**
 * The list can be followed both ways, and a page is on it once, and then has one half that is
 * allocated.
 */
function list_is_right(s: State): boolean {
  const list = pgtable_list(s);
  if (list.next === address_of(list)) return list.prev === list.next;
  if (!list_is_well_formed(list)) return false;
  const nodes = list_walk(list);
  return every_page(s, (page, index) => {
    const listed = nodes_of(s, index, nodes);
    const allocated = page.refcount & 3;
    return listed === 0 || (listed === 1 && (allocated === 1 || allocated === 2));
  });
}

/** The byte of a page when nothing is under way: a bit for each table that the client has. */
function byte_of_owned(s: State, page: number): number {
  const lower = has(s.owned[0] | s.kept[0], page) ? 1 : 0;
  const upper = has(s.owned[1] | s.kept[1], page) ? 2 : 0;
  return lower | upper;
}

/**
 * P14, for two pages: what can be handed out again is, by some continuation of allocations,
 * callbacks and operations already begun, `without` beginning to free any table.
 */
function reuse(without: readonly string[]): Property<State> {
  return possibly({
    each: [
      'lower half of page[0]',
      'upper half of page[0]',
      'lower half of page[1]',
      'upper half of page[1]',
    ],
    from: (s, k) => is_reusable(s, k >>> 1, k & 1),
    to: (s, k) => has(s.handed[k & 1], k >>> 1),
    without,
  });
}

/** The half is free and not pending, its page is listed, and the client has the other half. */
function is_reusable(s: State, page: number, h: number): boolean {
  if (page >= s.page.length || !is_live(s.page[page])) return false;
  if (!has(s.owned[1 - h] | s.kept[1 - h], page)) return false;
  return (s.page[page].refcount & (0x15 << h)) === 0 && is_listed(s, page);
}

/** For designs with one table to a page, in place of P12. */
export const P12_WHOLE = {
  'P12: at rest every page is a table in use': at_rest<State>((s) =>
    every_page(s, (_page, index) => has(s.owned[0] | s.kept[0], index)),
  ),
};

/** All properties by id, each with its sentence. */
const PROPERTIES = {
  ...COMMON,
  P1: [
    'no half is allocated and pending at once',
    always((s) => every_page(s, ({ refcount }) => (refcount & (refcount >>> 4) & 3) === 0)),
  ],
  P2: ['a page is freed once, with byte 0 and on no list', claimed()],
  P2_access: [
    'nothing touches a freed page',
    no_report('KASAN', { kinds: ['use-after-free', 'double-free'], object: /^(?!mm\b)/ }),
  ],
  P3: ['the list is whole at every unlock', whenever(lock_is_free, list_is_right)],
  P3_lock: ['the list changes under mm->context.lock only', claimed()],
  P3_list: ['no list operation meets a corrupt list', no_report('DEBUG_LIST')],
  P4: ['no half is handed out while it is allocated', claimed()],
  P6: [
    'page->lru is not written while page->rcu_head is queued',
    no_report('DEBUG_OBJECTS_RCU_HEAD', { kinds: ['store-to-queued-head'] }),
  ],
  P6_linked: [
    'page->rcu_head is not queued while page->lru is listed',
    always((s) =>
      every_page(s, ({ rcu_head, lru }) => {
        return (
          !rcu_head_is_queued(rcu_head) ||
          !is_live(s.mm[MM]) ||
          !list_contains(pgtable_list(s), lru)
        );
      }),
    ),
  ],
  P7: [
    'nothing touches a freed mm',
    no_report('KASAN', { kinds: ['use-after-free', 'double-free'], object: /^mm\b/ }),
  ],
  free_mm: ['a mm is freed with its list empty and its lock free', claimed()],
  free_mm_at_exit: [
    'when all tasks have exited the mm is gone, and all its tables with it',
    at_rest((s) => !is_live(s.mm[MM]) && every_page(s, () => false)),
  ],
  P9_irq: ['no table changes hands under a walker with interrupts off', claimed()],
  P9_rcu_batched: [
    'no table changes hands under a walker in rcu_read_lock, if its freeing waits for readers',
    claimed(),
  ],
  P9_rcu_fallback: [
    'no table changes hands under a walker in rcu_read_lock, if no page for a batch was to be had',
    claimed(),
  ],
  W_hw: ['no table changes hands while the hardware may still walk it', claimed()],
  P10: ["none of the design's own BUG_ON and WARN_ON fires", no_report(['BUG_ON', 'WARN_ON'])],
  P12: [
    'at rest the byte says which tables are in use, and a page without any is freed',
    at_rest((s) =>
      every_page(s, ({ refcount }, i) => {
        // An H bit may outlive its half: with no half left the page has to go nevertheless.
        const byte = refcount & 0x33;
        return byte !== 0 && byte === byte_of_owned(s, i);
      }),
    ),
  ],
  P13: [
    'no lock is taken in softirq and held elsewhere with softirqs on',
    no_report('LOCKDEP', { kinds: ['softirq-unsafe', 'self-deadlock'] }),
  ],
  P14: [
    'a listed half that is free and no longer pending can still be handed out while its buddy is in use',
    reuse(['pte_free: table that nobody walks in', 'free_pgtables: pmd_clear(pmd)']),
  ],
  P14_defer: [
    'a listed half that is free and no longer pending can still be handed out while its buddy is in use, whatever was deferred',
    reuse([
      'pte_free: table that nobody walks in',
      'free_pgtables: pmd_clear(pmd)',
      'retract_page_tables: pmdp_collapse_flush(vma, addr, pmd)',
    ]),
  ],
  P14_listed: [
    'at rest a page with a half to spare is listed, unless a half of it was deferred',
    at_rest((s) =>
      every_page(s, (page, index) => {
        const allocated = page.refcount & 3;
        const has_spare = allocated === 1 || allocated === 2;
        // V3 marks the page, the designs of June the half.
        const was_deferred = PageActive(page) || (page.refcount & 0x0c) !== 0;
        return !has_spare || was_deferred || is_listed(s, index);
      }),
    ),
  ],
} as const satisfies Sentences<State>;

export type Id = keyof typeof PROPERTIES;

/** The properties of these ids, named as a check wants them. */
export const properties = properties_of<State, Id>(PROPERTIES);

/** What a HOLDS must have seen to mean anything. */
const GOALS = {
  ...COMMON_GOALS,
  'both halves of a page are pending': reachable((s) =>
    some_page(s, ({ refcount }) => (refcount & 0x30) === 0x30),
  ),
  'a batch waits while both kinds of walker are under way': reachable(
    (s) => a_batch_waits(s) && walkers(s, is_rcu) > 0 && walkers(s, (w) => !is_rcu(w)) > 0,
  ),
  'two walkers are in the two halves of a page': reachable(two_tables_walked),
  'the hardware is in a table that was unmapped': reachable(
    (s) => walkers(s, ({ how, page, h }) => how === 'hardware' && !has(s.owned[h], page)) > 0,
  ),
  'two pages are listed': reachable((s) => listed(s).length > 1),
  'a deferred page waits for its grace period while a walker is inside': reachable(
    (s) => walkers(s) > 0 && a_page_waits(s),
  ),
  'a batch waits when the mm is gone': reachable((s) => !is_live(s.mm[MM]) && a_batch_waits(s)),
  'a deferred page waits when the mm is gone': reachable(
    (s) => !is_live(s.mm[MM]) && a_page_waits(s),
  ),
} as const satisfies Readonly<Record<string, Property<State>>>;

export type Goal = keyof typeof GOALS;

/** These goals. */
export const goals = goals_of<State, Goal>(GOALS);
