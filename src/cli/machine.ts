/** What differs from run to run: the machine, the day, times and memory. Kept apart from evidence, and never compared. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { VERSION } from '../design/version.ts';
import { MACHINE } from '../report/bundle.ts';
import { compactJson } from '../report/compact-json.ts';
import type { Verdict } from '../search/verdict.ts';

/** `machine.json`: one entry for each time that some of its checks were searched. */
interface MachineFile {
  readonly schemaVersion: 1;
  readonly runs: readonly Run[];
}

interface Run {
  /** The day, as 2026-11-23. */
  readonly day: string;
  readonly tool: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly checks: Readonly<Record<string, Spent>>;
}

/** What one search took. */
interface Spent {
  readonly seconds: number;
  readonly bytesPerState: number;
  /** States there were when memory got short and they were compressed. */
  readonly compressedFrom?: number;
}

/** The text of `machine.json` after a run; `kept` are checks whose entries in `folder` stay. */
export function machineText(
  verdicts: readonly Verdict[],
  folder: string,
  kept: readonly string[],
): string {
  const checks = Object.fromEntries(verdicts.map((verdict) => [verdict.check, spentOf(verdict)]));
  const now: Run = {
    day: new Date().toISOString().slice(0, 10),
    tool: `heddle ${VERSION}`,
    node: process.version,
    cpu: cpus()[0]?.model.trim() || process.arch,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    checks,
  };
  const runs = [...earlierRuns(folder, kept), ...(verdicts.length === 0 ? [] : [now])];
  return compactJson({ schemaVersion: 1, runs } satisfies MachineFile);
}

/** Seconds that the searches of checks took when their evidence was made; undefined where nobody knows. */
export function secondsOf(folder: string, checks: readonly string[]): number | undefined {
  const spent = Object.assign({}, ...readRuns(folder).map((run) => run.checks)) as Run['checks'];
  const known = checks.flatMap((name) => spent[name]?.seconds ?? []);
  return known.length < checks.length ? undefined : known.reduce((sum, one) => sum + one, 0);
}

function spentOf({ seconds, bytesPerState, store }: Verdict): Spent {
  const { compressedFrom } = store ?? {};
  return {
    seconds: Math.round(seconds * 1000) / 1000,
    bytesPerState: Math.round(bytesPerState * 10) / 10,
    ...(compressedFrom === undefined ? {} : { compressedFrom }),
  };
}

function earlierRuns(folder: string, kept: readonly string[]): readonly Run[] {
  return readRuns(folder).flatMap((run) => {
    const checks = Object.entries(run.checks).filter(([name]) => kept.includes(name));
    return checks.length === 0 ? [] : [{ ...run, checks: Object.fromEntries(checks) }];
  });
}

/** Nobody relies on the file, so one that is missing or damaged says nothing. */
function readRuns(folder: string): readonly Run[] {
  const path = join(folder, MACHINE);
  if (!existsSync(path)) return [];
  try {
    const { runs } = JSON.parse(readFileSync(path, 'utf8')) as MachineFile;
    return runs.filter(({ checks }) => typeof checks === 'object' && checks !== null);
  } catch {
    return [];
  }
}
