/** RCU (include/linux/rcupdate.h, kernel/rcu/tree.c, Linux 6.1), as semantics.md section 6 defines it. */
import type { Macro } from '../design/builder.ts';
import { intercepted, processor } from '../design/processor.ts';
import type { RcuHead, ViewOf } from '../design/schema.ts';
import { checkMaySleep, masking } from './context.ts';

type Head = ViewOf<RcuHead>;

/** `rcu_read_lock()`: nested, counted per context. A preemptible reader: an IPI does not wait for it. */
export const rcu_read_lock = masking('rcu_read_lock', 'rcu', 1);
/** `rcu_read_unlock()`: one too many is a report. */
export const rcu_read_unlock = masking('rcu_read_unlock', 'rcu', -1);

/**
 * `call_rcu(head, func)`: called inside a step. `func` is the name of a callback of the machine; it
 * gets the word of the head and runs after every reader that is inside a section now has left it.
 * Writes head->func, head->next and the tail of the CPU's list. On a head still queued
 * DEBUG_OBJECTS_RCU_HEAD reports; then either both callbacks are lost, as the debug kernel does,
 * or, with `rcu: { doubleQueue: 'real' }`, the list breaks as a production kernel's does. Left out:
 * lazy callbacks, expedited grace periods, callback overload.
 * @example b.step('call_rcu(&page->rcu_head, pte_free_now)', (s, l) => call_rcu(s.page[l.page].rcu_head,
 * 'pte_free_now'))
 */
export function call_rcu(head: Head, func: string): void {
  const waits = intercepted.by?.waits() ?? true;
  processor().callRcu(head, processor().functionWord(func), waits);
}

/** Whether a head is queued on some CPU; for properties and claims (what debug_objects knows). */
export function rcu_head_is_queued(head: Head): boolean {
  return processor().isQueued(head);
}

function wait(name: string, what: 'readers' | 'callbacks', label: string): Macro<void> {
  return {
    kind: 'macro',
    name,
    expand: () => [
      {
        kind: 'step',
        form: 'step',
        label: `${label} begins`,
        core: true,
        uses: [what],
        effect: () => {
          checkMaySleep(name);
          processor().beginWait(what);
        },
        place: {},
      },
      {
        kind: 'step',
        form: 'until',
        label: `${label} over`,
        core: true,
        guard: () => processor().waitOver(what),
        place: {},
      },
    ],
  };
}

/**
 * `synchronize_rcu()`: waits for every reader inside now. Two steps: begin, over. Reports where the
 * caller must not sleep.
 */
export const synchronize_rcu = wait('synchronize_rcu', 'readers', 'grace period');
/** `rcu_barrier()`: waits until every callback queued now has run. Two steps. */
export const rcu_barrier = wait('rcu_barrier', 'callbacks', 'rcu_barrier');
