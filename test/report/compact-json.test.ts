import { expect, test } from 'vitest';
import { compactJson } from '../../src/report/compact-json.ts';

test('what is flat and fits a line stands on one; what has parts is broken down', () => {
  const value = {
    a: [1, 2],
    b: { c: 'x', d: undefined },
    e: [{ f: 1 }, { g: [] }],
    h: {},
    i: undefined,
  };
  expect(compactJson(value)).toBe(
    '{\n "a": [1, 2],\n "b": { "c": "x" },\n "e": [\n  { "f": 1 },\n  {\n   "g": []\n  }\n ],\n "h": {}\n}\n',
  );
});

test('long lists of numbers fill lines of at most 160 columns, and everything comes back', () => {
  const value = { levels: Array.from({ length: 200 }, (_, at) => at * 1000), text: '"\\\n' };
  const text = compactJson(value);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(160);
  expect(text.split('\n').length).toBe(16);
  expect(JSON.parse(text)).toEqual(value);
});
