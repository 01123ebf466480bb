/**
 * Lock orders and contexts over all moves of all schedules, decided at the end: nothing of it is in a state (semantics.md
 * section 7). Every lock is a class of its own here.
 */
import type { Code, ContextName, State } from './state.ts';
import { nesting } from './state.ts';

type Handler = 'softirq' | 'hardirq';

export class Lockdep {
  /** `held>taken`: the second was waited for with the first held by the same context. */
  private readonly orders = new Set<string>();
  /** `softirq lock`: taken there. */
  private readonly takenIn = new Set<string>();
  /** `softirq lock`: held where a softirq could come on top. */
  private readonly heldOpen = new Set<string>();
  private readonly code: Code;

  constructor(code: Code) {
    this.code = code;
  }

  /** Looks at a move of a context; `waited` where it was of the kind that waits, and not a trylock. */
  record(before: State, after: State, cpu: number, context: ContextName, waited: boolean): void {
    const self = `${cpu}.${context}`;
    const had = before.locks.flatMap((owner, lock) => (owner === self ? [lock] : []));
    const has = after.locks.flatMap((owner, lock) => (owner === self ? [lock] : []));
    const mayCome = handlersThatMayCome(after, cpu, context);
    for (const lock of has) {
      for (const handler of mayCome) this.heldOpen.add(`${handler} ${lock}`);
      if (had.includes(lock)) continue;
      if (waited) for (const held of had) this.orders.add(`${held}>${lock}`);
      // An offloaded callback runs in a thread and interrupts nobody.
      if (context !== 'task' && cpu !== this.code.rcuo) this.takenIn.add(`${context} ${lock}`);
    }
  }

  /** What is wrong with all that was seen. */
  decide(): string[] {
    const { locks } = this.code.program;
    const all = Array.from({ length: locks }, (_, lock) => lock);
    const hasCycle = all.some((lock) => this.after(lock).includes(lock));
    return [
      ...(hasCycle ? ['LOCKDEP lock-order-cycle'] : []),
      ...(['softirq', 'hardirq'] as const).flatMap((handler) => this.unsafe(handler, all)),
    ];
  }

  /** Locks taken in a handler while it, or something taken inside it, is held where that handler may come. */
  private unsafe(handler: Handler, all: readonly number[]): string[] {
    const inHandler = all.filter((lock) => this.takenIn.has(`${handler} ${lock}`));
    const isOpen = (lock: number) => this.heldOpen.has(`${handler} ${lock}`);
    const itself = inHandler.some(isOpen);
    const byOrder = inHandler.some((lock) => !isOpen(lock) && this.after(lock).some(isOpen));
    return [
      ...(itself ? [`LOCKDEP ${handler}-unsafe`] : []),
      ...(byOrder ? [`LOCKDEP ${handler}-safe-to-unsafe`] : []),
    ];
  }

  /** All locks that are waited for with this one held, directly or through others. */
  private after(lock: number): number[] {
    const found = new Set<number>([]);
    const queue = [lock];
    for (const one of queue) {
      for (const order of this.orders) {
        const [held, taken] = order.split('>').map(Number);
        if (held !== one || found.has(taken)) continue;
        found.add(taken);
        queue.push(taken);
      }
    }
    return [...found];
  }
}

function handlersThatMayCome(state: State, cpu: number, context: ContextName): Handler[] {
  const one = state.cpus[cpu];
  if (context === 'hardirq' || nesting(one, 'irq', context) > 0) return [];
  return context === 'softirq' || nesting(one, 'bh', context) > 0
    ? ['hardirq']
    : ['softirq', 'hardirq'];
}

/** Decided over all schedules: their place in `found` says nothing about steps. */
export const collected = [
  'LOCKDEP lock-order-cycle',
  'LOCKDEP softirq-unsafe',
  'LOCKDEP softirq-safe-to-unsafe',
  'LOCKDEP hardirq-unsafe',
  'LOCKDEP hardirq-safe-to-unsafe',
];
