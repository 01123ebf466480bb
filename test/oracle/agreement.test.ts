/**
 * heddle's search against the oracle, on programs written by hand and on random ones: same states, same moves, same levels, same
 * violations at the same depths. HEDDLE_RUNS=20000 HEDDLE_SEED=7 looks longer and elsewhere.
 */
import fc from 'fast-check';
import { explore as search, walk } from 'heddle';
import { describe, expect, test } from 'vitest';
import { outOfReach } from '../../src/search/continuations.ts';
import { program } from './arbitrary.ts';
import { explore, type Result, TooManyStates } from './explore.ts';
import { collected } from './lockdep.ts';
import type { Program } from './program.ts';
import * as programs from './programs.ts';
import { translate } from './translate.ts';

const runs = Number(process.env.HEDDLE_RUNS ?? 300);
const seed = Number(process.env.HEDDLE_SEED ?? 20230605);
/** Larger programs are skipped: random ones mostly differ in size by what has nothing to do with each other. */
const maxStates = runs > 300 ? 5000 : 400;

type Comparable = Omit<Result, 'seen'>;

function searched(source: Program): Comparable {
  const check = translate(source);
  const { verdict } = search(check);
  if (verdict.error !== undefined) throw new Error(`${verdict.error.code}: ${verdict.error.fact}`);
  const { states, generated, depth, dead, levels } = verdict;
  const found: Record<string, number> = {};
  const switches: Record<string, number> = {};
  for (const one of verdict.properties.filter(({ verdict: is }) => is === 'violated')) {
    const overAll = collected.includes(one.id);
    found[one.id] = overAll ? 0 : (one.steps as number);
    if (!overAll) switches[one.id] = one.switches as number;
  }
  for (const { id, finding, schedule } of verdict.properties) {
    if (finding?.facility !== 'possibly') continue;
    const ends = outOfReach(check, walk(check, schedule as string));
    expect(ends.map(({ finding: { kind } }) => kind)).toContain(id);
  }
  return { states, generated, depth, dead, levels, found, switches };
}

function expectAgreement(source: Program, states = 20_000): Result {
  const { seen, ...expected } = explore(source, states);
  expect(searched(source)).toEqual(expected);
  return { seen, ...expected };
}

describe('heddle and the oracle agree', () => {
  test.each([
    ['lost update by two', programs.lostUpdate(2, false)],
    ['lost update by four', programs.lostUpdate(4, false)],
    ['lost update under a lock', programs.lostUpdate(3, true)],
    ['philosophers', programs.philosophers(4)],
    ['a lock in a task and a callback', programs.lockInTaskAndCallback('plain')],
    ['the same with softirqs off', programs.lockInTaskAndCallback('bh')],
    ['the same with interrupts off', programs.lockInTaskAndCallback('irqsave')],
    ['two locks in opposite orders', programs.oppositeOrders(false)],
    ['the same while interrupts go on', programs.oppositeOrders(true)],
    ['2K page tables', programs.pageTables('base')],
    ['2K page tables, pending ones reused', programs.pageTables('base without P')],
    ['2K page tables before the P bits', programs.pageTables('b0')],
  ])('on %s', (_, source) => {
    expectAgreement(source);
  });

  test(`on ${runs} random programs, which exercise the language`, () => {
    const counts: Record<string, number> = {};
    const random = fc.property(program, (source) => {
      const { seen, found } = agreementOrSkip(source);
      for (const what of [...seen, ...Object.keys(found), 'programs']) {
        counts[what] = (counts[what] ?? 0) + 1;
      }
    });
    fc.assert(random, { numRuns: runs, seed, verbose: false });
    if (process.env.HEDDLE_RUNS !== undefined) console.table(counts);
    for (const feature of features) expect(counts, feature).toHaveProperty(feature);
  }, 3_600_000);
});

function agreementOrSkip(source: Program): Result {
  try {
    // What a reader is whose handler has left interrupts off is nowhere defined.
    fc.pre(!explore(source, maxStates).seen.includes('a handler leaves interrupts off'));
    return expectAgreement(source, maxStates);
  } catch (problem) {
    fc.pre(!(problem instanceof TooManyStates));
    throw problem;
  }
}

/** What random programs have to meet, or they would say little. */
const features = [
  'a softirq runs',
  'a hardirq runs',
  'a head is queued',
  'a head waits for readers',
  'a lock is held',
  'waits for a lock',
  'trylock succeeds',
  'trylock fails',
  'an object is reused',
  'no object is free',
  'deadlock deadlock',
  'leak leak',
  'KASAN use-after-free',
  'KASAN uninitialised',
  'LOCKDEP self-deadlock',
  'LOCKDEP lock-left-behind',
  'DEBUG_LIST list-add-corruption',
  'BUG_ON bug-on',
  'range value-out-of-range',
  'LOCKDEP unbalanced',
  'DEBUG_OBJECTS_RCU_HEAD double-call_rcu',
  'a work is queued',
  'F',
  'G',
];
