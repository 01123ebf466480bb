/** The moves that were possible at a point of a schedule, as lines: who, which step, and what it leads to. */
import { propertyId } from '../design/check.ts';
import { laneName } from '../replay/trace.ts';
import type { Alternative, Prospect } from '../search/alternatives.ts';
import { ascii, counted, cut, type Paint, plain, type Style, wrap } from './text.ts';

/** An alternative of which it may not be known yet what it leads to. */
export type Possible = Omit<Alternative, 'leadsTo'> & { readonly leadsTo?: Prospect | undefined };

export interface AlternativesOptions {
  /** Columns; default 72. Below 40 counts as 40. */
  readonly width?: number | undefined;
  /** What stands in front: the number to type, or the move as schedules write it; default `move`. */
  readonly by?: 'number' | 'move' | undefined;
  /** The move that the schedule at hand goes on with: it gets a `*`. */
  readonly taken?: string | undefined;
  readonly paint?: Paint | undefined;
}

/** The widest that the column of what moves lead to may be, as a share of all. */
const PROSPECT_SHARE = 0.4;

/**
 * A line or more for each move, in the order given, and below them what the words mean. ASCII, no line longer than the width.
 * @example renderAlternatives(['CPU0', 'CPU1'], alternativesAt(unsafe, { schedule: '0.1x2' }))
 */
export function renderAlternatives(
  cpus: readonly string[],
  all: readonly Possible[],
  options: AlternativesOptions = {},
): string {
  return [...alternativeLines(cpus, all, options).flat(), ...meaningLines(all, options)].join('\n');
}

/** The lines of each move. */
export function alternativeLines(
  cpus: readonly string[],
  all: readonly Possible[],
  options: AlternativesOptions = {},
): readonly (readonly string[])[] {
  const { by = 'move', taken, paint = plain } = options;
  const width = widthOf(options);
  const keys = all.map(({ move }, at) => (by === 'number' ? `${at + 1}` : move));
  const whos = all.map((one) => whoOf(cpus, one));
  const ends = all.map((one) => prospectOf(one));
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(({ length }) => length));
  const keyWidth = widest(keys);
  const whoWidth = Math.min(widest(whos), 16);
  const endWidth = Math.min(widest(ends), Math.floor(width * PROSPECT_SHARE));
  const stepWidth = width - 2 - keyWidth - 2 - whoWidth - 2 - endWidth - 2;
  return all.map((one, at) => {
    const key = (keys[at] as string).padStart(keyWidth);
    const mark = one.move === taken ? '*' : ' ';
    const who = cut(whos[at] as string, whoWidth);
    const step = wrap(stepOf(one), stepWidth, { hang: 2, code: true });
    const end = wrap(ends[at] as string, endWidth, { hang: 2 });
    return Array.from({ length: Math.max(step.length, end.length) }, (_, row) => {
      const first = row === 0;
      const lead = `${paint('marker', first ? key : ' '.repeat(keyWidth))}${first ? mark : ' '}`;
      const cpu = paint('cpu', (first ? who : '').padEnd(whoWidth));
      const middle = (step[row] ?? '').padEnd(stepWidth);
      const last = end[row] === undefined ? '' : paint(styleOf(one.leadsTo), end[row]);
      return `  ${lead} ${cpu}  ${middle}  ${last}`.trimEnd();
    });
  });
}

/** What the words and marks of some lines mean. */
export function meaningLines(
  all: readonly Possible[],
  options: AlternativesOptions = {},
): string[] {
  const { taken, paint = plain } = options;
  const lines: string[] = [];
  if (all.some(({ move }) => move === taken)) lines.push('*: where the schedule goes on');
  if (all.some(({ leadsTo }) => leadsTo?.kind === 'fine'))
    lines.push('fine: searched to the end, no schedule that goes on so violates anything');
  const open = all.map(({ leadsTo }) => leadsTo).find((one) => one?.kind === 'unknown');
  if (open?.kind === 'unknown')
    lines.push(
      `unknown: nothing found in ${counted(open.states, 'state')}, and not searched to the end`,
    );
  if (all.some(({ leadsTo }) => leadsTo?.kind === 'violation' && leadsTo.atMost === true))
    lines.push('at most: a bound has ended the search, and one may be nearer');
  const width = widthOf(options) - 2;
  return lines
    .flatMap((line) => wrap(line, width, { hang: 2 }))
    .map((line) => `  ${paint('dim', line)}`);
}

function widthOf({ width = 72 }: AlternativesOptions): number {
  return Math.max(40, width);
}

function whoOf(cpus: readonly string[], one: Possible): string {
  return ascii(laneName(cpus, one));
}

/** `reader(): value = o->value [1]`; of a callback that starts, `start pte_free_now`. */
export function stepOf({
  stack,
  label,
  picked,
  enters,
}: Pick<Possible, 'stack' | 'label' | 'picked' | 'enters'>): string {
  const where = stack.at(-1);
  const isStart = enters !== undefined || label === `start ${where}`;
  const name = where === undefined || isStart ? '' : `${where}(): `;
  return ascii(`${name}${label}${picked === undefined ? '' : ` [${picked}]`}`);
}

/** `violates KASAN`, `P5 in 3 steps`, `fine`, `unknown`; `...` while it is not known. */
export function prospectOf({ leadsTo, stays }: Pick<Possible, 'leadsTo' | 'stays'>): string {
  const words = leadsTo === undefined ? '...' : wordsOf(leadsTo);
  return stays === true ? `${words} (stays)` : words;
}

function wordsOf(leadsTo: Prospect): string {
  if (leadsTo.kind !== 'violation') return leadsTo.kind;
  const id = ascii(propertyId(leadsTo.property));
  if (leadsTo.steps === 1) return `violates ${id}`;
  const atMost = leadsTo.atMost === true ? 'at most ' : '';
  return `${id} in ${atMost}${counted(leadsTo.steps, 'step')}`;
}

function styleOf(leadsTo: Prospect | undefined): Style {
  if (leadsTo === undefined) return 'dim';
  return leadsTo.kind === 'violation' ? 'bad' : leadsTo.kind === 'fine' ? 'good' : 'heading';
}
