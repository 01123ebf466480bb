/** What is known of addresses beyond their alignment: the low bits of those in arrays that say where they lie. */
import { HeddleError } from '../design/errors.ts';
import { ADDRESS_STEP } from '../design/processor.ts';
import type { Cell, ViewPlan } from './layout.ts';

/** The bits of an address under `mask` are those of `value`. */
export interface Place {
  readonly mask: number;
  readonly value: number;
}

/** All that is known of an address otherwise. */
export const ALIGNED: Place = { mask: ADDRESS_STEP - 1, value: 0 };

/** Notes the places of an array's cells, by cell, if it says where it lies. */
export function notePlaces(plan: ViewPlan, places: Map<number, Place>): void {
  if (plan.type.kind !== 'array' || plan.type.placed === undefined) return;
  const { bytes, aligned } = plan.type.placed;
  for (const [index, member] of plan.members) {
    const first = 'type' in member ? member.cell : plan.cell + member.cell;
    for (const cell of 'type' in member ? cellsOf(member) : [first]) {
      const value = (Number(index) * bytes + (cell - first) * ADDRESS_STEP) % aligned;
      places.set(cell, { mask: aligned - 1, value });
    }
  }
}

/**
 * Words of 8 bytes each, one after the other: only so is it known where each lies.
 * @throws HeddleError `bad-schema` for other cells, or for more than fit.
 */
export function mustBeWords(cells: readonly Cell[], bytes: number, name: string): void {
  const words = cells.every(({ codec }) => codec.kind === 'word');
  if (words && cells.length * ADDRESS_STEP <= bytes) return;
  throw new HeddleError(
    'bad-schema',
    `${name} is not made of words that fit into ${bytes} bytes, so where they lie is not known`,
  );
}

/** The cells of a view and of all that it holds. */
function cellsOf(plan: ViewPlan): number[] {
  return [...plan.members.values()].flatMap((member) =>
    'type' in member ? cellsOf(member) : [plan.cell + member.cell],
  );
}
