import { expect, test } from 'vitest';
import { reasonFor } from '../../src/search/mutants/equivalent.ts';
import { mutantId } from '../../src/search/mutants/mutant.ts';

const mutant = (name: string) => ({
  ...{ id: mutantId(name), name, kind: 'left out' as const, fn: 'f', steps: [], place: {} },
});

test('a mutant is called by its name or its id', () => {
  const one = mutant('free: without b = 0');
  expect(reasonFor(one, { 'free: without b = 0': 'named' })?.why).toBe('named');
  expect(reasonFor(one, { [one.id]: 'by id' })).toEqual({ key: one.id, why: 'by id' });
  expect(reasonFor(one, { 'free: without b = 1': 'another' })).toBeUndefined();
  expect(reasonFor(one, { 'free: without b': 'a part of it' })).toBeUndefined();
});

test('a * stands for any text, and for nothing else of what patterns know', () => {
  const one = mutant('get: pte = READ_ONCE(*ptep) before spin_lock(a->b)');
  const isCalled = (key: string) => reasonFor(one, { [key]: 'why' }) !== undefined;
  expect(isCalled('*before spin_lock(a->b)')).toBe(true);
  expect(isCalled('get: * before *')).toBe(true);
  expect(isCalled('get: pte = READ_ONCE(*ptep) *')).toBe(true);
  expect(isCalled('put: *')).toBe(false);
  expect(isCalled('get: * before spin_lock')).toBe(false);
  expect(isCalled('.*before spin_lock(a->b)')).toBe(false);
  expect(isCalled('get: * before spin_lock(a..b)*')).toBe(false);
});

test('its own name comes before patterns, of which the first that fits counts', () => {
  const all = { '*b = 0': 'first', 'free: *': 'second', 'free: without b = 0': 'its own' };
  expect(reasonFor(mutant('free: without b = 0'), all)?.why).toBe('its own');
  expect(reasonFor(mutant('free: without a = 0, b = 0'), all)?.why).toBe('first');
  expect(reasonFor(mutant('free: without c = 0'), all)?.why).toBe('second');
});
