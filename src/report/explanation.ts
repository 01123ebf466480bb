/** Why a violation happens, in words under its diagram. */
import type { Belief, Explanation } from '../replay/explanation.ts';
import type { Trace } from '../replay/trace.ts';
import { ascii, counted, type Paint, plain, TIE, wrap } from './text.ts';

export interface ExplanationOptions {
  /** Columns; default 72. */
  readonly width?: number;
  readonly paint?: Paint;
}

/** More than this would be read by nobody; the trace has them all. */
const BELIEFS_SHOWN = 6;
const ORDERS_SHOWN = 8;

/** The block under the violation, beginning with `Why:`. Empty where the trace has no explanation, or `which` is none. */
export function renderExplanation(
  trace: Trace,
  which: 'full' | 'brief' | 'none',
  options: ExplanationOptions = {},
): string {
  const { explanation } = trace;
  if (explanation === undefined || which === 'none') return '';
  const width = options.width ?? 72;
  const lines: string[] = [];
  const say = (text: string, indent = 4, hang = 0): void => {
    const wrapped = wrap(tied(ascii(text)), width - indent, { hang });
    lines.push(...wrapped.map((line) => ' '.repeat(indent) + line.replaceAll(TIE, ' ')));
  };
  const isListed = which === 'full' && explanation.orders.length > 2;
  // Orders that are listed are not told before.
  say(isListed ? (explanation.critical?.words ?? '') : explanation.words);
  if (which === 'full') sayMore(trace, explanation, say);
  const heading = (options.paint ?? plain)('heading', 'Why:');
  const told = lines.filter((line) => line.trim() !== '');
  return told.length === 0 ? '' : [`  ${heading}`, ...told].join('\n');
}

function sayMore(
  trace: Trace,
  { critical, orders, beliefs, undecided }: Explanation,
  say: (text: string, indent?: number, hang?: number) => void,
): void {
  const fine = trace.finding.facility === 'possibly' ? 'reaches it' : 'goes well';
  if (critical?.fine !== undefined) say(`Until then this ${fine}: ${critical.fine}`, 4, 4);
  if (orders.length > 2) {
    say('It takes all of these orders:');
    for (const { words } of orders.slice(0, ORDERS_SHOWN)) say(words, 6, 4);
    if (orders.length > ORDERS_SHOWN) say(`and ${orders.length - ORDERS_SHOWN} more`, 6);
  }
  const told = beliefTexts(trace, beliefs);
  for (const text of told.slice(0, BELIEFS_SHOWN)) say(text, 4, 4);
  if (told.length > BELIEFS_SHOWN)
    say(`and ${counted(told.length - BELIEFS_SHOWN, 'belief')} more`);
  for (const one of undecided ?? []) say(`Undecided: ${one}.`, 4, 4);
}

/** A step that fits a line is not broken, if it is a short one; nor is its number. */
function tied(text: string): string {
  return text
    .replace(/(?<=\s)'[^']{1,48}'(?![a-z])/g, (step) => step.replaceAll(' ', TIE))
    .replace(/\(step (?=\d)/g, `(step${TIE}`);
}

/** What was read in one step from one place is said once. */
function beliefTexts({ cpus }: Trace, beliefs: readonly Belief[]): string[] {
  const groups = new Map<string, Belief[]>();
  for (const belief of beliefs) {
    const key = `${belief.cpu} ${belief.step} ${belief.place}`;
    groups.set(key, [...(groups.get(key) ?? []), belief]);
  }
  return [...groups.values()].map((group) => {
    const { cpu, place, step } = group[0];
    const values = [...new Set(group.map(({ local, believed }) => `${local} = ${believed}`))];
    const truth = group.reduce(
      (most, one) => (one.truth.length > most.length ? one.truth : most),
      '',
    );
    const what = values.join(' and ');
    const now = / is free$/.test(truth) && !truth.includes(', ') ? truth : `it is ${truth}`;
    return `${cpus[cpu]} believes ${what}, from ${place} in step ${step + 1}; ${now} now.`;
  });
}
