/** Evidence on disk: a folder with a manifest, read whole, written whole. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import { MACHINE, MANIFEST } from '../report/bundle.ts';
import type { Manifest } from '../report/manifest.ts';

/** Evidence as it was found. */
export interface EvidenceFolder {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Every file but `machine.json`, by its path; the manifest is among them. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Reads a folder of evidence.
 * @throws HeddleError `bad-evidence` where there is none, or its manifest is none.
 */
export async function readEvidence(folder: string): Promise<EvidenceFolder> {
  const shown = relative(process.cwd(), folder) || '.';
  const path = join(folder, MANIFEST);
  if (!existsSync(path))
    throw new HeddleError('bad-evidence', `there is no ${MANIFEST} in ${shown}`);
  const { parseManifest } = await import('./schemas.ts');
  const manifest = parseManifest(readFileSync(path, 'utf8'));
  if (typeof manifest === 'string')
    throw new HeddleError('bad-evidence', `${shown}/${MANIFEST} is no manifest: ${manifest}`);
  const texts = filesIn(folder).map(
    (file) => [file, readFileSync(join(folder, file), 'utf8')] as const,
  );
  return { folder, manifest, files: new Map(texts) };
}

/** Whether evidence may be written to a folder: it has none, or only evidence and what lies beside it. */
export function mayHoldEvidence(folder: string): boolean {
  if (!existsSync(folder)) return true;
  return existsSync(join(folder, MANIFEST)) || readdirSync(folder).length === 0;
}

/** Writes files of evidence and `machine.json`. Of what was there before, only what its manifest names goes away. */
export function writeEvidence(
  folder: string,
  files: ReadonlyMap<string, string>,
  machine: string,
): void {
  for (const path of namedIn(folder)) if (!files.has(path)) drop(folder, path);
  for (const [path, text] of [...files, [MACHINE, machine] as const]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** SHA-256, in hexadecimal digits. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** SHA-256 of users' files, by their paths from the project's folder; those that are gone are left out. */
export function sourcesOf(
  folder: string,
  paths: readonly string[],
): Readonly<Record<string, string>> {
  const wanted = [...new Set(paths)].sort().filter((path) => existsSync(join(folder, path)));
  return Object.fromEntries(
    wanted.map((path) => [path, digestOf(readFileSync(join(folder, path), 'utf8'))]),
  );
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => path !== MACHINE)
    .sort();
}

/** What an earlier manifest names; nothing where there is none that can be read. */
function namedIn(folder: string): readonly string[] {
  try {
    const { files } = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Manifest;
    // Nothing outside the folder, whatever a manifest says.
    return Object.keys(files).filter((path) => !path.split('/').includes('..'));
  } catch {
    return [];
  }
}

function drop(folder: string, path: string): void {
  rmSync(join(folder, path), { force: true });
  // Folders that are empty now go too.
  for (let up = dirname(path); up !== '.'; up = dirname(up)) {
    const inside = join(folder, up);
    if (!existsSync(inside) || readdirSync(inside).length > 0) break;
    rmSync(inside, { recursive: true });
  }
}
