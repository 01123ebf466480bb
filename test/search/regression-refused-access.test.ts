/**
 * To KCSAN a step that ends its path has touched what it touched before that. Where points of a program note what is touched there,
 * the words that such a step writes were left out: nobody else was thought to meet it, and a reduced search lost the race.
 */
import { BUG_ON, check, cpu, explore, machine, model, uint } from 'heddle';
import { expect, test } from 'vitest';
import type { Reduction } from '../../src/search/reduce/choice.ts';
import { RULES } from '../../src/search/reduce/rules.ts';
import { rowOf } from '../outcome.ts';
import { set } from './bodies.ts';

const m = machine({ x: uint(2), y: uint(2), z: uint(2) });
const raced = check(
  model({
    machine: m,
    cpus: [
      cpu({
        task: m.fn('reader', (b) => [
          b.step('read x', (s) => s.x),
          b.step('BUG', () => BUG_ON(true)),
        ]),
      }),
      cpu({
        task: m.fn('writer', (b) => [
          set(b, 'z', 1),
          b.step('x = 1, then BUG', (s) => {
            s.x = 1;
            BUG_ON(true);
          }),
        ]),
      }),
    ],
  }),
  { facilities: { KCSAN: 'soft' } },
);

const ways: readonly (readonly Reduction[])[] = [
  ['stubborn'],
  ['transactions'],
  ['stubborn', 'transactions'],
];

test('a step that ends its path races where it stands', () => {
  expect(rowOf(explore(raced), 'KCSAN').verdict).toBe('violated');
});

test.each(ways)('and it does in a reduced search: %s', (...reduce) => {
  for (const tour of [false, true]) {
    const row = rowOf(explore(raced, { reduce, rules: { ...RULES, tour } }), 'KCSAN');
    expect(row).toMatchObject({ verdict: 'violated', steps: 1 });
  }
});
