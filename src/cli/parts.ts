/** The parts of evidence: what a search found of a check, or what a record says of it and replaying its schedules says again. */
import { propertyId } from '../design/check.ts';
import { VERSION } from '../design/version.ts';
import type { LoadedCheck } from '../load/checks.ts';
import { sourcesOf } from '../load/evidence.ts';
import type { Project } from '../load/project.ts';
import { modesOf } from '../replay/cursor.ts';
import type { Trace } from '../replay/trace.ts';
import type { BundleParts, Evidence } from '../report/bundle.ts';
import type { KillTable } from '../report/kill-table.ts';
import {
  type CheckRecord,
  type MatrixRecord,
  matrixOfRecord,
  recordOf,
  type SearchOptions,
  verdictOf,
} from '../report/manifest.ts';
import { retrace } from '../search/retrace.ts';
import type { Outcomes } from '../search/verdict.ts';
import { pageOf } from './pages.ts';
import type { Wanted } from './runs.ts';

/** A schedule of a record that is no violation of its property any more, and why. */
export interface Misfit {
  readonly property: string;
  readonly schedule: string;
  readonly why: string;
}

export interface Retraced {
  readonly evidence: Evidence;
  readonly misfits: readonly Misfit[];
}

/** What a search found. Bounds of time and memory are left out: where one ended the search, its verdict says so. */
export function evidenceOf(
  { loaded, order, store, reduce = 'none' }: Wanted,
  { maxStates, maxDepth }: SearchOptions['bounds'],
  outcomes: Outcomes,
): Evidence {
  const { name, bundle, size, check } = loaded;
  const { design } = check;
  const bounds = {
    ...(maxStates === undefined ? {} : { maxStates }),
    ...(maxDepth === undefined ? {} : { maxDepth }),
  };
  const options = {
    bounds,
    ...(order === undefined ? {} : { order }),
    ...(store === undefined ? {} : { store }),
    reduce,
  };
  const naming = {
    ...{ check: name, modelHash: bundle.hash, size, options, facilities: modesOf(check) },
    ...(design === undefined ? {} : { design }),
  };
  return { record: recordOf(naming, outcomes), traces: outcomes.traces };
}

/** Replays the schedules of a record; where one leads elsewhere now, the record says so. */
export function retraced(record: CheckRecord, { check, bundle }: LoadedCheck): Retraced {
  const misfits: Misfit[] = [];
  const naming = { check: record.check, modelHash: bundle.hash };
  const { properties } = record.verdict;
  const traces: Trace[] = [];
  for (const one of record.schedules) {
    const { property, schedule } = one;
    const finding = properties.find(({ id }) => id === propertyId(property))?.finding;
    const found =
      finding === undefined
        ? 'the manifest has a schedule of it, and no violation'
        : retrace(check, { ...one, finding }, naming);
    if (typeof found === 'string') misfits.push({ property, schedule, why: found });
    else traces.push(found);
  }
  return { evidence: { record: said(record, traces), traces }, misfits };
}

/** The record with what the traces say of the length of its schedules and of what they violate. */
function said(record: CheckRecord, traces: readonly Trace[]): CheckRecord {
  const of = (property: string) => traces.find((one) => one.property === property);
  const properties = record.verdict.properties.map((one) => {
    const trace = of(one.name);
    if (trace === undefined || one.finding === undefined) return one;
    const { initial, schedule, switches, finding } = trace;
    return { ...one, finding, schedule, initial, steps: trace.steps.length, switches };
  });
  const schedules = record.schedules.map((one) => {
    const trace = of(one.property);
    return trace === undefined ? one : { ...one, switches: trace.switches };
  });
  return { ...record, verdict: { ...record.verdict, properties }, schedules };
}

/** All that a bundle is made of; the whole form has a page. */
export function partsOf(
  project: Project,
  loaded: readonly LoadedCheck[],
  checks: readonly Evidence[],
  matrices: Readonly<Record<string, MatrixRecord>>,
  killTables: readonly KillTable[],
  form: BundleParts['form'],
): BundleParts {
  const tool = `heddle ${VERSION}`;
  const parts = { tool, form, sources: sourcesNow(project, loaded), checks, matrices, killTables };
  if (form === 'text') return parts;
  const outcomes = checks.map(({ record, traces }) => ({ verdict: verdictOf(record), traces }));
  const shown = Object.entries(matrices).map(([folder, matrix]) => {
    return { folder, matrix: matrixOfRecord(matrix) };
  });
  const page = pageOf(outcomes, loaded, { matrices: shown, killTables, title: 'Evidence' });
  return { ...parts, page };
}

/** The sums of the files that checks are made of. */
export function sourcesNow(
  { folder }: Project,
  loaded: readonly LoadedCheck[],
): Readonly<Record<string, string>> {
  return sourcesOf(
    folder,
    loaded.flatMap(({ bundle }) => bundle.inputs),
  );
}
