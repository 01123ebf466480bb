/** A list on the screen of `replay`: the moves that are possible here, or the violations that were found. */
import {
  type AlternativesOptions,
  alternativeLines,
  meaningLines,
  type Possible,
} from './alternatives.ts';
import { ascii, counted, cut, type Paint, wrap } from './text.ts';

export type Panel =
  | {
      readonly kind: 'moves';
      readonly all: readonly Possible[];
      /** Names of the CPUs, by index. */
      readonly cpus: readonly string[];
      /** The move that the schedule goes on with. */
      readonly taken: string | undefined;
      /** Where nothing can move: why, in words. */
      readonly end: string;
    }
  | {
      readonly kind: 'found';
      readonly all: readonly { readonly property: string; readonly steps: number }[];
    };

/** A panel as lines, and how many of its entries they show. */
export interface PanelLines {
  readonly lines: readonly string[];
  readonly shown: number;
}

/** The entries from the one at `from` on, as many as fit; ASCII, at most `height` lines of at most `width` columns. */
export function renderPanel(
  panel: Panel,
  from: number,
  { width, height, paint }: { width: number; height: number; paint: Paint },
): PanelLines {
  const heading = (text: string) => `  ${paint('heading', cut(text, width - 2))}`;
  if (panel.kind === 'moves' && panel.all.length === 0) {
    const lines = wrap(ascii(panel.end), width - 2).map((line) => `  ${line}`);
    return { lines: lines.slice(0, height), shown: 0 };
  }
  const options = { width, by: 'number' as const, paint };
  const entries = panel.kind === 'moves' ? movesOf(panel, options) : foundOf(panel, width, paint);
  const meaning =
    panel.kind === 'moves' ? meaningLines(panel.all, { ...options, taken: panel.taken }) : [];
  const title = heading(
    panel.kind === 'moves'
      ? 'What can move here, and what it leads to:'
      : 'What can go wrong from here:',
  );
  const whole = entries.flat().length + meaning.length + 1 <= height;
  const room = height - 1 - (whole ? meaning.length : 1);
  const lines: string[] = [];
  let shown = 0;
  for (const entry of entries.slice(from)) {
    if (lines.length + entry.length > room && shown > 0) break;
    lines.push(...entry);
    shown += 1;
  }
  const rest = entries.length - shown;
  const last = whole ? meaning : rest > 0 ? [`  ${paint('dim', `n: ${rest} more`)}`] : [];
  return { lines: [title, ...lines, ...last].slice(0, height), shown };
}

function movesOf(
  panel: Extract<Panel, { kind: 'moves' }>,
  options: AlternativesOptions & { width: number; paint: Paint },
) {
  return alternativeLines(panel.cpus, panel.all, { ...options, taken: panel.taken });
}

function foundOf(
  { all }: Extract<Panel, { kind: 'found' }>,
  width: number,
  paint: Paint,
): readonly (readonly string[])[] {
  const digits = String(all.length).length;
  return all.map(({ property, steps }, at) => {
    const key = paint('marker', String(at + 1).padStart(digits));
    const text = ascii(`in ${counted(steps, 'step')}: ${property}`);
    const [first = '', ...rest] = wrap(text, width - 4 - digits, { hang: 2 });
    return [`  ${key}  ${first}`, ...rest.map((line) => `${' '.repeat(4 + digits)}${line}`)];
  });
}
