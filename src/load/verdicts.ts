/** The verdicts of the last runs on disk, one file for each check, for reports that need not search again. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Outcomes } from '../search/verdict.ts';

interface VerdictFile {
  readonly schemaVersion: 1;
  /** SHA-256 of the bundled check. */
  readonly modelHash: string;
  readonly outcomes: Outcomes;
}

/** Keeps what a run has found of one check, in place of what was there. */
export function saveVerdict(folder: string, modelHash: string, outcomes: Outcomes): void {
  const path = verdictPath(folder, outcomes.verdict.check);
  const file: VerdictFile = { schemaVersion: 1, modelHash, outcomes };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(file));
}

/** What the last run has found of a check that is still the same; else undefined. */
export function savedVerdict(
  folder: string,
  check: string,
  modelHash: string,
): Outcomes | undefined {
  const path = verdictPath(folder, check);
  if (!existsSync(path)) return undefined;
  try {
    const file = JSON.parse(readFileSync(path, 'utf8')) as VerdictFile;
    return file.schemaVersion === 1 && file.modelHash === modelHash ? file.outcomes : undefined;
  } catch {
    // Cut off in the middle: as if it were not there.
    return undefined;
  }
}

function verdictPath(folder: string, check: string): string {
  return join(folder, '.heddle', 'verdicts', `${check}.json`);
}
