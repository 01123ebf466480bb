import { explore } from 'heddle';
import { describe, expect, test } from 'vitest';
import lost_update from '../../checks/classic/lost_update.ts';
import { testOf } from '../../src/report/as-test.ts';
import { HOSTILE, hostileTrace } from '../formats/hostile.ts';
import { importsOf } from '../tidy/rules.ts';

const [trace] = explore(lost_update.lost_update_2, { name: 'classic/lost_update_2' }).traces;

/** The lines that are not a comment above the imports. */
function codeOf(text: string): string[] {
  return text.split('\n').filter((line) => !line.startsWith('//'));
}

describe('a schedule as a test', () => {
  test('imports the check and replays it, with the diagram above', () => {
    const text = testOf(trace, { from: '../checks/queue.ts', hasInitials: false, isShown: true });
    expect(codeOf(text)).toEqual([
      "import 'heddle/vitest';",
      "import { expect, test } from 'vitest';",
      "import check from '../checks/queue.ts';",
      '',
      "test('classic/lost_update_2: L1: every increment is counted', async () => {",
      '  // Fails once the design is repaired, and says what to put in its place.',
      "  await expect(check).toReplay('0.1x2.0', { property: 'L1' });",
      '});',
      '',
    ]);
    expect(text).toMatch(
      /^\/\/ Written by heddle .*\. npx heddle replay classic\/lost_update_2 --schedule 0\.1x2\.0\n/,
    );
    expect(text).toContain('//   *** L1: every increment is counted ***\n');
  });

  test('names the key of one among several, and the initial state where there are several', () => {
    const several = { from: './a.ts', key: 'two', hasInitials: true, isShown: true };
    const text = testOf(trace, several);
    expect(text).toContain("import checks from './a.ts';\n\nconst check = checks.two;\n");
    expect(text).toContain("{ property: 'L1', initial: 'initial' }");
    expect(testOf(trace, { ...several, key: 'a/b' })).toContain("checks['a/b'];");
  });

  test('searches for what no single schedule shows', () => {
    const text = testOf(trace, { from: './a.ts', hasInitials: true, isShown: false });
    expect(text).toContain("  await expect(check).toBeViolated({ property: 'L1' });\n");
  });

  test('is TypeScript whatever the names are', () => {
    const text = testOf(hostileTrace, {
      from: `../${HOSTILE}.ts`,
      key: HOSTILE,
      hasInitials: true,
      isShown: true,
    });
    const imports = importsOf({ path: 'a.test.ts', text }).map(({ specifier }) => specifier);
    expect(imports).toEqual(['heddle/vitest', 'vitest', `../${HOSTILE}.ts`]);
    expect(codeOf(text).filter((line) => line.startsWith('test('))).toHaveLength(1);
  });
});
