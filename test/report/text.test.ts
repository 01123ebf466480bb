import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ascii, counted, cut, duration, grouped, wrap } from '../../src/report/text.ts';

test('numbers carry separators and nouns their plural', () => {
  expect(grouped(580811)).toBe('580,811');
  expect(grouped(999)).toBe('999');
  expect(counted(1, 'switch')).toBe('1 switch');
  expect(counted(2, 'switch')).toBe('2 switches');
  expect(counted(1_204_031, 'step')).toBe('1,204,031 steps');
});

test('durations are as long as they need to be', () => {
  expect([0, 0.009, 1.23, 25.4, 200].map(duration)).toEqual([
    '0 ms',
    '9 ms',
    '1.2 s',
    '25 s',
    '3 min 20 s',
  ]);
});

test('what is not ASCII is spelled or replaced', () => {
  expect(ascii('a \u2192 b\u2026\t\u00e9')).toBe('a -> b... ?');
});

test('a cut text says so', () => {
  expect(cut('page_table_free', 10)).toBe('page_ta...');
  expect(cut('page', 10)).toBe('page');
});

test('C is broken at commas and calls before it is broken inside an expression', () => {
  expect(
    wrap('m = atomic_xor_bits(&page->_refcount, 0x11 << h)', 34, { hang: 4, code: true }),
  ).toEqual(['m = atomic_xor_bits(', '    &page->_refcount, 0x11 << h)']);
  expect(wrap('call_rcu(&page->rcu_head, pte_free_now)', 26, { hang: 4, code: true })).toEqual([
    'call_rcu(&page->rcu_head,',
    '    pte_free_now)',
  ]);
});

test('a wrapped text loses nothing and stays inside its width', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 200 }),
      fc.integer({ min: 8, max: 80 }),
      fc.integer({ min: 0, max: 6 }),
      fc.boolean(),
      (text, width, hang, code) => {
        const lines = wrap(text, width, { hang, code });
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        expect(lines.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      },
    ),
  );
});
