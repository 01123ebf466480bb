/** The models say every numbered step of the description, none left out and no two made one. */
import { describe, expect, test } from 'vitest';
import { b0 } from '../../models/s390_pgtable/b0.ts';
import { base } from '../../models/s390_pgtable/base.ts';
import { base_without_p } from '../../models/s390_pgtable/base_without_p.ts';
import { mmu_gather } from '../../models/s390_pgtable/batch.ts';
import { type Design, on_cpus } from '../../models/s390_pgtable/design.ts';
import { draft } from '../../models/s390_pgtable/draft.ts';
import { g14 } from '../../models/s390_pgtable/g14.ts';
import { g28 } from '../../models/s390_pgtable/g28.ts';
import { hh_listed } from '../../models/s390_pgtable/hh_listed.ts';
import { base_pgste, v3_pgste } from '../../models/s390_pgtable/pgste.ts';
import { seed } from '../../models/s390_pgtable/seed.ts';
import { v1 } from '../../models/s390_pgtable/v1.ts';
import {
  v1_on_seed,
  v1_on_seed_with_mmdrop,
  v1_on_seed_without_mmgrab,
} from '../../models/s390_pgtable/v1_on_seed.ts';
import { v1_without_mmgrab } from '../../models/s390_pgtable/v1_without_mmgrab.ts';
import { v2 } from '../../models/s390_pgtable/v2.ts';
import { v3 } from '../../models/s390_pgtable/v3.ts';
import { v67 } from '../../models/s390_pgtable/v67.ts';
import type { AnyFn } from '../../src/design/program.ts';
import { check, explore } from '../../src/index.ts';
import { functionsFrom } from './labels.ts';
import { testSteps } from './steps.ts';

/** How many numbered steps the description of each function has; letters are hunks of the SEED patch, words parts of a step. */
const BASE = {
  page_table_alloc: '1 2 3 4 5 6 7 8 9 10 11 12',
  page_table_free: '1 2 3 4 5 6 7',
  page_table_free_rcu: '1 2 3 4 5',
  __tlb_remove_table: '1 2 3',
};
const V1 = { pte_free_defer: '1 2 3', pte_free_now: '1 2 3' };
const SEED = {
  page_table_alloc: '1 2 3a 4 5b 6 7 8 9 10 11c 12',
  page_table_free: '1 2 3d 4 5 6 7',
  page_table_free_rcu: '1 2 3e 4 5',
  __tlb_remove_table: '1 2 3',
};
const BASE_PGSTE = {
  page_table_alloc: '7 8 9',
  page_table_free: '1 2',
  page_table_free_rcu: '1',
  __tlb_remove_table: '1 2',
};
const guest = v3_pgste('has_pgste');
const V3_PGSTE = {
  page_table_alloc: '7 7-init 8 9',
  page_table_free: '1 2-check 2-test 2-call_rcu 2-FREE',
  page_table_free_rcu: '1',
  __tlb_remove_table: '1 2-check 2-test 2-call_rcu 2-FREE',
  pte_free_defer: '1 2 3',
  pte_free_now: '1',
};
/** What all designs with H bits have in common. */
const HALVES = { pte_free_half: '1 2 3', pte_free_now0: '1', pte_free_now1: '1' };
/** It has no test that step 4 of BASE could be. */
const DRAFT = {
  page_table_alloc: '1 2 3 5 6 7 7-pt_mm 8 9 10 11 12',
  page_table_free: '1 2 3 4 5 6',
  page_table_free_rcu: '1 2 3 4 5',
  __tlb_remove_table: '1 2 3 3-alone 4 5 6',
  pte_free_defer: '1 2 3 4 5',
  ...HALVES,
};
const DESCRIPTIONS: readonly [string, Design, Readonly<Record<string, string>>][] = [
  ['BASE', base, BASE],
  ['BASE without P', base_without_p, BASE],
  ['B0', b0, { ...BASE, page_table_free: '1 2 3 4 6 7' }],
  ['V1', v1, { ...BASE, ...V1 }],
  ['V1 without mmgrab', v1_without_mmgrab, { ...BASE, pte_free_defer: '2 3', pte_free_now: '1 2' }],
  ['SEED', seed, SEED],
  ['V1 on SEED', v1_on_seed, { ...SEED, ...V1 }],
  ['V1 on SEED with mmdrop', v1_on_seed_with_mmdrop, { ...SEED, ...V1 }],
  [
    'V1 on SEED without mmgrab',
    v1_on_seed_without_mmgrab,
    { ...SEED, pte_free_defer: '2 3', pte_free_now: '1 2' },
  ],
  ['DRAFT', draft, DRAFT],
  ['G14', g14, { ...BASE, pte_free_defer: '1 2 3 4 5', ...HALVES }],
  ['V2', v2, DRAFT],
  [
    'G28',
    g28,
    {
      ...BASE,
      page_table_alloc: '1 2 3 4 5 5-flag 6 7 8 9 10 11 11-flag 12',
      pte_free_defer: '1 2 3 4 5 6',
      ...HALVES,
    },
  ],
  [
    'HH listed',
    hh_listed,
    {
      ...BASE,
      page_table_free: '1 2 3 4 5 6 7-H 7-call_rcu 7-FREE',
      __tlb_remove_table: '1 2 3-H 3-call_rcu 3-FREE',
      pte_free_defer: '1 2 3 4 5 6 7-H 7-call_rcu',
      pte_free_now: '1',
    },
  ],
  [
    'V3',
    v3,
    {
      ...BASE,
      page_table_free: '1 2 3 4 5 6 7-check 7-test 7-call_rcu 7-FREE',
      __tlb_remove_table: '1 2 3-check 3-test 3-call_rcu 3-FREE',
      pte_free_defer: '1 2',
      pte_free_now: '1',
    },
  ],
  [
    'V67',
    v67,
    {
      page_table_alloc: '1 2 3',
      page_table_free: '1',
      page_table_free_rcu: '1',
      __tlb_remove_table: '1',
      pte_free_defer: '1',
      pte_free_now: '1',
    },
  ],
  ['BASE with pgstes', base_pgste, BASE_PGSTE],
  ['V3 with pgstes', guest, V3_PGSTE],
];

