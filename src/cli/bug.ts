/** A bug of heddle: everything needed to find it goes into a file, and the user is told where that is. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../design/version.ts';
import { shortPath } from '../load/place.ts';
import type { Mistake } from '../search/verdict.ts';

export interface Circumstances {
  readonly check?: string;
  readonly modelHash?: string;
}

/** Writes the report and gives the mistake with the report's path in its fact. */
export function reportBug(mistake: Mistake, folder: string, where: Circumstances = {}): Mistake {
  const bugs = join(folder, '.heddle', 'bugs');
  const path = join(bugs, `${(where.check ?? 'heddle').replace(/\W+/g, '_')}.json`);
  const report = {
    tool: `heddle ${VERSION}`,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    command: process.argv.slice(2),
    ...where,
    mistake,
  };
  mkdirSync(bugs, { recursive: true });
  writeFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
  const shown = shortPath(path, process.cwd());
  return { ...mistake, fact: `${mistake.fact}\nThe circumstances are in ${shown}` };
}
