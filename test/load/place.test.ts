import { describe, expect, test } from 'vitest';
import { HeddleError } from '../../src/design/errors.ts';
import { packageFolder } from '../../src/load/library.ts';
import { mistake, mistakeOf } from '../../src/load/mistake.ts';
import { codeFrame, errorBlock, placeOf, stackAt } from '../../src/load/place.ts';

const source = [
  "import { fn } from 'heddle';",
  'const ticket = atomic_fetch_add(lock.next, 1);',
  '  const jitter = Math.random();',
  'end();',
].join('\n');

describe('placeOf', () => {
  test('is the first frame in a file of the user', () => {
    const stack = `Error: x
    at here (file://${packageFolder}dist/design/errors.js:120:10)
    at model (${packageFolder}src/design/model.ts:81:70)
    at Object.parse (/p/node_modules/left-pad/index.js:1:2)
    at node:internal/modules/esm/module_job:325:25
    at ModuleJob.run (node:internal/modules/esm/module_job:325:25)
    at async Promise.all (index 0)
    at <anonymous> (/p/checks/counter.ts:6:10)
    at boom (/p/models/other.ts:1:1)`;
    expect(placeOf(stack)).toEqual({ file: '/p/checks/counter.ts', line: 6, column: 10 });
  });

  test('reads frames without a function, async ones and file URLs', () => {
    const place = { file: '/p/a b.ts', line: 3, column: 4 };
    expect(placeOf('Error\n    at /p/a b.ts:3:4')).toEqual(place);
    expect(placeOf('Error\n    at async file:///p/a%20b.ts:3:4')).toEqual(place);
    expect(placeOf(stackAt(place))).toEqual(place);
  });

  test('is nowhere where only heddle, Node or a cached bundle were running', () => {
    expect(placeOf('Error: x')).toBeUndefined();
    expect(
      placeOf('Error\n    at x (/p/.heddle/cache/a_ts-0123456789abcdef.mjs:1:1)'),
    ).toBeUndefined();
  });
});

describe('codeFrame', () => {
  test('marks the line and the column', () => {
    expect(codeFrame(source, { file: '', line: 3, column: 18 })).toEqual([
      '    2 | const ticket = atomic_fetch_add(lock.next, 1);',
      '  > 3 |   const jitter = Math.random();',
      '      |                  ^',
    ]);
  });

  test('of a first line has no line before it, and of a file that is shorter now nothing', () => {
    expect(codeFrame(source, { file: '', line: 1, column: 1 })).toHaveLength(2);
    expect(codeFrame(source, { file: '', line: 9, column: 1 })).toEqual([]);
  });
});

describe('errorBlock', () => {
  test('says fact, place, frame, reason, next step and where to read more', () => {
    const place = stackAt({ file: '/p/models/ticket.ts', line: 3, column: 18 });
    const fact = 'spin_lock gave two different states from one state';
    const error = new HeddleError('nondeterministic-step', fact, place);
    const block = errorBlock(mistakeOf(error, 'internal-error'), {
      folder: '/p',
      read: () => source,
    });
    expect(block).toBe(
      `error[nondeterministic-step]: spin_lock gave two different states from one state
  models/ticket.ts:3:18
    2 | const ticket = atomic_fetch_add(lock.next, 1);
  > 3 |   const jitter = Math.random();
      |                  ^
  A step must depend on the state only, or replay cannot be trusted.
  next: use pick or choose for a choice the explorer should try both ways; keep state in the schema
  more: docs/errors.md#nondeterministic-step`,
    );
  });

  test('has no place where nothing of the user was running', () => {
    const block = errorBlock(mistake('bad-flag', 'unknown option'), { folder: '/p' });
    expect(block.split('\n')).toHaveLength(4);
  });

  test('gives the schedule that got there', () => {
    const found = { ...mistake('step-threw', 'x'), schedule: '0x3.1' };
    expect(errorBlock(found, { folder: '/p' })).toContain('  schedule: 0x3.1, and then this\n');
  });
});

describe('mistakeOf', () => {
  test('keeps what heddle says of its own errors', () => {
    const found = mistakeOf(
      new HeddleError('recursion', 'walk calls itself', 'here'),
      'step-threw',
    );
    expect(found).toMatchObject({ code: 'recursion', fact: 'walk calls itself', stack: 'here' });
  });

  test('names the class of others, and takes what is no error at all', () => {
    expect(mistakeOf(new TypeError('no'), 'cannot-load')).toMatchObject({
      code: 'cannot-load',
      fact: 'TypeError: no',
    });
    expect(mistakeOf('a string', 'cannot-load').fact).toBe('a string');
  });
});
