/** What became of each property, in a line or two. */
import type { PropertyVerdict } from '../search/verdict.ts';
import type { Block } from './block.ts';
import { sizeNotes } from './order.ts';
import { counted, type Style } from './text.ts';

/** One property: its verdict, and its shortest schedule where it is violated. */
export function writeProperty(write: Block, one: PropertyVerdict): void {
  if (isShared(one)) return;
  const style: Style =
    one.verdict === 'violated' ? 'bad' : one.verdict === 'holds' ? 'good' : 'heading';
  const word =
    one.kind === 'goal' && one.verdict === 'holds' ? 'met' : one.verdict.replace('_', ' ');
  write.entry(word, style, propertyLine(one));
  if (one.finding?.facility === 'possibly') write.entry('', style, one.finding.message);
  if (one.verdict === 'violated' && one.steps !== undefined) {
    const from = initialOf(one.initial) === undefined ? '' : ` from '${one.initial}'`;
    const size = `${counted(one.steps, 'step')}, ${counted(one.switches ?? 0, 'switch')}${sizeNotes(one)}`;
    const schedule = one.schedule ?? '';
    write.entry('', style, `${size}${from}${schedule === '' ? '' : `: ${schedule}`}`);
  }
  if (one.known !== undefined) write.entry('', style, `known weakness: ${one.known}`);
  if (!one.ok) write.entry('', style, `SURPRISE: ${one.surprise ?? `expected: ${one.expected}`}`);
}

/** The property's sentence with what its verdict needs said beside it. */
function propertyLine(one: PropertyVerdict): string {
  const what = one.finding;
  if (one.verdict === 'masked') return `${one.name} (by ${one.maskedBy ?? 'another violation'})`;
  if (one.kind === 'goal') {
    return one.verdict === 'vacuous' ? `${one.name} (goal never met)` : goalLine(one);
  }
  if (one.verdict === 'vacuous') return `${one.name} (never evaluated: this says nothing)`;
  if (one.verdict === 'violated' && one.kind === 'facility' && what !== undefined) {
    return `${one.name}: ${what.message}`;
  }
  return one.name;
}

function goalLine(one: PropertyVerdict): string {
  return one.met === undefined ? one.name : `${one.name} (in ${counted(one.met, 'state')})`;
}

/** Whatever is undecided, and facilities that saw nothing or could not: those that ended alike share a line. */
function isShared(one: PropertyVerdict): boolean {
  if (one.verdict === 'incomplete') return true;
  if (one.kind !== 'facility') return false;
  return one.verdict === 'masked' || (one.verdict !== 'violated' && one.ok);
}

/** The lines of properties that share one. */
export function writeShared(write: Block, properties: readonly PropertyVerdict[]): void {
  const alike = new Map<string, string[]>();
  for (const { id, verdict, maskedBy } of properties.filter(isShared)) {
    const key = maskedBy === undefined ? verdict : `${verdict} (by ${maskedBy})`;
    alike.set(key, [...(alike.get(key) ?? []), id]);
  }
  for (const [key, ids] of alike) {
    const [verdict, by] = key.split(/ (?=\()/);
    const style = verdict === 'holds' ? 'good' : 'heading';
    const text = by === undefined ? ids.join(', ') : `${ids.join(', ')} ${by}`;
    write.entry(verdict.replace('_', ' '), style, text);
  }
}

/** Properties that hold, by their ids alone. */
export function writeHeld(write: Block, properties: readonly PropertyVerdict[]): void {
  const held = properties.filter((one) => one.kind === 'property' && one.verdict === 'holds');
  if (held.length > 0) write.entry('holds', 'good', held.map(({ id }) => id).join(', '));
}

/** The initial state's name, where there are several. */
export function initialOf(initial: string | undefined): string | undefined {
  return initial === undefined || initial === '' || initial === 'initial' ? undefined : initial;
}
