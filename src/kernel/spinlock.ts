/**
 * Spinlocks (include/linux/spinlock.h, Linux 6.1). Left out: fairness (any waiter may win), lockdep
 * subclasses, PREEMPT_RT's sleeping form.
 */
import type { Macro } from '../design/builder.ts';
import { accesses, foldAtomic, markSince, processor } from '../design/processor.ts';
import type { StepNode } from '../design/program.ts';
import { NONE, type Spinlock, type ViewOf } from '../design/schema.ts';
import { maskStep } from './context.ts';

type Lock = ViewOf<Spinlock>;
// biome-ignore lint/suspicious/noExplicitAny: a kernel word is written for every state.
type Target = (s: any, l: any, ctx: any) => Lock;

function self(): number {
  const { cpu, context } = processor().context;
  return cpu * 3 + (context === 'task' ? 0 : context === 'softirq' ? 1 : 2);
}

/** The lock's word is accessed atomically by all but `spin_lock_init`. */
function ownerOf(lock: Lock): number {
  const mark = accesses.count;
  const owner = lock.owner;
  markSince(mark);
  return owner;
}

function setOwner(lock: Lock, owner: number): void {
  const mark = accesses.count;
  lock.owner = owner;
  markSince(mark);
}

function isFree(lock: Lock): boolean {
  const owner = ownerOf(lock);
  if (owner !== NONE && Math.floor(owner / 3) === processor().context.cpu) {
    processor().report(
      'LOCKDEP',
      'self-deadlock',
      lock.$path,
      `${processor().describeContext(self())} waits for ${lock.$path}, which ${processor().describeContext(owner)} holds on the same CPU`,
    );
  }
  if (owner !== NONE) processor().blockedOn(owner);
  return owner === NONE;
}

function give(lock: Lock): void {
  const owner = ownerOf(lock);
  if (owner === NONE || owner !== self()) {
    const holder = owner === NONE ? 'nobody' : processor().describeContext(owner);
    processor().report(
      'LOCKDEP',
      'unlock-by-other',
      lock.$path,
      `${processor().describeContext(self())} unlocks ${lock.$path}, which ${holder} holds`,
    );
  }
  setOwner(lock, NONE);
}

function take(target: Target): StepNode {
  return {
    kind: 'step',
    form: 'until',
    label: 'take lock',
    guard: (s, l, ctx) => isFree(target(s, l, ctx)),
    effect: (s, l, ctx) => {
      setOwner(target(s, l, ctx), self());
    },
    core: true,
    uses: ['lock'],
    place: {},
  };
}

function release(target: Target): StepNode {
  return {
    kind: 'step',
    form: 'step',
    label: 'release lock',
    effect: (s, l, ctx) => give(target(s, l, ctx)),
    core: true,
    uses: ['lock'],
    place: {},
  };
}

/** `spin_lock()`: blocks until free, then takes it; one step. Softirqs and interrupts stay on. */
export const spin_lock: Macro<Lock> = {
  kind: 'macro',
  name: 'spin_lock',
  expand: (_b, target) => [take(target)],
};

/** `spin_unlock()`: one step. */
export const spin_unlock: Macro<Lock> = {
  kind: 'macro',
  name: 'spin_unlock',
  expand: (_b, target) => [release(target)],
};

/** `spin_lock_bh()`: softirqs off, then the lock; two steps, so a waiter has softirqs off. */
export const spin_lock_bh: Macro<Lock> = {
  kind: 'macro',
  name: 'spin_lock_bh',
  expand: (_b, target) => [maskStep('softirqs off', 'bh', 1), take(target)],
};

/** `spin_unlock_bh()`: the lock, then softirqs on; two steps. */
export const spin_unlock_bh: Macro<Lock> = {
  kind: 'macro',
  name: 'spin_unlock_bh',
  expand: (_b, target) => [release(target), maskStep('softirqs on', 'bh', -1)],
};

/** `spin_lock_irqsave()`: interrupts off, then the lock; two steps. */
export const spin_lock_irqsave: Macro<Lock> = {
  kind: 'macro',
  name: 'spin_lock_irqsave',
  expand: (_b, target) => [maskStep('interrupts off', 'irq', 1), take(target)],
};

/** `spin_unlock_irqrestore()`: the lock, then interrupts on; two steps. */
export const spin_unlock_irqrestore: Macro<Lock> = {
  kind: 'macro',
  name: 'spin_unlock_irqrestore',
  expand: (_b, target) => [release(target), maskStep('interrupts on', 'irq', -1)],
};

/** `spin_lock_init()`: needed for a lock in an allocated object before anybody takes it. */
export function spin_lock_init(lock: Lock): void {
  lock.owner = NONE;
}

/**
 * `spin_trylock()`: called inside a step; takes the lock iff it is free and says whether it did.
 * One access.
 */
export function spin_trylock(lock: Lock): boolean {
  const mark = accesses.count;
  const free = lock.owner === NONE;
  if (free) lock.owner = self();
  foldAtomic(mark);
  return free;
}

/** `spin_is_locked()`: a property may ask too. */
export function spin_is_locked(lock: Lock): boolean {
  return ownerOf(lock) !== NONE;
}
