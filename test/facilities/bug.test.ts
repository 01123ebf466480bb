/** BUG_ON ends the path, WARN_ON does not. */
import {
  atomic_read,
  BUG_ON,
  check,
  cpu,
  explore,
  machine,
  model,
  never,
  uint,
  WARN_ON,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found, rowOf } from '../outcome.ts';

const counters = machine({ x: uint(2), y: uint(1) });

function raced(word: typeof BUG_ON | typeof WARN_ON, limit: number, options = {}) {
  const writer = counters.fn('writer', (b) => [
    b.step('x = 1', (s) => {
      s.x = 1;
    }),
    b.step('x = 2', (s) => {
      s.x = 2;
    }),
  ]);
  const reader = counters.fn('reader', (b) => [
    b.step(`${word.name}(x > limit)`, (s) => {
      word(atomic_read(s, 'x') > limit, 'x > limit');
    }),
    b.step('y = 1', (s) => {
      s.y = 1;
    }),
  ]);
  return check(
    model({ machine: counters, cpus: [cpu({ task: writer }), cpu({ task: reader })] }),
    options,
  );
}

describe('BUG_ON', () => {
  test('is found in the shortest schedule that reaches it', () => {
    const bug = raced(BUG_ON, 1, { expected: { BUG_ON: 'violated' } });
    expect(found(bug, 'BUG_ON')).toEqual({
      facility: 'BUG_ON',
      kind: 'bug-on',
      object: '',
      steps: 3,
      switches: 1,
    });
  });

  test('ends the path: what would come after it is masked, not held', () => {
    const bug = raced(BUG_ON, 0, {
      properties: {
        'A: nothing is written after a 1 was seen': never(
          (s: { x: number; y: number }) => s.x === 2 && s.y === 2,
        ),
      },
      expected: { BUG_ON: 'violated', A: 'masked' },
    });
    const outcomes = explore(bug);
    expect(rowOf(outcomes, 'A')).toMatchObject({ verdict: 'masked', maskedBy: 'BUG_ON', ok: true });
    // 3 x 3 states; the reader that would have passed with x > 0 is not among them unless it passed before.
    expect(counts(bug)).toMatchObject({ states: 9, generated: 11 });
  });

  test('not where the condition cannot hold', () => {
    expect(counts(raced(BUG_ON, 2))).toEqual(clean(9, 13));
  });
});

describe('WARN_ON', () => {
  test('is recorded and the path goes on', () => {
    const warned = raced(WARN_ON, 1, { expected: { WARN_ON: 'violated' } });
    expect(found(warned, 'WARN_ON')).toEqual({
      facility: 'WARN_ON',
      kind: 'warn-on',
      object: '',
      steps: 3,
      switches: 1,
    });
    expect(counts(warned)).toEqual({
      verdict: 'violated',
      violated: ['WARN_ON'],
      states: 9,
      generated: 13,
      dead: 1,
    });
  });

  test('may be made fatal, or switched off', () => {
    const fatal = raced(WARN_ON, 0, {
      facilities: { WARN_ON: 'fatal' },
      expected: { WARN_ON: 'violated' },
    });
    expect(counts(fatal)).toMatchObject({ violated: ['WARN_ON'], generated: 11 });
    expect(counts(raced(WARN_ON, 0, { facilities: { WARN_ON: 'off' } }))).toEqual(clean(9, 13));
  });

  test('not where the condition cannot hold', () => {
    expect(counts(raced(WARN_ON, 2))).toEqual(clean(9, 13));
  });
});
