/** What must be true of the steps of a design: the description's and the model's are the same. */
import { expect, test } from 'vitest';
import type { AnyFn } from '../../src/design/program.ts';
import { fits, labelsOf } from './labels.ts';

type Steps = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** `description` has the numbers of each function's steps, sorted; `functions` are those of the model by name. */
export function testSteps(
  steps: Steps,
  description: Readonly<Record<string, readonly string[]>>,
  functions: ReadonlyMap<string, AnyFn>,
): void {
  test.each(Object.entries(description))('%s has all its steps', (name, numbers) => {
    expect(Object.keys(steps[name] ?? {}).sort()).toEqual([...numbers].sort());
  });

  test.each(Object.keys(description))('every step of %s has one number', (name) => {
    const labels = labelsOf(functions.get(name) as AnyFn);
    const found = new Map<string, string[]>(labels.map((label) => [label, []]));
    for (const [number, patterns] of Object.entries(steps[name] ?? {})) {
      for (const pattern of patterns) {
        const fitting = labels.filter((label) => fits(label, pattern));
        expect(fitting, `${number}: ${pattern}`).not.toEqual([]);
        for (const label of fitting) found.get(label)?.push(number);
      }
    }
    for (const [label, numbers] of found) expect(numbers, label).toHaveLength(1);
  });

  test('describes nothing else', () => {
    expect(Object.keys(steps).sort()).toEqual(Object.keys(description).sort());
  });
}
