/** Which reductions a search is to make. */
import { HeddleError } from '../../design/errors.ts';

export const REDUCTIONS = ['symmetry', 'transactions', 'stubborn'] as const;
export type Reduction = (typeof REDUCTIONS)[number];

/** `auto` has small graphs searched whole, and of large ones what a probe says pays; `none` has all searched whole. */
export type ReduceChoice = 'auto' | 'none' | readonly Reduction[];

/** @throws HeddleError `bad-check` for a reduction that does not exist. */
export function reductionsOf(choice: ReduceChoice): readonly Reduction[] {
  if (choice === 'none') return [];
  if (choice === 'auto') return REDUCTIONS;
  for (const one of choice) {
    if (!REDUCTIONS.includes(one))
      throw new HeddleError(
        'bad-check',
        `reduction ${String(one)}: there are ${REDUCTIONS.join(', ')}`,
      );
  }
  return choice;
}
