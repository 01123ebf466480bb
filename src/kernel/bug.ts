/** BUG_ON, WARN_ON (include/asm-generic/bug.h) and claims. */
import { accesses, processor } from '../design/processor.ts';

/** `BUG_ON(condition)`: fatal where the condition holds. `text` is what the report shows. */
export function BUG_ON(condition: boolean, text = 'BUG_ON'): void {
  if (condition) processor().report('BUG_ON', 'bug-on', '', `BUG_ON(${text})`);
}

/**
 * `WARN_ON(condition)`: a soft finding where the condition holds; returns the condition, as the
 * kernel's does.
 */
export function WARN_ON(condition: boolean, text = 'WARN_ON'): boolean {
  if (condition) processor().report('WARN_ON', 'warn-on', '', `WARN_ON(${text})`);
  return condition;
}

/** `WARN_ON_ONCE(condition)`: as `WARN_ON`; 'once' has no meaning where every schedule is looked at. */
export const WARN_ON_ONCE = WARN_ON;

/**
 * Evaluates the property `id` here, in the middle of a schedule: it is violated where `holds` is
 * false. The check declares it with `claimed()`. A claim may read ghosts and any field; it changes
 * nothing. Where it reads shared fields give it as a function: what that reads is no access of the
 * step.
 * @example claim('P8', () => s.page[l.page].refcount !== 0)
 */
export function claim(id: string, holds: boolean | (() => boolean)): void {
  if (typeof holds === 'boolean') {
    processor().claim(id, holds);
    return;
  }
  const mark = accesses.count;
  const answer = holds();
  accesses.count = mark;
  processor().claim(id, answer);
}
