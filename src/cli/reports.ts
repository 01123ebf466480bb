/** Verdicts as files: the report of a run, and evidence that is kept beside the checks. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { VERSION } from '../design/version.ts';
import { shortPath } from '../load/place.ts';
import type { Project } from '../load/project.ts';
import { reportMarkdown } from '../report/evidence.ts';
import { counted, duration } from '../report/text.ts';
import type { Outcomes } from '../search/verdict.ts';
import type { Result } from '../session/events.ts';
import type { Output } from './output.ts';

/** All verdicts in one document: `report.md` in `folder`, else in the project's `.heddle/report`. */
export function writeReport(
  project: Project,
  results: readonly Result[],
  folder: string | undefined,
  output: Output,
): void {
  const below =
    folder === undefined
      ? join(project.folder, '.heddle', 'report')
      : resolve(output.folder, folder);
  write(join(below, 'report.md'), reportMarkdown(outcomesOf(results)));
  output.note(`report: ${shortPath(join(below, 'report.md'), output.folder)}`);
}

/** A document for each check, under its name: what was found, when, and on which machine. */
export function writeEvidence(results: readonly Result[], folder: string, output: Output): void {
  for (const outcomes of outcomesOf(results)) {
    const { check, seconds } = outcomes.verdict;
    const found = `Searched in ${duration(seconds)} on ${machine()}.`;
    const path = join(resolve(output.folder, folder), `${check}.md`);
    write(path, reportMarkdown([outcomes], { title: check, found }));
  }
  output.note(`evidence: ${shortPath(resolve(output.folder, folder), output.folder)}`);
}

function machine(): string {
  const day = new Date().toISOString().slice(0, 10);
  const cores = counted(availableParallelism(), 'core');
  const model = cpus()[0]?.model.trim() || process.arch;
  return `${day} with heddle ${VERSION}, Node ${process.version}, ${cores} (${model})`;
}

function outcomesOf(results: readonly Result[]): readonly Outcomes[] {
  return results.flatMap(({ end }) => (end.kind === 'decided' ? [end.outcomes] : []));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
