/** Counterexamples on disk: one file per violated property, and which one is the latest. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Bounds, propertyId } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import type { Trace } from '../replay/trace.ts';

export interface TraceFile extends Trace {
  readonly bounds: Bounds;
}

/** Where the trace of one property of a check is kept, from the project's folder. */
export function tracePath(check: string, property: string): string {
  const file = propertyId(property).replace(/[^\w.-]+/g, '_');
  return `${TRACES}/${check}/${file}.json`;
}

/** Forgets what earlier runs of a check found; checks below its name keep theirs. */
export function dropTraces(folder: string, check: string): void {
  const traces = join(folder, TRACES, check);
  if (!existsSync(traces)) return;
  for (const file of readdirSync(traces)) if (file.endsWith('.json')) rmSync(join(traces, file));
}

export function saveTrace(folder: string, trace: Trace, bounds: Bounds): string {
  const path = tracePath(trace.check, trace.property);
  writeTrace(join(folder, path), trace, bounds);
  return path;
}

/** Writes a trace where somebody wants it; a folder that is not there is made. */
export function writeTrace(path: string, trace: Trace, bounds: Bounds): void {
  const file: TraceFile = { ...trace, bounds };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(file, undefined, 1)}\n`);
}

/** A file for a schedule that was made by hand, from the project's folder: the first number that is not taken. */
export function branchPath(folder: string, check: string): string {
  for (let number = 1; ; number += 1) {
    const path = `${BRANCHES}/${check.replace(/[^\w./-]+/g, '_')}/${number}.json`;
    if (!existsSync(join(folder, path))) return path;
  }
}

/** Makes a saved trace the one that `replay` without an argument opens. */
export function setLatest(folder: string, path: string): void {
  writeFileSync(join(folder, LATEST), `${path}\n`);
}

/** The file of the latest counterexample, where there is one. */
export function latestTrace(folder: string): string | undefined {
  if (!existsSync(join(folder, LATEST))) return undefined;
  const path = join(folder, readFileSync(join(folder, LATEST), 'utf8').trim());
  return existsSync(path) ? path : undefined;
}

/**
 * Reads a saved trace.
 * @throws HeddleError `bad-trace` for a file that is not there or is no trace.
 */
export async function readTrace(file: string): Promise<TraceFile> {
  const shown = relative(process.cwd(), file);
  if (!existsSync(file)) throw new HeddleError('bad-trace', `there is no file ${shown}`);
  // Imported when it is needed, for it takes longer to load than everything else together.
  const { parseTrace } = await import('./schemas.ts');
  const trace = parseTrace(readFileSync(file, 'utf8'));
  if (typeof trace !== 'string') return trace;
  throw new HeddleError('bad-trace', `${shown} is no trace of heddle: ${trace}`);
}

const TRACES = '.heddle/traces';
const BRANCHES = '.heddle/branches';
const LATEST = '.heddle/latest';
