/** What the checks found is kept as evidence: it is of the checks as they are. Whether it is true says heddle verify, in .ci/run. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadChecks } from '../../src/load/checks.ts';
import { digestOf, readEvidence } from '../../src/load/evidence.ts';
import { openProject } from '../../src/load/project.ts';

const root = join(import.meta.dirname, '..', '..');
const { manifest, files } = await readEvidence(join(root, 'checks', 'evidence'));
const { loaded } = await loadChecks(await openProject(root));
// What lies in checks/bench is there to be timed and claims nothing of a design.
const checks = loaded.filter(({ name }) => !name.startsWith('bench/'));

test('every small check has its evidence, and what is no check has none (npm run evidence makes it)', () => {
  const named = manifest.checks.map(({ check, size }) => `${check} ${size}`);
  const wanted = checks.map(({ name, size }) => `${name} ${size}`);
  const small = (all: readonly string[]) => all.filter((one) => one.endsWith(' small')).toSorted();
  expect(small(named)).toEqual(small(wanted));
  expect(named.filter((one) => !wanted.includes(one))).toEqual([]);
});

test('every check ended as it declares, and none was ended by a limit', () => {
  const others = manifest.checks.filter(({ verdict }) => !verdict.ok || !verdict.complete);
  expect(others.map(({ check }) => check)).toEqual([]);
});

test('every file is as it was written', () => {
  for (const [path, sum] of Object.entries(manifest.files))
    expect(digestOf(files.get(path) ?? ''), path).toBe(sum);
});
