/** What is true of every design of every architecture, and what properties and goals are made of. */
import {
  claimed,
  is_live,
  NONE,
  no_report,
  type Property,
  rcu_head_is_queued,
  reachable,
} from 'heddle';
import type { State } from './page.ts';

type Page<S extends State> = (page: S['page'][number], index: number) => boolean;

/** Whether `predicate` is true of some page that is allocated. */
export function some_page<S extends State>(s: S, predicate: Page<S>): boolean {
  for (let index = 0; index < s.page.length; index += 1) {
    if (is_live(s.page[index]) && predicate(s.page[index], index)) return true;
  }
  return false;
}

/** Whether `predicate` is true of every page that is allocated. */
export function every_page<S extends State>(s: S, predicate: Page<S>): boolean {
  return !some_page(s, (page, index) => !predicate(page, index));
}

/** How many walkers are inside a table. */
export function walkers(
  s: State,
  predicate: (walker: State['inside'][number]) => boolean = () => true,
): number {
  let count = 0;
  for (let cpu = 0; cpu < s.inside.length; cpu += 1) {
    if (s.inside[cpu].page !== NONE && predicate(s.inside[cpu])) count += 1;
  }
  return count;
}

/** Whether walkers are in the first two tables of one page. */
export function two_tables_walked(s: State): boolean {
  return some_page(s, (_page, index) => {
    const first = walkers(s, ({ page, h }) => page === index && h === 0);
    return first > 0 && walkers(s, ({ page, h }) => page === index && h === 1) > 0;
  });
}

export function a_batch_waits(s: State): boolean {
  for (const batch of s.batch) if (is_live(batch) && rcu_head_is_queued(batch.rcu)) return true;
  return false;
}

export function a_page_waits(s: State): boolean {
  return some_page(s, ({ rcu_head }) => rcu_head_is_queued(rcu_head));
}

/** Properties by id, each with its sentence. */
export type Sentences<S> = Readonly<Record<string, readonly [string, Property<S>]>>;

/** These are the same to the word in all architectures. */
export const COMMON = {
  P5: [
    'a page->rcu_head is queued once at a time',
    no_report('DEBUG_OBJECTS_RCU_HEAD', { kinds: ['double-call_rcu'] }),
  ],
  P8: ['a walker reads nothing but ptes', claimed()],
  P11: ['no page is freed while it is Active', claimed()],
} as const satisfies Sentences<State>;

/** Goals that are the same to the word in all architectures. */
export const COMMON_GOALS = {
  'the fallback is used while a walker is inside': reachable<State>(
    (s) => walkers(s, ({ how }) => how === 'rcu_fallback') > 0,
  ),
  'two pages are in use': reachable<State>(
    (s) => some_page(s, (_page, index) => index > 0) && some_page(s, (_page, index) => index === 0),
  ),
} as const;

/** The properties of some ids, named as a check wants them. */
export function properties_of<S, I extends string>(
  all: Readonly<Record<I, readonly [string, Property<S>]>>,
) {
  return (...ids: readonly I[]): Record<string, Property<S>> =>
    Object.fromEntries(
      ids.map((id) => {
        const [sentence, property] = all[id];
        return [`${id}: ${sentence}`, property];
      }),
    );
}

/** Some goals, by name. */
export function goals_of<S, G extends string>(all: Readonly<Record<G, Property<S>>>) {
  return (...names: readonly G[]): Record<string, Property<S>> =>
    Object.fromEntries(names.map((name) => [name, all[name]]));
}
