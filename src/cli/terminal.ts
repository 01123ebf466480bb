/** What the streams can show: colour, width, repainting. Each stream is asked on its own. */
import { styleText } from 'node:util';
import type { Paint, Style } from '../report/text.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type ColorMode = 'auto' | 'always' | 'never';

type Format = Parameters<typeof styleText>[0];

const FORMATS: Readonly<Record<Style, Format>> = {
  heading: 'bold',
  cpu: 'cyan',
  function: 'bold',
  comment: 'dim',
  good: 'green',
  bad: ['bold', 'red'],
  dim: 'dim',
  marker: 'yellow',
};

/** Whether a stream gets colour: --color, then FORCE_COLOR, NO_COLOR, TERM=dumb, then whether it is a terminal. */
export function hasColor(mode: ColorMode, environment: Environment, isTerminal: boolean): boolean {
  if (mode !== 'auto') return mode === 'always';
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== '') return false;
  return isTerminal && environment.TERM !== 'dumb';
}

/** Whether a stream's last lines may be painted again. */
export function canRepaint(environment: Environment, isTerminal: boolean): boolean {
  const isAutomatic = environment.CI !== undefined && !/^(|0|false)$/.test(environment.CI);
  return isTerminal && environment.TERM !== 'dumb' && !isAutomatic;
}

export function paintFor(color: boolean): Paint {
  if (!color) return (_style, text) => text;
  // Whether this stream takes colour is decided above; styleText would ask stdout again.
  return (style, text) => styleText(FORMATS[style], text, { validateStream: false });
}

/** Columns of a stream, 80 where it is no terminal. */
export function columnsOf(stream: { readonly columns?: number }): number {
  return stream.columns !== undefined && stream.columns > 0 ? stream.columns : 80;
}
