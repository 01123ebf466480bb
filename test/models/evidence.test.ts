/** What large checks found is kept as text: every schedule in it can be walked on the models as they stand, and ends as it says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadChecks } from '../../src/load/checks.ts';
import { libraryUrl } from '../../src/load/library.ts';
import { openProject } from '../../src/load/project.ts';

// The checks that are loaded as a user's use the library that is built.
const { replay } = (await import(libraryUrl)) as typeof import('../../src/index.ts');
const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'checks', 'evidence');
const { loaded } = await loadChecks(await openProject(root));
const documents = (existsSync(folder) ? readdirSync(folder, { recursive: true }) : [])
  .map(String)
  // What lies in the folder itself are matrices.
  .filter((file) => file.endsWith('.md') && file.includes('/'));

interface Kept {
  readonly check: string;
  readonly property: string;
  readonly initial: string | undefined;
  readonly schedule: string;
}

/** The schedules of a document: each below a heading `### check: property`. */
function schedulesIn(file: string): Kept[] {
  const text = readFileSync(join(folder, file), 'utf8');
  return text.split('\n### ').flatMap((section) => {
    const heading = /^([^:\n]+): (.*)/.exec(section);
    const command =
      /Replay it: `npx heddle replay (\S+)(?: --initial '([^']*)')?.* --schedule (\S+)`/.exec(
        section,
      );
    if (heading === null || command === null) return [];
    const [, check = '', initial, schedule = ''] = command;
    return [{ check, property: heading[2] ?? '', initial, schedule }];
  });
}

test('every large check has its evidence, and nothing else has', () => {
  const large = loaded
    // What lies in checks/bench is there to be timed and claims nothing of a design.
    .filter(({ name, check }) => check.size === 'large' && !name.startsWith('bench/'))
    .map(({ name }) => `${name}.md`);
  expect(documents.sort()).toEqual(large.sort());
});

describe.each(documents)('%s', (file) => {
  test('every schedule ends as it says', () => {
    const text = readFileSync(join(folder, file), 'utf8');
    const kept = schedulesIn(file);
    expect(kept.length).toBe(text.split('Replay it:').length - 1);
    for (const { check: name, property, initial, schedule } of kept) {
      const check = loaded.find((one) => one.name === name)?.check;
      if (check === undefined) throw new Error(`${name} is no check`);
      const trace = replay(check, schedule, {
        ...(initial === undefined ? {} : { initial }),
        name,
      });
      // What only all schedules together show is no violation of one of them.
      if (!/^(P13|P14|LOCKDEP|KCSAN)/.test(property)) expect(trace.property, property).not.toBe('');
    }
  });
});
