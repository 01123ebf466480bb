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
  NONE,
  no_report,
  type Property,
  possibly,
  rcu_head_is_queued,
  reachable,
  spin_is_locked,
  whenever,
} from 'heddle';
import {
  has,
  is_listed,
  is_rcu,
  listed,
  lock,
  MM,
  nodes_of,
  pgtable_list,
  type State,
} from './page.ts';

/** Whether `predicate` is true of every page that is allocated. */
export function every_page(
  s: State,
  predicate: (page: State['page'][number], index: number) => boolean,
): boolean {
  for (let index = 0; index < s.page.length; index += 1) {
    if (is_live(s.page[index]) && !predicate(s.page[index], index)) return false;
  }
  return true;
}

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
  P5: [
    'a page->rcu_head is queued once at a time',
    no_report('DEBUG_OBJECTS_RCU_HEAD', { kinds: ['double-call_rcu'] }),
  ],
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
  P8: ['a walker reads nothing but ptes', claimed()],
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
  P11: ['no page is freed while it is Active', claimed()],
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
    'the same, where tables are also deferred',
    reuse([
      'pte_free: table that nobody walks in',
      'free_pgtables: pmd_clear(pmd)',
      'retract_page_tables: pmdp_collapse_flush(vma, addr, pmd)',
    ]),
  ],
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

export function some_page(
  s: State,
  predicate: (page: State['page'][number], index: number) => boolean,
): boolean {
  return !every_page(s, (page, index) => !predicate(page, index));
}

const a_batch_waits = (s: State) => {
  for (const batch of s.batch) if (is_live(batch) && rcu_head_is_queued(batch.rcu)) return true;
  return false;
};

/** What a HOLDS must have seen to mean anything. */
const GOALS = {
  'both halves of a page are pending': reachable((s) =>
    some_page(s, ({ refcount }) => (refcount & 0x30) === 0x30),
  ),
  'a batch waits while both kinds of walker are under way': reachable(
    (s) => a_batch_waits(s) && walkers(s, is_rcu) > 0 && walkers(s, (w) => !is_rcu(w)) > 0,
  ),
  'two walkers are in the two halves of a page': reachable((s) =>
    some_page(s, (_page, i) => {
      const lower = walkers(s, ({ page, h }) => page === i && h === 0);
      return lower > 0 && walkers(s, ({ page, h }) => page === i && h === 1) > 0;
    }),
  ),
  'the fallback is used while a walker is inside': reachable(
    (s) => walkers(s, ({ how }) => how === 'rcu_fallback') > 0,
  ),
  'two pages are listed': reachable((s) => listed(s).length > 1),
  'a deferred page waits for its grace period while a walker is inside': reachable(
    (s) => walkers(s, () => true) > 0 && some_page(s, (page) => rcu_head_is_queued(page.rcu_head)),
  ),
  'a batch waits when the mm is gone': reachable((s) => !is_live(s.mm[MM]) && a_batch_waits(s)),
  'a deferred page waits when the mm is gone': reachable(
    (s) => !is_live(s.mm[MM]) && some_page(s, (page) => rcu_head_is_queued(page.rcu_head)),
  ),
} as const satisfies Readonly<Record<string, Property<State>>>;

export type Goal = keyof typeof GOALS;

/** These goals. */
export function goals(...names: readonly Goal[]): Record<string, Property<State>> {
  return Object.fromEntries(names.map((name) => [name, GOALS[name]]));
}
