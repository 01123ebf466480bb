/** Words about text: wrapping, counting, plain ASCII. Nothing here knows what a trace is. */

/** What a piece of text is; the command line turns it into colour, everything else leaves it alone. */
export type Style = 'heading' | 'cpu' | 'function' | 'comment' | 'good' | 'bad' | 'dim' | 'marker';
export type Paint = (style: Style, text: string) => string;

/** No colour. */
export const plain: Paint = (_style, text) => text;

const SPELLED: Readonly<Record<string, string>> = {
  '\u2192': '->',
  '\u2190': '<-',
  '\u2026': '...',
  '\u2018': "'",
  '\u2019': "'",
  '\u201c': '"',
  '\u201d': '"',
  '\u2013': '-',
  '\u2014': '-',
  '\u00d7': 'x',
  '\u00b7': '.',
  '\u2264': '<=',
  '\u2265': '>=',
  '\u2260': '!=',
  '\u00a0': ' ',
};

/** One line of printable ASCII: a diagram goes through mail clients and terminals of every age. */
export function ascii(text: string): string {
  return text
    .replace(/[^\x20-\x7e]/gu, (one) => SPELLED[one] ?? (/\s/u.test(one) ? ' ' : '?'))
    .trim();
}

/** A blank at which no line is broken; to be replaced after wrapping. */
export const TIE = '\u00a0';

/** `580,811`, whatever the locale. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 step`, `2 steps`, `2 switches`. */
export function counted(value: number, noun: string): string {
  const ending = value === 1 ? '' : /(?:s|x|ch|sh)$/.test(noun) ? 'es' : 's';
  return `${grouped(value)} ${noun}${ending}`;
}

/** `9 ms`, `1.2 s`, `3 min 20 s`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** At most `width` columns, the end cut with `...`. */
export function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 3
    ? text.slice(0, Math.max(0, width))
    : text.slice(0, width - 3).trimEnd() + '...';
}

export interface WrapOptions {
  /** Columns by which every line but the first is indented; default 0. */
  readonly hang?: number;
  /** Lines at most, the last one cut; default none. */
  readonly limit?: number;
  /** Break as C is broken: after commas and opening parentheses rather than inside an expression. */
  readonly code?: boolean;
}

/**
 * Breaks `text` into lines of at most `width` columns, as evenly as its punctuation allows. A word that is too
 * long for a line is broken hard.
 */
export function wrap(text: string, width: number, options: WrapOptions = {}): string[] {
  const hang = Math.min(options.hang ?? 0, Math.max(0, width - 4));
  if (text.length <= width) return [text];
  const chunks = split(text, Math.max(1, width - hang), options.code === true);
  const lines = fill(chunks, width, hang).map((line, index) =>
    index === 0 ? line : ' '.repeat(hang) + line,
  );
  const limit = options.limit ?? lines.length;
  if (lines.length <= limit) return lines;
  const last = `${lines[limit - 1]} `;
  return [...lines.slice(0, limit - 1), cut(last + lines[limit].trimStart().padEnd(width), width)];
}

interface Chunk {
  readonly text: string;
  /** What a line break after this chunk costs. */
  readonly cost: number;
}

const HARD = 60;
const LINE = 5;

function split(text: string, room: number, code: boolean): Chunk[] {
  const chunks: Chunk[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const cost = breakCost(text, at, code);
    const full = at - from + 1 >= room;
    if (cost === undefined && !full) continue;
    chunks.push({ text: text.slice(from, at + 1), cost: cost ?? HARD });
    from = at + 1;
  }
  if (from < text.length) chunks.push({ text: text.slice(from), cost: 0 });
  return chunks;
}

/** The cost of breaking after the character at `at`, or undefined where there is no place to break. */
function breakCost(text: string, at: number, code: boolean): number | undefined {
  const here = text[at];
  if (!code) return here === ' ' ? 0 : undefined;
  if (here === ' ') {
    const before = text[at - 1];
    if (before === ',' || before === ';') return 0;
    return before === '=' || /[a-z]/.test(before ?? '') ? 1 : 4;
  }
  if (here === '(') return text[at + 1] === ')' ? undefined : 2;
  return here === '.' || (here === '>' && text[at - 1] === '-') ? 12 : undefined;
}

/** Cheapest sequence of breaks: a line costs a little, a break inside an expression more. */
function fill(chunks: readonly Chunk[], width: number, hang: number): string[] {
  const best: { cost: number; from: number }[] = [{ cost: 0, from: 0 }];
  for (let end = 1; end <= chunks.length; end += 1) {
    best[end] = { cost: Number.POSITIVE_INFINITY, from: end - 1 };
    for (let from = end - 1; from >= 0; from -= 1) {
      const line = join(chunks, from, end);
      if (line.length > (from === 0 ? width : width - hang) && from < end - 1) break;
      const breaking = end === chunks.length ? 0 : chunks[end - 1].cost;
      const cost = best[from].cost + LINE + breaking;
      if (cost < best[end].cost) best[end] = { cost, from };
    }
  }
  const lines: string[] = [];
  for (let end = chunks.length; end > 0; end = best[end].from) {
    lines.unshift(join(chunks, best[end].from, end));
  }
  return lines;
}

function join(chunks: readonly Chunk[], from: number, end: number): string {
  return chunks
    .slice(from, end)
    .map((one) => one.text)
    .join('')
    .trimEnd();
}
