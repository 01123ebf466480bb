/** Every claim of the thread has a check that says what it decides, whence and how far; the smallest are run. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import c4 from '../../checks/s390_pgtable/claims/c4.ts';
import c9 from '../../checks/s390_pgtable/claims/c9.ts';
import c10 from '../../checks/s390_pgtable/claims/c10.ts';
import c16 from '../../checks/s390_pgtable/claims/c16.ts';
import c18 from '../../checks/s390_pgtable/claims/c18.ts';
import c20 from '../../checks/s390_pgtable/claims/c20.ts';
import c21 from '../../checks/s390_pgtable/claims/c21.ts';
import c22 from '../../checks/s390_pgtable/claims/c22.ts';
import c23 from '../../checks/s390_pgtable/claims/c23.ts';
import c25 from '../../checks/s390_pgtable/claims/c25.ts';
import c28 from '../../checks/s390_pgtable/claims/c28.ts';
import { base } from '../../models/s390_pgtable/base.ts';
import { on_cpus } from '../../models/s390_pgtable/design.ts';
import { s390 } from '../../models/s390_pgtable/page.ts';
import { properties } from '../../models/s390_pgtable/properties.ts';
import { type Check, check, explore, ref, uint } from '../../src/index.ts';

const FOLDER = '../../checks/s390_pgtable/claims';
/** C27 says that the patch as posted does not compile: nothing to explore. */
const REMARKS = [27];

const numbers = readdirSync(new URL(FOLDER, import.meta.url))
  .flatMap((name) => /^c(\d+)\.ts$/.exec(name)?.[1] ?? [])
  .map(Number)
  .sort((a, b) => a - b);

test('each claim from C1 to C28 is decided, or a remark', () => {
  const all = Array.from({ length: 28 }, (_, index) => index + 1);
  const missing = all.filter((number) => !numbers.includes(number) && !REMARKS.includes(number));
  expect(missing).toEqual([]);
  expect(numbers.filter((number) => !all.includes(number) || REMARKS.includes(number))).toEqual([]);
});

describe.each(numbers)('C%i', (number) => {
  test('has checks that name it, with claim, source and scope', async () => {
    for (const [name, one] of await checksOf(number)) {
      expect(name).toMatch(new RegExp(`^c${number}(_|$)`));
      expect(one.claim, name).toMatch(new RegExp(`^C${number}: `));
      expect(one.source, name).toBeTruthy();
      expect(
        one.scope?.some((line) => line.startsWith('kernel: ')),
        name,
      ).toBe(true);
      expect(
        one.scope?.some((line) => line.startsWith('left out: ')),
        name,
      ).toBe(true);
    }
  });
});

async function checksOf(number: number): Promise<[string, Check][]> {
  const { default: found } = await import(`${FOLDER}/c${number}.ts`);
  return found.kind === 'check' ? [[`c${number}`, found]] : Object.entries(found);
}

/** Distinct states, a changed count is a changed model. */
const COUNTED: readonly [string, Check | undefined, number][] = [
  ['c4_mmdrop', c4.c4_mmdrop, 18_127],
  ['c9_seed', c9.c9_seed, 9_933],
  ['c9_base', c9.c9_base, 4_218],
  ['c10_base', c10.c10_base, 4_974],
  ['c16_g28', c16.c16_g28, 37_100],
  ['c18_one_xor', c18.c18_one_xor, 742],
  ['c18_two_xors', c18.c18_two_xors, 15_532],
  ['c20', c20, 76_092],
  ['c21_v1', c21.c21_v1, 78_348],
  ['c21_draft', c21.c21_draft, 19_420],
  ['c21_v2', c21.c21_v2, 19_884],
  ['c21_v3', c21.c21_v3, 11_556],
  ['c22_synchronize_rcu', c22.c22_synchronize_rcu, 31_946],
  ['c23_listed', c23.c23_listed, 48_490],
  ['c23_not_listed', c23.c23_not_listed, 53_458],
  ['c25', c25.c25, 62_299],
  ['c25_blind', c25.c25_blind, 90_917],
  ['c28_deferred_v67', c28.c28_deferred_v67, 2_409],
  ['c28_unmapped_v67', c28.c28_unmapped_v67, 898],
  ['c28_unmapped_base', c28.c28_unmapped_base, 16_654],
];

test.each(COUNTED)('%s ends as declared', (_name, one, states) => {
  const { verdict } = explore(one as Check);
  expect(verdict.properties.filter(({ ok }) => !ok)).toEqual([]);
  expect(verdict.ok).toBe(true);
  expect(verdict.states).toBe(states);
});

test('a table that is freed before its TLB is flushed changes hands under the hardware (W_hw)', () => {
  const params = { tlb: ref('batch'), page: ref('page'), h: uint(1) };
  const page_table_free_rcu = s390.fn('page_table_free_rcu', { params }, (b) => [
    b.call(base.page_table_free, (l) => ({ page: l.page, h: l.h })),
  ]);
  const hasty = { ...base, page_table_free_rcu: () => page_table_free_rcu };
  const walked = { clients: 1, walk: false, walkers: 1, only: ['translation'] } as const;
  const { verdict } = explore(
    check(on_cpus(hasty, { ...walked, size: { pages: 1 } }), { properties: properties('W_hw') }),
  );
  expect(verdict.properties.find(({ id }) => id === 'W_hw')?.verdict).toBe('violated');
});
