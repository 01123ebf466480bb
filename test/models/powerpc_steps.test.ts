/** The powerpc, generic and sparc models say every step of the description, none left out and no two made one. */
import { describe, expect, test } from 'vitest';
import { generic, sparc } from '../../models/generic_pgtable/generic.ts';
import { type Cpus, type Design, on_cpus } from '../../models/powerpc_pgtable/design.ts';
import { ppc1 } from '../../models/powerpc_pgtable/ppc1.ts';
import { ppc2 } from '../../models/powerpc_pgtable/ppc2.ts';
import { ppc3 } from '../../models/powerpc_pgtable/ppc3.ts';
import { ppc3_fixed } from '../../models/powerpc_pgtable/ppc3_fixed.ts';
import { check, explore } from '../../src/index.ts';
import { functionsFrom } from './labels.ts';
import { testSteps } from './steps.ts';

const ALLOC =
  'lock, take, advance, unlock, page, refcount 1, lock again, still none, refcount FRAG_NR, second fragment, unlock again';
const DESTROY = 'frag, subtract, free';
const BY_COUNT = { pte_fragment_alloc: ALLOC, pte_fragment_free: 'BUG_ON, dec, free' };
const BY_MARK = {
  pte_fragment_alloc: ALLOC,
  pte_fragment_free: 'BUG_ON, dec, test, call_rcu, free',
  pte_free_defer: '1, 2',
  pte_free_now: '1',
};
const ONE_TABLE = {
  pte_alloc_one: 'page, return',
  pte_free: '1',
  pte_free_defer: '1',
  pte_free_now: '1',
};

const exits: Cpus = { walk: false, exits: true, size: { pages: 1 } };
const DESCRIPTIONS: readonly [string, Design, Cpus, Readonly<Record<string, string>>][] = [
  [
    'PPC1',
    ppc1,
    exits,
    { ...BY_COUNT, pte_frag_destroy: DESTROY, pte_free_defer: '1', pte_free_now: '1' },
  ],
  [
    'PPC2',
    ppc2,
    // Surplus deferrals need three fragments.
    { walk: false, exits: true, defer: false, size: { pages: 1, fragments: 3 } },
    {
      ...BY_COUNT,
      pte_frag_destroy: DESTROY,
      pte_free_defer: 'add, alone, queue',
      pte_free_now: 'subtract, free, surplus, dec, queue again',
    },
  ],
  ['PPC3', ppc3, exits, { ...BY_MARK, pte_frag_destroy: DESTROY }],
  ['PPC3-fixed', ppc3_fixed, exits, { ...BY_MARK, pte_frag_destroy: `${DESTROY}, clear` }],
  ['generic', generic, { size: { fragments: 1 } }, ONE_TABLE],
  ['sparc', sparc, { size: { fragments: 1 } }, ONE_TABLE],
];

describe.each(DESCRIPTIONS)('%s', (_name, design, cpus, description) => {
  const { pte_alloc_one, pte_free, pte_free_defer, pte_frag_destroy, callbacks } = design;
  const functions = functionsFrom([
    ...[pte_alloc_one, pte_free, pte_free_defer, ...Object.values(callbacks)],
    ...(pte_frag_destroy === undefined ? [] : [pte_frag_destroy]),
  ]);

  testSteps(design.steps, numbersOf(description), functions);

  test('takes every step', () => {
    const { verdict } = explore(check(on_cpus(design, cpus)));
    expect(verdict.complete).toBe(true);
    expect(verdict.notTaken).toEqual([]);
  });
});

/** The names of each function's steps. */
function numbersOf(description: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(description).map(([name, numbers]) => [name, numbers.split(', ')]),
  );
}
