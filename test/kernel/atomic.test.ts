/** Atomic words: what they return, what they leave, and that each is one access. */
import {
  atomic,
  atomic_add,
  atomic_add_return,
  atomic_cmpxchg,
  atomic_dec,
  atomic_dec_and_test,
  atomic_fetch_add,
  atomic_fetch_and,
  atomic_fetch_andnot,
  atomic_fetch_or,
  atomic_inc,
  atomic_inc_not_zero,
  atomic_read,
  atomic_set,
  atomic_sub,
  atomic_sub_return,
  atomic_xchg,
  atomic_xor_bits,
  bool,
  ClearPageActive,
  check,
  clear_bit,
  cmpxchg,
  cpu,
  machine,
  mmdrop,
  mmgrab,
  model,
  PageActive,
  page_flag,
  page_flags,
  READ_ONCE,
  range,
  rcu_assign_pointer,
  rcu_dereference,
  record,
  refcount,
  refcount_dec_and_test,
  refcount_inc_not_zero,
  refcount_read,
  refcount_set,
  SetPageActive,
  type StateOf,
  set_bit,
  set_page_flag,
  smp_load_acquire,
  smp_mb,
  smp_store_release,
  TestClearPageActive,
  test_and_clear_bit,
  test_and_set_bit,
  test_bit,
  test_clear_page_flag,
  test_set_page_flag,
  uint,
  WRITE_ONCE,
  word,
  xchg,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { counts, found, refusal } from '../outcome.ts';
import { atRest } from './look.ts';

const state = machine({
  n: atomic(255),
  wraps: range(2, { wraps: true }),
  refs: refcount(3),
  page: record('page', { flags: page_flags('locked', 'active'), mm_count: atomic(3) }),
  pointer: word(),
  ready: bool(),
  returned: uint(8),
});
type State = StateOf<typeof state>;
type Effect = (s: State) => unknown;

/** What one CPU gets back and leaves behind, starting from `n`. */
function result(n: number, effect: Effect): [returned: number, left: number] {
  const design = model({
    machine: state,
    cpus: [
      cpu({
        task: state.fn('task', (b) => [
          b.step('operation', (s) => {
            s.returned = Number(effect(s) ?? 0);
          }),
        ]),
      }),
    ],
    initial: (s) => {
      s.n = n;
    },
  });
  const [seen] = atRest(design, (s) => [s.returned, s.n] as [number, number]);
  return seen;
}

describe('counters', () => {
  test.each<[string, number, Effect, number, number]>([
    ['atomic_read', 7, (s) => atomic_read(s, 'n'), 7, 7],
    ['atomic_set', 7, (s) => atomic_set(s, 'n', 9), 0, 9],
    ['atomic_add', 7, (s) => atomic_add(s, 'n', 3), 0, 10],
    ['atomic_sub', 7, (s) => atomic_sub(s, 'n', 3), 0, 4],
    ['atomic_inc', 7, (s) => atomic_inc(s, 'n'), 0, 8],
    ['atomic_dec', 7, (s) => atomic_dec(s, 'n'), 0, 6],
    ['atomic_add_return: the new value', 7, (s) => atomic_add_return(s, 'n', 3), 10, 10],
    ['atomic_sub_return: the new value', 7, (s) => atomic_sub_return(s, 'n', 3), 4, 4],
    ['atomic_fetch_add: the old value', 7, (s) => atomic_fetch_add(s, 'n', 3), 7, 10],
    ['atomic_dec_and_test: not yet', 2, (s) => atomic_dec_and_test(s, 'n'), 0, 1],
    ['atomic_dec_and_test: now 0', 1, (s) => atomic_dec_and_test(s, 'n'), 1, 0],
    ['atomic_inc_not_zero', 7, (s) => atomic_inc_not_zero(s, 'n'), 1, 8],
    ['atomic_inc_not_zero: 0', 0, (s) => atomic_inc_not_zero(s, 'n'), 0, 0],
    ['atomic_cmpxchg: as expected', 7, (s) => atomic_cmpxchg(s, 'n', 7, 9), 7, 9],
    ['atomic_cmpxchg: otherwise', 7, (s) => atomic_cmpxchg(s, 'n', 8, 9), 7, 7],
    ['cmpxchg', 7, (s) => cmpxchg(s, 'n', 7, 1), 7, 1],
    ['atomic_xchg: the old value', 7, (s) => atomic_xchg(s, 'n', 9), 7, 9],
    ['xchg', 7, (s) => xchg(s, 'n', 0), 7, 0],
    ['atomic_xor_bits: the new value', 0x31, (s) => atomic_xor_bits(s, 'n', 0x11), 0x20, 0x20],
    ['atomic_xor_bits: and back', 0x20, (s) => atomic_xor_bits(s, 'n', 0x11), 0x31, 0x31],
    ['atomic_fetch_or: the old value', 0x0c, (s) => atomic_fetch_or(s, 'n', 0x05), 0x0c, 0x0d],
    ['atomic_fetch_and: the old value', 0x0c, (s) => atomic_fetch_and(s, 'n', 0x05), 0x0c, 0x04],
    [
      'atomic_fetch_andnot: the old value',
      0x0c,
      (s) => atomic_fetch_andnot(s, 'n', 0x05),
      0x0c,
      0x08,
    ],
    ['set_bit', 0, (s) => set_bit(s, 'n', 3), 0, 8],
    ['clear_bit', 0x0c, (s) => clear_bit(s, 'n', 3), 0, 4],
    ['test_bit: set', 0x0c, (s) => test_bit(s, 'n', 3), 1, 0x0c],
    ['test_bit: clear', 0x0c, (s) => test_bit(s, 'n', 0), 0, 0x0c],
    ['test_and_set_bit: was clear', 4, (s) => test_and_set_bit(s, 'n', 3), 0, 0x0c],
    ['test_and_set_bit: was set', 0x0c, (s) => test_and_set_bit(s, 'n', 3), 1, 0x0c],
    ['test_and_clear_bit: was set', 0x0c, (s) => test_and_clear_bit(s, 'n', 3), 1, 4],
    ['test_and_clear_bit: was clear', 4, (s) => test_and_clear_bit(s, 'n', 3), 0, 4],
    ['READ_ONCE', 7, (s) => READ_ONCE(s, 'n'), 7, 7],
    ['WRITE_ONCE', 7, (s) => WRITE_ONCE(s, 'n', 9), 0, 9],
    ['smp_load_acquire', 7, (s) => smp_load_acquire(s, 'n'), 7, 7],
    ['smp_store_release', 7, (s) => smp_store_release(s, 'n', 9), 0, 9],
    ['rcu_dereference', 7, (s) => rcu_dereference(s, 'n'), 7, 7],
    ['rcu_assign_pointer', 7, (s) => rcu_assign_pointer(s, 'n', 9), 0, 9],
    ['smp_mb', 7, () => smp_mb(), 0, 7],
  ])('%s', (_name, before, effect, returned, after) => {
    expect(result(before, effect)).toEqual([returned, after]);
  });

  test('a counter that wraps returns what it holds', () => {
    expect(result(0, (s) => atomic_sub_return(s, 'wraps', 1))).toEqual([2, 0]);
    expect(result(0, (s) => atomic_add_return(s, 'wraps', 4))).toEqual([1, 0]);
  });

  test('a counter that does not wrap ends the path', () => {
    const task = state.fn('task', (b) => [b.step('atomic_dec', (s) => atomic_dec(s, 'n'))]);
    const below = check(model({ machine: state, cpus: [cpu({ task })] }), {
      expected: { range: 'violated' },
    });
    expect(found(below, 'range')).toMatchObject({ object: 'n', steps: 1 });
  });
});

describe('page flags', () => {
  const flags = (start: number, effect: Effect) => {
    const design = model({
      machine: state,
      cpus: [
        cpu({
          task: state.fn('task', (b) => [
            b.step('operation', (s) => {
              s.returned = Number(effect(s) ?? 0);
            }),
          ]),
        }),
      ],
      initial: (s) => {
        s.page.flags = start;
      },
    });
    return atRest(design, (s) => [s.returned, s.page.flags])[0];
  };

  // 'locked' is bit 0, 'active' bit 1: in the order they are named.
  test.each<[string, number, Effect, number, number]>([
    ['SetPageActive', 1, (s) => SetPageActive(s.page), 0, 3],
    ['ClearPageActive', 3, (s) => ClearPageActive(s.page), 0, 1],
    ['PageActive: set', 2, (s) => PageActive(s.page), 1, 2],
    ['PageActive: clear', 1, (s) => PageActive(s.page), 0, 1],
    ['TestClearPageActive: was set', 3, (s) => TestClearPageActive(s.page), 1, 1],
    ['TestClearPageActive: was clear', 1, (s) => TestClearPageActive(s.page), 0, 1],
    ['set_page_flag', 2, (s) => set_page_flag(s.page, 'locked'), 0, 3],
    ['page_flag', 1, (s) => page_flag(s.page, 'locked'), 1, 1],
    ['test_clear_page_flag', 3, (s) => test_clear_page_flag(s.page, 'locked'), 1, 2],
    ['test_set_page_flag: was clear', 2, (s) => test_set_page_flag(s.page, 'locked'), 0, 3],
    ['test_set_page_flag: was set', 3, (s) => test_set_page_flag(s.page, 'locked'), 1, 3],
  ])('%s', (_name, before, effect, returned, after) => {
    expect(flags(before, effect)).toEqual([returned, after]);
  });

  test('a flag that the page does not have', () => {
    const task = state.fn('task', (b) => [b.step('typo', (s) => set_page_flag(s.page, 'actve'))]);
    const typo = () => check(model({ machine: state, cpus: [cpu({ task })] }));
    expect(refusal(typo)).toMatchObject({
      code: 'step-threw',
      fact: expect.stringContaining('actve'),
    });
  });
});

describe('references', () => {
  test('mmgrab and mmdrop', () => {
    expect(
      result(0, (s) => {
        mmgrab(s.page);
        mmgrab(s.page);
        return Number(mmdrop(s.page)) * 2 + Number(mmdrop(s.page));
      }),
    ).toEqual([1, 0]);
  });

  test('refcount_t', () => {
    expect(
      result(0, (s) => {
        refcount_set(s, 'refs', 2);
        const first = refcount_dec_and_test(s, 'refs');
        const more = refcount_inc_not_zero(s, 'refs');
        const now = refcount_read(s, 'refs');
        refcount_dec_and_test(s, 'refs');
        const last = refcount_dec_and_test(s, 'refs');
        const gone = refcount_inc_not_zero(s, 'refs');
        return [first, more, now === 2, last, gone].reduce((sum, bit) => sum * 2 + Number(bit), 0);
      }),
    ).toEqual([0b01110, 0]);
  });
});

describe('granularity', () => {
  /** Two CPUs do it, so that every word is shared. */
  const shared = (effect: (s: State) => unknown) => {
    const task = state.fn('task', (b) => [
      b.step('operation', (s) => {
        effect(s);
      }),
    ]);
    const start = (s: State) => {
      s.n = 5;
      s.refs = 3;
      s.page.mm_count = 3;
    };
    return check(model({ machine: state, cpus: [cpu({ count: 2, task })], initial: start }));
  };

  test.each<[string, (s: State) => unknown]>([
    ['atomic_inc', (s) => atomic_inc(s, 'n')],
    ['atomic_add_return', (s) => atomic_add_return(s, 'n', 2)],
    ['atomic_dec_and_test', (s) => atomic_dec_and_test(s, 'n')],
    ['atomic_inc_not_zero', (s) => atomic_inc_not_zero(s, 'n')],
    ['atomic_cmpxchg', (s) => atomic_cmpxchg(s, 'n', 5, 6)],
    ['xchg on a boolean', (s) => xchg(s, 'ready', true)],
    ['cmpxchg on a word', (s) => cmpxchg(s, 'pointer', 0, 0x100)],
    ['atomic_xor_bits', (s) => atomic_xor_bits(s, 'n', 1)],
    ['test_and_set_bit', (s) => test_and_set_bit(s, 'n', 3)],
    ['test_set_page_flag', (s) => test_set_page_flag(s.page, 'active')],
    ['TestClearPageActive', (s) => TestClearPageActive(s.page)],
    ['refcount_dec_and_test', (s) => refcount_dec_and_test(s, 'refs')],
    ['mmdrop', (s) => mmdrop(s.page)],
  ])('%s is one access', (_name, effect) => {
    expect(counts(shared(effect))).toMatchObject({ verdict: 'holds' });
  });

  test.each<[string, (s: State) => unknown]>([
    ['two atomics on one word', (s) => [atomic_inc(s, 'n'), atomic_dec(s, 'n')]],
    ['a load and a store', (s) => WRITE_ONCE(s, 'n', READ_ONCE(s, 'n') ^ 1)],
    ['an exchange and a load of another word', (s) => [xchg(s, 'ready', true), s.n, s.refs]],
  ])('%s are two', (_name, effect) => {
    expect(refusal(() => shared(effect))).toMatchObject({ code: 'coarse-step' });
  });
});
