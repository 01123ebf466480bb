/** `heddle matrix`: designs against properties, every cell computed by the checks of one folder. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Facility } from '../design/processor.ts';
import type { LoadedCheck } from '../load/checks.ts';
import {
  type Matrix,
  type MatrixRow,
  matrixMarkdown,
  matrixOf,
  renderMatrix,
} from '../report/matrix.ts';
import type { Verdict } from '../search/verdict.ts';
import type { Result, SessionEvent } from '../session/events.ts';
import { newInterrupt } from '../session/interrupt.ts';
import { type BoundFlags, boundsOf } from './bounds.ts';
import { type ExitCode, exitCodeOf, strongest } from './exit.ts';
import { openChecks } from './open.ts';
import type { Output } from './output.ts';
import { showProgress } from './progress.ts';
import { select, unknownName } from './select.ts';
import { onSignals } from './signals.ts';

export interface MatrixFlags extends BoundFlags {
  readonly all?: boolean;
  readonly jobs?: number;
  readonly format?: 'text' | 'markdown' | 'json';
  readonly output?: string;
}

/** A fatal violation may hide another: so often are the masked cells of a check searched again. */
const MOST_REPEATS = 4;

/** Runs the checks right below a folder and prints what they say of each design. */
export async function matrix(
  folder: string,
  flags: MatrixFlags,
  output: Output,
): Promise<ExitCode> {
  const asked = boundsOf(flags, output.environment);
  const { project, loaded } = await openChecks(output.folder);
  const below = loaded
    .filter(({ name }) => isRightBelow(name, folder))
    .map((one) => ({ name: one.name, size: one.check.size ?? 'small', loaded: one }));
  if (below.length === 0)
    throw unknownName(
      folder,
      loaded.map(({ name }) => name),
    );
  const { chosen } = select(below, [], { large: flags.all });
  const { runChecks } = await import('../session/queue.ts');
  const progress = showProgress({
    ...output.progress,
    write: (text) => void process.stderr.write(text),
    total: chosen.length,
  });
  const interrupt = newInterrupt();
  const stopListening = onSignals(interrupt, (text) => output.note(text));
  const run = (jobs: readonly Soft[]): Promise<readonly Result[]> =>
    runChecks(
      jobs.map(({ loaded: one, soft }) => {
        const bounds = { ...project.config.bounds, ...one.check.bounds, ...asked };
        return { loaded: one, bounds, soft };
      }),
      {
        folder: project.folder,
        interrupt,
        concurrency: flags.jobs,
        onEvent: (event: SessionEvent) => progress.onEvent(event),
      },
    );
  try {
    const jobs = chosen.map(({ loaded: one }) => ({ loaded: one, soft: [] }));
    const { rows, results } = await unmask(jobs, run);
    print(matrixOf(rows), flags, output);
    return strongest(results.map((result) => exitCodeOf(result, false)));
  } finally {
    progress.stop();
    stopListening();
  }
}

function isRightBelow(name: string, folder: string): boolean {
  const prefix = `${folder.replace(/\/+$/, '')}/`;
  return name.startsWith(prefix) && !name.slice(prefix.length).includes('/');
}

/** A check and the facilities that are only to be noted, so that what they cut off is searched. */
interface Soft {
  readonly loaded: LoadedCheck;
  readonly soft: readonly Facility[];
}

/**
 * Runs checks, and again those with masked cells, each time with the facility that masks them made soft. A cell takes the first
 * verdict that is not masked.
 */
async function unmask(
  jobs: readonly Soft[],
  run: (jobs: readonly Soft[]) => Promise<readonly Result[]>,
): Promise<{ rows: MatrixRow[]; results: readonly Result[] }> {
  const results = await run(jobs);
  const verdicts = results.map(verdictOf);
  let open = jobs.map((job, at) => ({ job, at, last: verdicts[at] }));
  for (let repeat = 0; repeat < MOST_REPEATS; repeat += 1) {
    open = open.flatMap(({ job, at, last }) => {
      const facility = maskingFacility(last);
      if (facility === undefined || job.soft.includes(facility)) return [];
      return [{ job: { ...job, soft: [...job.soft, facility] }, at, last }];
    });
    if (open.length === 0) break;
    const again = (await run(open.map(({ job }) => job))).map(verdictOf);
    open = open.map((one, index) => ({ ...one, last: again[index] }));
    for (const { at, last } of open) verdicts[at] = merged(verdicts[at], last);
  }
  const rows = verdicts.flatMap((verdict, at) =>
    verdict === undefined ? [] : [{ design: designOf((jobs[at] as Soft).loaded), verdict }],
  );
  return { rows, results };
}

function verdictOf({ end }: Result): Verdict | undefined {
  return end.kind === 'decided' ? end.outcomes.verdict : undefined;
}

function maskingFacility(verdict: Verdict | undefined): Facility | undefined {
  const masked = verdict?.properties.find((one) => one.verdict === 'masked');
  const by = verdict?.properties.find(({ id }) => id === masked?.maskedBy);
  return by?.finding?.facility as Facility | undefined;
}

function merged(first: Verdict | undefined, second: Verdict | undefined): Verdict | undefined {
  if (first === undefined || second === undefined) return first;
  const properties = first.properties.map((one) =>
    one.verdict === 'masked' ? (second.properties.find(({ id }) => id === one.id) ?? one) : one,
  );
  return { ...first, properties };
}

/** The row of a check: what it declares, or the last part of its name. */
function designOf({ name, check }: LoadedCheck): string {
  return check.design ?? (name.split('/').at(-1) as string);
}

function print(found: Matrix, flags: MatrixFlags, output: Output): void {
  const text =
    flags.format === 'json'
      ? JSON.stringify(found, null, 2)
      : flags.format === 'markdown'
        ? matrixMarkdown(found)
        : renderMatrix(found);
  if (flags.output === undefined) process.stdout.write(`${text}\n`);
  else writeFileSync(resolve(output.folder, flags.output), `${text}\n`);
}
