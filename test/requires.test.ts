import { describe, expect, test, vi } from 'vitest';
import { findOnPath, missing, requires } from './requires.ts';

describe('requires', () => {
  test('finds an executable in the folders of a PATH', () => {
    expect(findOnPath('sh', '/nowhere:/bin')).toBe('/bin/sh');
    expect(findOnPath('sh', '/nowhere::')).toBeUndefined();
  });

  test('names the command that installs what is missing', () => {
    expect(missing('dot')).toBe('dot is not installed: apt-get install graphviz');
  });

  test('fails instead of skipping where HEDDLE_NO_SKIP is set', () => {
    vi.stubEnv('PATH', '/nowhere');
    vi.stubEnv('HEDDLE_NO_SKIP', '1');
    try {
      expect(() => requires('spin')).toThrow('apt-get install spin');
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
