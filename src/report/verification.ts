/** What came of checking evidence again, in words: the first thing that is not as it says, or that nothing is. */
import { MANIFEST } from './bundle.ts';
import { type Difference, shown, subjectOf } from './differences.ts';
import type { Manifest } from './manifest.ts';
import { counted, cut, type Paint, plain } from './text.ts';

/** One thing that is not as the evidence says. */
export interface Untrue {
  /** The check that it is about; empty for the evidence as a whole. */
  readonly check: string;
  /** A sentence, or what `was` and `is` are of. */
  readonly what: string;
  /** What the evidence says. */
  readonly was?: string;
  /** What it is now. */
  readonly is?: string;
}

/** What was done to find out. */
export interface Verification {
  readonly folder: string;
  readonly checks: number;
  readonly searched: number;
  readonly replayed: number;
  readonly files: number;
  readonly found: readonly Untrue[];
  /** What is to be known beside it. */
  readonly notes: readonly string[];
}

/** The widest that a line with a value gets. */
const WIDEST = 500;

export function untrueOf(check: string, difference: Difference): Untrue {
  const { was, is } = difference;
  return { check, what: subjectOf(difference), was: shown(was), is: shown(is) };
}

/**
 * Files that are missing, do not belong, or are not what comes out now.
 * @param made what heddle writes now, by path; what `isMade` leaves out was not made and is only held against its sum.
 */
export function untrueFiles(
  { files: sums }: Manifest,
  files: ReadonlyMap<string, string>,
  made: ReadonlyMap<string, string>,
  isMade: (path: string) => boolean,
  digest: (text: string) => string,
): readonly Untrue[] {
  const paths = new Set([...Object.keys(sums), ...files.keys(), ...made.keys()]);
  paths.delete(MANIFEST);
  // Last: whatever else is the matter with it is said of what it is about.
  const all = made.has(MANIFEST) ? [...paths, MANIFEST] : [...paths];
  return all.flatMap((path): Untrue[] => {
    const text = files.get(path);
    const now = made.get(path);
    const of = (what: string) => [{ check: '', what: `${path} ${what}` }];
    if (text === undefined)
      return of(sums[path] === undefined ? 'is not among its files' : 'is missing');
    if (isMade(path) && now === undefined) return of('is none of what heddle writes');
    if (isMade(path) && now !== text) return [{ check: '', ...firstLine(path, text, now ?? '') }];
    if (path === MANIFEST) return [];
    if (sums[path] === undefined) return of(`is not named in ${MANIFEST}`);
    const sum = digest(text);
    if (sums[path] === sum) return [];
    return [{ check: '', what: `SHA-256 of ${path} in ${MANIFEST}`, was: sums[path], is: sum }];
  });
}

function firstLine(path: string, was: string, is: string): Omit<Untrue, 'check'> {
  const [before, after] = [was.split('\n'), is.split('\n')];
  const at = before.findIndex((line, index) => line !== after[index]);
  const line = at === -1 ? before.length : at;
  const what = `${path}, line ${line + 1}`;
  return { what, was: before[line] ?? 'its end', is: after[line] ?? 'its end' };
}

/** The first of what is not true, or all with `full`; where there is nothing, what was looked at. */
export function verificationText(
  { folder, checks, searched, replayed, files, found, notes }: Verification,
  { full = false, paint = plain }: { readonly full?: boolean; readonly paint?: Paint } = {},
): string {
  const lines: string[] = [];
  const models = found.filter(isOfModel);
  const word = found.length === 0 ? paint('good', 'SAME') : paint('bad', 'DIFFERS');
  lines.push(`${paint('heading', folder)}  ${word}`);
  const rest = found.filter((one) => !isOfModel(one));
  const told = full ? rest : rest.slice(0, 1);
  for (const { check, what } of models) lines.push(`  ${check}: ${what}`);
  for (const { check, what, was, is } of told) {
    lines.push(`  ${check === '' ? what : `${check}: ${what}`}`);
    if (was !== undefined) lines.push(`    it says  ${cut(was, WIDEST)}`);
    if (is !== undefined) lines.push(`    it is    ${cut(is, WIDEST)}`);
  }
  const more = rest.length - told.length;
  if (more > 0) lines.push(`  and ${counted(more, 'more difference')} (--full lists them)`);
  const parts = [
    counted(checks, 'check'),
    `${searched === checks ? 'all' : searched} searched again`,
    `${counted(replayed, 'schedule')} replayed`,
    `${counted(files, 'file')} compared`,
  ];
  lines.push(`  ${parts.join(', ')}`);
  for (const note of notes) lines.push(`  ${note}`);
  return lines.join('\n');
}

/** How what is said of a changed model begins. */
export const MODEL_CHANGED = 'the model has changed';

function isOfModel({ what }: Untrue): boolean {
  return what.startsWith(MODEL_CHANGED);
}
