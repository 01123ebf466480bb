/** Mistakes as text: fact, place, code frame, reason, next step. One form for every command. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Paint, plain } from '../report/text.ts';
import type { Mistake } from '../search/verdict.ts';
import { packageFolder } from './library.ts';

/** A position in a file; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface BlockOptions {
  /** Paths below this folder are shown relative to it. */
  readonly folder: string;
  /** The text of a file, undefined where it cannot be read. Default: from the disk. */
  readonly read?: (file: string) => string | undefined;
  /** Colours a part of the block. Default: none. */
  readonly paint?: Paint;
}

const WIDTH = 88;

/**
 * A mistake as its error block, without a final newline.
 * @example
 * errorBlock(mistake, { folder: process.cwd() }) // error[recursion]: walk calls itself ...
 */
export function errorBlock(mistake: Mistake, options: BlockOptions): string {
  const paint = options.paint ?? plain;
  const [fact, ...details] = mistake.fact.split('\n');
  const lines = [`${paint('bad', `error[${mistake.code}]`)}: ${fact}`];
  for (const detail of details) lines.push(`  ${detail}`.trimEnd());
  const place = mistake.stack === undefined ? undefined : placeOf(mistake.stack);
  if (place !== undefined) {
    const { file, line, column } = place;
    lines.push(`  ${paint('cpu', `${shortPath(file, options.folder)}:${line}:${column}`)}`);
    const text = (options.read ?? readFile)(file);
    if (text !== undefined) {
      for (const row of codeFrame(text, place)) {
        lines.push(/^ *(>|\|)/.test(row) ? paint('marker', row) : row);
      }
    }
  }
  lines.push(...wrap(mistake.reason));
  if (mistake.schedule !== undefined && mistake.schedule !== '') {
    lines.push(`  schedule: ${mistake.schedule}, and then this`);
  }
  lines.push(`  next: ${paint('heading', mistake.next)}`);
  lines.push(`  more: docs/errors.md#${mistake.code}`);
  return lines.join('\n');
}

/** The first frame of a JavaScript stack in a user's file: not in heddle, not in Node, not in a dependency. */
export function placeOf(stack: string): Place | undefined {
  for (const line of stack.split('\n')) {
    const match = /^\s+at (?:.*? \()?(?:async )?(.+?):(\d+):(\d+)\)?$/.exec(line);
    if (match === null) continue;
    const file = pathOf(match[1]);
    if (file === undefined) continue;
    return { file, line: Number(match[2]), column: Number(match[3]) };
  }
  return undefined;
}

/** Stacks are lines of text to everybody, so a place that no code threw from is written as one. */
export function stackAt(place: Place): string {
  return `Error\n    at ${place.file}:${place.line}:${place.column}`;
}

/** The line before, the line with a mark, and the column below it. Undefined lines are left out. */
export function codeFrame(text: string, place: Place): readonly string[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const marked = lines[place.line - 1];
  if (marked === undefined) return [];
  const digits = String(place.line).length;
  const row = (line: number, mark: string) =>
    `  ${mark} ${String(line).padStart(digits)} | ${lines[line - 1].replaceAll('\t', ' ')}`.trimEnd();
  const rows = place.line > 1 ? [row(place.line - 1, ' ')] : [];
  rows.push(row(place.line, '>'));
  const column = Math.min(place.column, marked.length + 1);
  rows.push(`    ${' '.repeat(digits)} | ${' '.repeat(column - 1)}^`);
  return rows;
}

/** A path as a reader of this folder would type it. */
export function shortPath(file: string, folder: string): string {
  const path = relative(folder, file);
  return path === '' || path.startsWith('..') ? file : path;
}

function pathOf(location: string): string | undefined {
  if (/^(node:|native$|<anonymous>)/.test(location)) return undefined;
  const file = location.startsWith('file://') ? fileURLToPath(location) : location;
  if (!file.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(file)) return undefined;
  const isOurs =
    file.startsWith(`${packageFolder}src/`) || file.startsWith(`${packageFolder}dist/`);
  return isOurs || file.includes('/node_modules/') || /-[0-9a-f]{16}\.mjs$/.test(file)
    ? undefined
    : file;
}

function readFile(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Breaks a sentence into lines of at most `WIDTH` columns, indented by two. */
function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  let line = ' ';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH && line !== ' ') {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
