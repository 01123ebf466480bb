import { describe, expect, test } from 'vitest';
import { checkName, inOrder, isCheckFile, keyedName } from '../../src/load/names.ts';

describe('names of checks', () => {
  test('are the path below checks/ without the ending', () => {
    expect(checkName('counter.ts')).toBe('counter');
    expect(checkName('queue/v3.ts')).toBe('queue/v3');
    expect(checkName('queue/v3.check.ts')).toBe('queue/v3');
    expect(checkName('queue/v3.mjs')).toBe('queue/v3');
  });

  test('of a file with several checks are its folder and the key', () => {
    expect(keyedName('classic/oracles.ts', 'die_hard')).toBe('classic/die_hard');
    expect(keyedName('oracles.ts', 'die_hard')).toBe('die_hard');
  });

  test('come from modules that are no tests, no declarations and not set aside with _', () => {
    expect(['a.ts', 'b/c.check.ts', 'd.js'].every(isCheckFile)).toBe(true);
    const others = ['a.test.ts', 'a.d.ts', '_a.ts', 'b/_c/d.ts', '.a.ts', 'a.json', 'README.md'];
    expect(others.filter(isCheckFile)).toEqual([]);
  });

  test('are ordered by the numbers in them', () => {
    expect(['a_10', 'b', 'a_2'].sort(inOrder)).toEqual(['a_2', 'a_10', 'b']);
  });
});
