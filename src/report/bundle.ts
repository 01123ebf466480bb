/** The files of an evidence bundle, from what is known of its checks: the same bytes from the same input. */
import { propertyId } from '../design/check.ts';
import type { Trace } from '../replay/trace.ts';
import { compactJson } from './compact-json.ts';
import { renderTrace } from './diagram.ts';
import { reportMarkdown } from './evidence.ts';
import { type KillTable, killTableMarkdown } from './kill-table.ts';
import {
  type CheckRecord,
  type Manifest,
  type MatrixRecord,
  matrixOfRecord,
  verdictOf,
} from './manifest.ts';
import { matrixMarkdown } from './matrix.ts';
import { matrixPath, mutantsPath, overview, verdictPath } from './overview.ts';
import { replayCommand } from './summary.ts';

export const MANIFEST = 'manifest.json';
/** What differs from run to run: times, the machine, the day. No part of any comparison. */
export const MACHINE = 'machine.json';

/** A check as evidence has it: its record and the traces that its schedules give. */
export interface Evidence {
  readonly record: CheckRecord;
  readonly traces: readonly Trace[];
}

export interface BundleParts extends Pick<Manifest, 'tool' | 'form' | 'sources'> {
  readonly checks: readonly Evidence[];
  readonly matrices?: Readonly<Record<string, MatrixRecord>>;
  readonly killTables?: readonly KillTable[];
  /** The HTML page; `whole` only. */
  readonly page?: string;
}

/** Every file of a bundle but `machine.json`, by path; `digest` gives the SHA-256 of a text. */
export function bundleFiles(
  parts: BundleParts,
  digest: (text: string) => string,
): ReadonlyMap<string, string> {
  const { tool, form, sources, checks, matrices = {}, killTables = [], page } = parts;
  const manifest: Omit<Manifest, 'files'> = {
    ...{ schemaVersion: 1, tool, form, sources, checks: checks.map(({ record }) => record) },
    ...(Object.keys(matrices).length === 0 ? {} : { matrices }),
    ...(killTables.length === 0 ? {} : { killTables }),
  };
  const files = new Map<string, string>();
  const hasPage = page !== undefined && form === 'whole';
  files.set('README.md', overview(manifest, hasPage));
  for (const one of checks)
    for (const [path, text] of evidenceFiles(one, form)) files.set(path, text);
  for (const [folder, matrix] of Object.entries(matrices))
    files.set(matrixPath(folder), `${matrixMarkdown(matrixOfRecord(matrix))}\n`);
  for (const table of killTables)
    files.set(mutantsPath(table.check), `${killTableMarkdown(table)}\n`);
  if (hasPage) files.set('report.html', page);
  const sums = [...files].map(([path, text]) => [path, digest(text)] as const);
  const all: Manifest = { ...manifest, files: Object.fromEntries(sums.sort(byPath)) };
  return new Map([[MANIFEST, compactJson(all)], ...files]);
}

/** The files of one check, by path. */
export function evidenceFiles(
  { record, traces }: Evidence,
  form: Manifest['form'],
): ReadonlyMap<string, string> {
  const { check, options } = record;
  const outcomes = { verdict: verdictOf(record), traces };
  const files = new Map([[verdictPath(check), reportMarkdown([outcomes], { title: check })]]);
  if (form === 'text') return files;
  const names = namesOf(traces);
  for (const [at, trace] of traces.entries()) {
    const name = `${check}/${names[at]}`;
    const file = { ...trace, bounds: options.bounds };
    files.set(`schedules/${name}.json`, `${JSON.stringify(file, undefined, 1)}\n`);
    const command = replayCommand(check, trace, 'npx heddle');
    files.set(`diagrams/${name}.txt`, `${renderTrace(trace)}\n\n  ${command}\n`);
  }
  return files;
}

function byPath([first]: readonly [string, string], [second]: readonly [string, string]): number {
  return first < second ? -1 : 1;
}

/** A file name for each trace: the id of its property, with a number behind it where that is taken. */
function namesOf(traces: readonly Trace[]): readonly string[] {
  const taken = new Set<string>();
  return traces.map(({ property }) => {
    const id = propertyId(property).replace(/[^\w.-]+/g, '_');
    let name = id;
    for (let next = 2; taken.has(name); next += 1) name = `${id}-${next}`;
    taken.add(name);
    return name;
  });
}
