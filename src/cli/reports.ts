/** The report of a run as a file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { LoadedCheck } from '../load/checks.ts';
import { shortPath } from '../load/place.ts';
import type { Project } from '../load/project.ts';
import { reportMarkdown } from '../report/evidence.ts';
import type { Outcomes } from '../search/verdict.ts';
import type { Result } from '../session/events.ts';
import type { Output } from './output.ts';
import { writePage } from './pages.ts';

/** All verdicts in one document, and as a page: `report.md` and `report.html` in `folder`, else in the project's `.heddle/report`. */
export function writeReport(
  project: Project,
  results: readonly Result[],
  loaded: readonly LoadedCheck[],
  folder: string | undefined,
  output: Output,
): void {
  const below =
    folder === undefined
      ? join(project.folder, '.heddle', 'report')
      : resolve(output.folder, folder);
  write(join(below, 'report.md'), reportMarkdown(outcomesOf(results)));
  output.note(`report: ${shortPath(join(below, 'report.md'), output.folder)}`);
  writePage(join(below, 'report.html'), outcomesOf(results), loaded);
  output.note(`page: ${shortPath(join(below, 'report.html'), output.folder)}`);
}

function outcomesOf(results: readonly Result[]): readonly Outcomes[] {
  return results.flatMap(({ end }) => (end.kind === 'decided' ? [end.outcomes] : []));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
