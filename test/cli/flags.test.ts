import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { boundsOf } from '../../src/cli/bounds.ts';
import { parseCount, parseDuration, parseSize } from '../../src/cli/flags.ts';

describe('a time', () => {
  test('has a unit', () => {
    expect(parseDuration('--time-limit', '10m')).toBe(600_000);
    expect(parseDuration('--time-limit', '90s')).toBe(90_000);
    expect(parseDuration('--time-limit', '1.5h')).toBe(5_400_000);
    expect(parseDuration('--time-limit', '250 ms')).toBe(250);
  });

  test('is refused without one, and where it is nothing or less', () => {
    const refused = (value: string, why: string) =>
      expect(() => parseDuration('--time-limit', value)).toThrow(why);
    refused('10', '--time-limit 10 has no unit');
    refused('0s', 'must be above zero');
    refused('-5m', 'must be above zero');
    refused('10 parsecs', "'parsecs' is none of");
    refused('soon', 'not a number with a unit');
    refused('', 'not a number with a unit');
    refused('1..5s', 'not a number with a unit');
  });
});

describe('a size', () => {
  test('has a unit, of 1024 or 1000', () => {
    expect(parseSize('--memory-limit', '8GiB')).toBe(8 * 2 ** 30);
    expect(parseSize('--memory-limit', '512mib')).toBe(512 * 2 ** 20);
    expect(parseSize('--memory-limit', '2GB')).toBe(2e9);
    expect(() => parseSize('--memory-limit', '8')).toThrow(
      'has no unit: MiB, GiB, MB or GB, like 8GiB',
    );
    expect(() => parseSize('--memory-limit', '8G')).toThrow("'G' is none of");
  });
});

describe('a count', () => {
  property.prop([fc.integer({ min: 1 })])('reads back what was written', (count) => {
    expect(parseCount('--max-states', String(count))).toBe(count);
    expect(parseCount('--max-states', count.toLocaleString('en-US'))).toBe(count);
  });

  test('is a whole number from 1', () => {
    expect(parseCount('--max-states', '50_000_000')).toBe(50_000_000);
    for (const value of ['0', '-1', '1.5', 'many', '', '1e6', '1__0', '99999999999999999999']) {
      expect(() => parseCount('--max-states', value), value).toThrow('not a whole number from 1');
    }
  });
});

describe('bounds', () => {
  test('come from flags first, then from the environment', () => {
    const environment = { HEDDLE_MAX_STATES: '7', HEDDLE_TIME_LIMIT: '1m', HEDDLE_MAX_DEPTH: '' };
    expect(boundsOf({ maxStates: '9', memoryLimit: '1GiB' }, environment)).toEqual({
      maxStates: 9,
      timeLimitMs: 60_000,
      memoryLimitBytes: 2 ** 30,
    });
  });

  test('name the variable they are wrong in', () => {
    expect(() => boundsOf({}, { HEDDLE_TIME_LIMIT: '5' })).toThrow(
      'HEDDLE_TIME_LIMIT 5 has no unit',
    );
  });
});
