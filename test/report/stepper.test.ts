import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderStep } from '../../src/report/stepper.ts';
import { arbitraryTrace } from './arbitrary.ts';
import { lostUpdate, sharedRcuHead } from './fixtures.ts';

test.each([
  [0, 72],
  [3, 80],
  [11, 80],
  [16, 120],
])('the screen after %i steps at %i columns is as agreed', async (at, width) => {
  const text = renderStep(sharedRcuHead, at, undefined, { width });
  await expect(`${text}\n`).toMatchFileSnapshot(`../golden/report/step-${at}-${width}.txt`);
});

test('the screen fills its height and stays inside its width, whatever the trace', () => {
  fc.assert(
    fc.property(
      arbitraryTrace,
      fc.nat(16),
      fc.constantFrom(40, 72, 80, 120),
      fc.constantFrom(12, 24, 50),
      fc.boolean(),
      (any, at, width, height, diffOnly) => {
        const lines = renderStep(any, at, undefined, { width, height, diffOnly }).split('\n');
        expect(lines.length).toBe(height);
        for (const line of lines) {
          expect(line.length, line).toBeLessThanOrEqual(width);
          expect(line).toMatch(/^(?:[\x20-\x7e]*[\x21-\x7e])?$/);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('a violation that says nothing is no blank line with a margin', () => {
  const steps = lostUpdate.steps.map((step) => ({ ...step, findings: [] }));
  const lines = renderStep({ ...lostUpdate, steps, violation: ' ' }, steps.length).split('\n');
  expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
});

test('the step that was just done is on the screen and marked', () => {
  for (let at = 1; at <= sharedRcuHead.steps.length; at += 1) {
    const marks = renderStep(sharedRcuHead, at)
      .split('\n')
      .filter((line) => /^ *> /.test(line));
    // The start of a callback is shown as the name of its function, which is no step of its own.
    expect(marks.length).toBe(sharedRcuHead.steps[at - 1].enters === undefined ? 1 : 0);
  }
});

test('only what changed is shown where that is asked', () => {
  const text = renderStep(lostUpdate, 3, undefined, { diffOnly: true });
  expect(text).toContain('x  0 -> 1');
  expect(text).not.toContain('----');
});

test('the whole state takes the place of the diagram', () => {
  const text = renderStep(lostUpdate, 3, { x: 1 });
  expect(text).toMatch(/^ {2}x {2}1$/m);
});
