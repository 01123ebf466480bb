/** The ways of reducing that are compared with the whole search, and the rules that each of them must need. */
import type { Reduction } from '../../src/search/reduce/choice.ts';
import { RULES as ALL_RULES, type Rules } from '../../src/search/reduce/rules.ts';

export const ways: Readonly<Record<string, readonly Reduction[]>> = {
  stubborn: ['stubborn'],
  transactions: ['transactions'],
  both: ['stubborn', 'transactions'],
  symmetry: ['symmetry'],
  all: ['symmetry', 'transactions', 'stubborn'],
};

/** Those of tokens are left out by `handed.test.ts`: programs here have no words that belong together. */
export type Rule = Exclude<
  keyof Rules,
  'tour' | 'tokens' | 'holders' | 'releases' | 'unpublished' | 'ofObjects' | 'grounds'
>;

/** Nothing but the search itself is to find what is violated. */
export const RULES: Rules = { ...ALL_RULES, tour: false };

/** By rule: the ways that must lose something without it. */
export const waysOf: Readonly<Record<Rule, readonly string[]>> = {
  proviso: ['stubborn', 'both'],
  selfReturn: ['stubborn', 'both'],
  visibility: ['stubborn', 'both'],
  guards: ['stubborn', 'both'],
  discipline: ['stubborn', 'both'],
  equivariance: ['symmetry'],
  noJoinOverViolation: ['transactions', 'both'],
  expandAtViolation: ['stubborn', 'both'],
  callbacks: ['stubborn', 'both'],
};
