/** `heddle report`: verdicts and schedules as one HTML file, from the last run where the checks are still the same. */
import { join, resolve } from 'node:path';
import type { LoadedCheck } from '../load/checks.ts';
import { shortPath } from '../load/place.ts';
import { savedVerdict, saveVerdict } from '../load/verdicts.ts';
import { counted } from '../report/text.ts';
import type { Outcomes } from '../search/verdict.ts';
import { type BoundFlags, boundsOf } from './bounds.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { type Family, familiesOf } from './families.ts';
import { killTables } from './mutants.ts';
import { openChecks } from './open.ts';
import type { Output } from './output.ts';
import { openInBrowser, writePage } from './pages.ts';
import { type ReduceFlags, reduceOf } from './reductions.ts';
import { openRuns, type SharingFlags } from './runs.ts';
import { select } from './select.ts';

export interface ReportFlags extends BoundFlags, ReduceFlags, SharingFlags {
  readonly all?: boolean;
  /** Where the page is written; default report.html in the project's .heddle/report. */
  readonly output?: string;
  readonly title?: string;
  /** Also searches the mutants of the models. */
  readonly mutants?: boolean;
  /** Searches also what the last run has decided. */
  readonly again?: boolean;
  /** Shows it in the browser. */
  readonly open?: boolean;
}

/** Writes the page of the checks that the patterns mean. Verdicts of all kinds are told, so none is a failure. */
export async function report(
  patterns: readonly string[],
  flags: ReportFlags,
  output: Output,
): Promise<ExitCode> {
  const { project, loaded, broken } = await openChecks(output.folder, patterns);
  const { chosen } = select(loaded, patterns, { large: flags.all });
  const saved = new Map<string, Outcomes>();
  for (const { name, bundle } of flags.again === true ? [] : chosen) {
    const outcomes = savedVerdict(project.folder, name, bundle.hash);
    if (outcomes !== undefined) saved.set(name, outcomes);
  }
  const missing = chosen.filter(({ name }) => !saved.has(name));
  if (saved.size > 0)
    output.note(`${counted(saved.size, 'verdict')} from the last run; --again searches again`);
  for (const one of broken) output.explain(one.mistake);
  const { found: searched, killTables: tables } = await search(
    missing,
    flags.mutants === true ? familiesOf(chosen) : [],
    project,
    flags,
    output,
  );
  const outcomes = chosen.flatMap(({ name }) => searched.get(name) ?? saved.get(name) ?? []);
  const path =
    flags.output === undefined
      ? join(project.folder, '.heddle', 'report', 'report.html')
      : resolve(output.folder, flags.output);
  writePage(path, outcomes, chosen, { title: flags.title, killTables: tables });
  output.print(`${shortPath(path, output.folder)}\n`);
  if (flags.open === true) openInBrowser(path);
  return outcomes.length < chosen.length ? EXIT.invalid : EXIT.asDeclared;
}

async function search(
  loaded: readonly LoadedCheck[],
  families: readonly Family[],
  project: Awaited<ReturnType<typeof openChecks>>['project'],
  flags: ReportFlags,
  output: Output,
) {
  const found = new Map<string, Outcomes>();
  if (loaded.length === 0 && families.length === 0) return { found, killTables: [] };
  const asked = boundsOf(flags, output.environment);
  const reduce = reduceOf(flags);
  const runs = await openRuns(project, asked, loaded.length, flags, output);
  try {
    for (const { check, modelHash, end } of await runs.run(
      loaded.map((one) => ({ loaded: one, reduce })),
    )) {
      if (end.kind !== 'decided') continue;
      found.set(check, end.outcomes);
      saveVerdict(project.folder, modelHash, end.outcomes);
    }
    const { tables } = await killTables(families, project, asked, runs, output);
    return { found, killTables: tables };
  } finally {
    runs.close();
  }
}
