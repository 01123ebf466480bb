import { describe, expect, test } from 'vitest';
import { canRepaint, columnsOf, hasColor, paintFor } from '../../src/cli/terminal.ts';

describe('colour', () => {
  test('is for terminals', () => {
    expect(hasColor('auto', {}, true)).toBe(true);
    expect(hasColor('auto', {}, false)).toBe(false);
    expect(hasColor('auto', { TERM: 'dumb' }, true)).toBe(false);
  });

  test('goes with NO_COLOR, comes with FORCE_COLOR, and --color wins over both', () => {
    expect(hasColor('auto', { NO_COLOR: '1' }, true)).toBe(false);
    expect(hasColor('auto', { NO_COLOR: '' }, true)).toBe(true);
    expect(hasColor('auto', { FORCE_COLOR: '1' }, false)).toBe(true);
    expect(hasColor('auto', { FORCE_COLOR: '0' }, true)).toBe(false);
    expect(hasColor('never', { FORCE_COLOR: '1' }, true)).toBe(false);
    expect(hasColor('always', { NO_COLOR: '1' }, false)).toBe(true);
  });

  test('is nothing but escapes around the text', () => {
    expect(paintFor(false)('bad', 'VIOLATED')).toBe('VIOLATED');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is looked for.
    expect(paintFor(true)('bad', 'VIOLATED').replace(/\x1b\[\d+m/g, '')).toBe('VIOLATED');
    expect(paintFor(true)('bad', 'VIOLATED')).toContain('\x1b[31m');
  });
});

describe('a terminal', () => {
  test('is repainted unless it is dumb or a continuous integration looks on', () => {
    expect(canRepaint({}, true)).toBe(true);
    expect(canRepaint({}, false)).toBe(false);
    expect(canRepaint({ TERM: 'dumb' }, true)).toBe(false);
    expect(canRepaint({ CI: 'true' }, true)).toBe(false);
    expect(canRepaint({ CI: 'false' }, true)).toBe(true);
  });

  test('that does not know its width has 80 columns', () => {
    expect(columnsOf({})).toBe(80);
    expect(columnsOf({ columns: 0 })).toBe(80);
    expect(columnsOf({ columns: 132 })).toBe(132);
  });
});
