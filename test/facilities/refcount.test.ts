/** refcount_t: what can only be a bug in a counter of references. */
import {
  check,
  cpu,
  machine,
  model,
  refcount,
  refcount_dec,
  refcount_dec_and_test,
  refcount_inc,
  refcount_inc_not_zero,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found } from '../outcome.ts';

const objects = machine({ refs: refcount(3) });
const one = (s: { refs: number }) => {
  s.refs = 1;
};
const put = objects.fn('put', (b) => [
  b.step('refcount_dec_and_test', (s) => {
    refcount_dec_and_test(s, 'refs');
  }),
]);
const bad = { expected: { refcount_t: 'violated' } } as const;

describe('increment from zero', () => {
  test('one CPU drops the last reference, another takes a new one', () => {
    const get = objects.fn('get', (b) => [
      b.step('refcount_inc', (s) => refcount_inc(s, 'refs')),
      b.step('refcount_dec_and_test', (s) => {
        refcount_dec_and_test(s, 'refs');
      }),
    ]);
    const raced = check(
      model({ machine: objects, cpus: [cpu({ task: get }), cpu({ task: put })], initial: one }),
      bad,
    );
    expect(found(raced, 'refcount_t')).toEqual({
      facility: 'refcount_t',
      kind: 'inc-from-zero',
      object: 'refs',
      steps: 2,
      switches: 1,
    });
  });

  test('not with refcount_inc_not_zero', () => {
    const get = objects.fn('get', (b) => [
      b.test('refcount_inc_not_zero', (s) => refcount_inc_not_zero(s, 'refs'), [
        b.step('refcount_dec_and_test', (s) => {
          refcount_dec_and_test(s, 'refs');
        }),
      ]),
    ]);
    const careful = check(
      model({ machine: objects, cpus: [cpu({ task: get }), cpu({ task: put })], initial: one }),
    );
    // (before, inside, ended) for one, (before, ended) for the other; the count follows from both, except that nobody gets in late.
    expect(counts(careful)).toEqual(clean(6, 8));
  });
});

describe('underflow', () => {
  test('two CPUs drop one reference', () => {
    const twice = check(
      model({ machine: objects, cpus: [cpu({ count: 2, task: put })], initial: one }),
      bad,
    );
    expect(found(twice, 'refcount_t')).toEqual({
      facility: 'refcount_t',
      kind: 'underflow',
      object: 'refs',
      steps: 2,
      switches: 1,
    });
  });

  test('not when there are two references', () => {
    const two = check(
      model({
        machine: objects,
        cpus: [cpu({ count: 2, task: put })],
        initial: (s) => {
          s.refs = 2;
        },
      }),
    );
    expect(counts(two)).toEqual(clean(4, 5));
  });

  test('refcount_dec to zero leaks', () => {
    const drop = objects.fn('drop', (b) => [
      b.step('refcount_dec', (s) => refcount_dec(s, 'refs')),
    ]);
    const leaked = check(
      model({ machine: objects, cpus: [cpu({ task: drop })], initial: one }),
      bad,
    );
    expect(found(leaked, 'refcount_t')).toMatchObject({
      kind: 'dec-to-zero',
      object: 'refs',
      steps: 1,
    });
  });

  test('a reference too many leaves the range', () => {
    const get = objects.fn('get', (b) => [b.step('refcount_inc', (s) => refcount_inc(s, 'refs'))]);
    const full = check(
      model({
        machine: objects,
        cpus: [cpu({ count: 3, task: get })],
        initial: one,
      }),
      { expected: { range: 'violated' } },
    );
    expect(found(full, 'range')).toMatchObject({
      kind: 'value-out-of-range',
      object: 'refs',
      steps: 3,
    });
  });
});