/** Designs whose wreckage knows no bounds: their client frees each table once. */
const BOUNDED = new Set([
  v1,
  v1_without_mmgrab,
  v1_on_seed,
  v1_on_seed_with_mmdrop,
  v1_on_seed_without_mmgrab,
]);

/** Steps that no schedule takes: a page's only table is not both deferred and in a batch. */
const UNREACHABLE = new Map([
  [guest, ['__tlb_remove_table: call_rcu(&page->rcu_head, pte_free_now)']],
]);

describe.each(DESCRIPTIONS)('%s', (_name, design, description) => {
  const functions = functionsOf(design);

  testSteps(design.steps, numbersOf(description), functions);

  test('takes every step', () => {
    const size = { pages: 1 };
    const once = BOUNDED.has(design);
    const walked = { clients: 1, walkers: 1, once, size };
    const exited = { clients: 1, walk: false, exits: true, once, size };
    const [first, second] = [walked, exited].map((cpus) => explore(check(on_cpus(design, cpus))));
    expect(first?.verdict.complete && second?.verdict.complete).toBe(true);
    const never = new Set(second?.verdict.notTaken);
    expect(first?.verdict.notTaken.filter((label) => never.has(label))).toEqual(
      UNREACHABLE.get(design) ?? [],
    );
  });
});

/** The numbers of each function's steps; a dash stands for a blank. */
function numbersOf(description: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(description).map(([name, numbers]) => [
      name,
      numbers.split(' ').map((number) => number.replace('-', ' ')),
    ]),
  );
}

/** The functions of a design by name, those that they call included. */
function functionsOf(design: Design): Map<string, AnyFn> {
  const { page_table_alloc, page_table_free, page_table_free_rcu, pte_free_defer } = design;
  const { tlb_remove_table } = mmu_gather(design.__tlb_remove_table);
  const entries = [
    page_table_alloc,
    page_table_free,
    page_table_free_rcu(tlb_remove_table),
    pte_free_defer,
  ];
  const present = entries.filter((fn): fn is NonNullable<typeof fn> => fn !== undefined);
  return functionsFrom([...present, ...Object.values(design.callbacks)]);
}
