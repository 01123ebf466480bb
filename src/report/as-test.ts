/** A schedule as a test: a file for vitest that replays it, with its diagram as a comment. */
import { propertyId } from '../design/check.ts';
import type { Trace } from '../replay/trace.ts';
import { renderTrace } from './diagram.ts';
import { replayCommand } from './summary.ts';

export interface TestOptions {
  /** How the test imports the file of the check: `../checks/queue.ts`. */
  readonly from: string;
  /** The key of its default export, where that is an object of several checks. */
  readonly key?: string | undefined;
  /** Whether the model has several initial states, so that the test must say which. */
  readonly hasInitials: boolean;
  /** Whether the end of the schedule shows the violation; what takes several schedules to show is searched instead. */
  readonly isShown: boolean;
}

/**
 * The text of a test file, in TypeScript: the same trace gives the same bytes.
 * @example
 * writeFileSync('test/queue.P5.test.ts', testOf(trace, { from: '../checks/queue.ts', hasInitials: false, isShown: true }));
 */
export function testOf(trace: Trace, { from, key, hasInitials, isShown }: TestOptions): string {
  const { check, property, schedule, initial, tool } = trace;
  const wanted = [
    `property: ${quoted(propertyId(property))}`,
    ...(isShown && hasInitials ? [`initial: ${quoted(initial)}`] : []),
  ].join(', ');
  const body = isShown
    ? [
        '// Fails once the design is repaired, and says what to put in its place.',
        `await expect(check).toReplay(${quoted(schedule)}, { ${wanted} });`,
      ]
    : [
        '// It takes several schedules to show it, so this searches all of them.',
        `await expect(check).toBeViolated({ ${wanted} });`,
      ];
  const told = commented(`Written by ${tool}. ${replayCommand(check, trace, 'npx heddle')}`);
  return [
    told,
    commented(`\n${renderTrace(trace)}`),
    "import 'heddle/vitest';",
    "import { expect, test } from 'vitest';",
    ...(key === undefined
      ? [`import check from ${quoted(from)};`, '']
      : [`import checks from ${quoted(from)};`, '', `const check = checks${member(key)};`, '']),
    `test(${quoted(`${check}: ${property}`)}, async () => {`,
    ...body.map((line) => `  ${line}`),
    '});',
    '',
  ].join('\n');
}

function commented(text: string): string {
  return text
    .split('\n')
    .map((line) => `// ${line}`.trimEnd())
    .join('\n');
}

function member(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${quoted(key)}]`;
}

/** A string of JavaScript, between single quotes where it needs no escapes. */
function quoted(text: string): string {
  const json = JSON.stringify(text);
  return /['\\]/.test(json) ? json : `'${json.slice(1, -1)}'`;
}
