/** `heddle list`: the checks of a project, by folder. */
import { propertyId } from '../design/check.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { cut, type Paint } from '../report/text.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { openChecks } from './open.ts';
import type { Output } from './output.ts';
import { select } from './select.ts';

/** Prints the checks that the patterns mean, all of them where there is none. */
export async function list(patterns: readonly string[], output: Output): Promise<ExitCode> {
  const { loaded, broken } = await openChecks(output.folder, patterns);
  for (const { mistake } of broken) output.explain(mistake);
  const { chosen } = select(loaded, patterns, { large: true });
  // Whatever reads a pipe has no width.
  const columns = output.isTerminal ? output.columns : Number.POSITIVE_INFINITY;
  output.print(`${listText(chosen, columns, output.paint)}\n`);
  return broken.length === 0 ? EXIT.asDeclared : EXIT.invalid;
}

/** One line for each check: its name below its folder, size, what it declares, and its claim. */
export function listText(checks: readonly LoadedCheck[], columns: number, paint: Paint): string {
  const folders = new Map<string, LoadedCheck[]>();
  for (const check of checks) {
    const folder = check.name.slice(0, check.name.lastIndexOf('/') + 1);
    folders.set(folder, [...(folders.get(folder) ?? []), check]);
  }
  const rows = checks.map(rowOf);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length), 0));
  const lines: string[] = [];
  for (const [folder, inside] of folders) {
    if (folder !== '') lines.push(...(lines.length > 0 ? [''] : []), paint('heading', folder));
    for (const check of inside) {
      const row = rowOf(check).map((cell, column) => cell.padEnd(widths[column] ?? 0));
      lines.push(cut(`  ${row.join('  ')}`.trimEnd(), columns));
    }
  }
  return lines.join('\n');
}

function rowOf({ name, size, check }: LoadedCheck): readonly string[] {
  const short = name.slice(name.lastIndexOf('/') + 1);
  return [short, size, expectedText(check.expected ?? {}), check.claim ?? ''];
}

/** Of what is expected to be violated, so many are named. */
const SHOWN_IDS = 2;

/** `violated: P2, P5 and 3 more`, or `holds`. */
function expectedText(expected: NonNullable<LoadedCheck['check']['expected']>): string {
  const bad = Object.entries(expected)
    .filter(
      ([, one]) => one === 'violated' || (typeof one === 'object' && one.verdict === 'violated'),
    )
    .map(([name]) => propertyId(name));
  if (bad.length === 0) return 'holds';
  const more = bad.length - SHOWN_IDS;
  return `violated: ${bad.slice(0, SHOWN_IDS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
