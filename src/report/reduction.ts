/** Which states a search left out because others stand for them, and how, in words. */
import type { Verdict } from '../search/verdict.ts';
import { counted, grouped } from './text.ts';

/** Words named, at most. */
const MOST_HELD = 6;

/** What was done and saved, what was told apart, and where schedules come from: a line each. */
export function reductionLines({ reduction }: Verdict): readonly string[] {
  if (reduction === undefined) return [];
  const { names, exchanged, order = 1, putOff, joined, retractions } = reduction;
  const { toldApart, held = [], unreduced, refused, missing } = reduction;
  const lines: string[] = [];
  if (refused !== undefined) lines.push(`not reduced: ${refused}`);
  if (names.length > 0) {
    const parts: string[] = [];
    if (exchanged !== undefined && names.includes('symmetry')) {
      const groups = exchanged.map((members) => `(${members})`).join(' and ');
      parts.push(`symmetry of ${groups}, one state for up to ${grouped(order)}`);
    }
    if (names.includes('transactions')) parts.push(`${counted(joined, 'step')} joined`);
    if (names.includes('stubborn')) parts.push(`moves put off in ${counted(putOff, 'state')}`);
    if (retractions > 0) parts.push(`${counted(retractions, 'assumption')} retracted`);
    lines.push(`reduced: ${parts.join('; ')}`);
  }
  if (toldApart !== undefined) lines.push(`not exchanged: ${toldApart.join('; ')}`);
  if (held.length > 0) {
    const more = held.length > MOST_HELD ? `; ${held.length - MOST_HELD} more` : '';
    lines.push(`touched by who holds: ${held.slice(0, MOST_HELD).join('; ')}${more}`);
  }
  if (unreduced !== undefined)
    lines.push(`schedules come from a search of the whole graph: ${counted(unreduced, 'state')}`);
  if (missing !== undefined) lines.push(missing);
  return lines;
}

/** `, all of them`, or what else the states of a verdict are. */
export function shareOf({ complete, reduction }: Verdict): string {
  if (!complete) return ' so far';
  return isReduced(reduction) ? ', which stand for all' : ', all of them';
}

function isReduced(reduction: Verdict['reduction']): boolean {
  return reduction !== undefined && reduction.names.length > 0;
}
