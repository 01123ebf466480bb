import { check, cpu, machine, model, uint } from 'heddle';
import { describe, expect, test } from 'vitest';
import { explore } from '../../src/search/explore.ts';
import { mutantsOf, mutated } from '../../src/search/mutants/derive.ts';
import { mutantId } from '../../src/search/mutants/mutant.ts';
import { replay } from '../../src/search/witness.ts';
import { counter, fates, mixture, namesOf, searched } from './mutants.ts';

describe('the mutants of a model', () => {
  test('are named by what is wrong', () => {
    expect(namesOf(mixture())).toEqual([
      'work: without spin_lock_bh(lock)',
      'work: without spin_lock_bh(lock) and its spin_unlock_bh',
      'work: spin_lock(lock) for spin_lock_bh(lock)',
      'work: loop once',
      'work: without v = x',
      'work: v == 0 negated',
      'work: v == 0 always true',
      'work: v == 0 always false',
      'work: without x = 0',
      'work: without spin_unlock_bh(lock)',
      'work: x == 1 before spin_unlock_bh(lock)',
      'work: x < 3 before x == 1',
      'work: x == 1 negated',
      'work: x == 1 always true',
      'work: x == 1 always false',
      'work: without x = 2',
      'work: without x < 3',
      'work: x < 3 negated',
      'work: x < 3 always false',
      'work: v negated',
      'work: v always true',
      'work: without x = 1',
    ]);
  });

  test('have ids that are made of their names alone', () => {
    const all = mutantsOf(counter(), {}).map(({ mutant }) => mutant);
    for (const { id, name } of all) expect(id).toBe(mutantId(name));
    expect(new Set(all.map(({ id }) => id)).size).toBe(11);
    // FNV-1a, 32 bits.
    expect(mutantId('a')).toBe('e40c292c');
  });

  test('belong to the function that is written, however often it is called', () => {
    const m = machine({ x: uint(2) });
    const once = m.fn('once', (b) => [
      b.step('x = 1', (s) => {
        s.x = 1;
      }),
    ]);
    const task = m.fn('task', (b) => [b.call(once), b.call(once)]);
    const twice = check(model({ machine: m, cpus: [cpu({ count: 2, task })] }));
    expect(namesOf(twice)).toEqual([
      'task: without once()',
      'task: once() #2 before once()',
      'task: without once() #2',
      'once: without x = 1',
    ]);
    const { verdict } = explore(mutated(twice, 'once: without x = 1'));
    expect(verdict).toMatchObject({ states: 1, verdict: 'holds' });
  });

  test('of functions that the same lines declare are one, of others of the name they are numbered', () => {
    const m = machine({ x: uint(2), y: uint(2) });
    const made = (field: 'x' | 'y') =>
      m.fn('set', (b) => [
        b.step('set it', (s) => {
          s[field] = 1;
        }),
      ]);
    const other = m.fn('set', (b) => [
      b.step('set it', (s) => {
        s.x = 2;
      }),
    ]);
    const cpus = [made('x'), made('y'), other].map((task) => cpu({ task }));
    const both = check(model({ machine: m, cpus }));
    expect(namesOf(both)).toEqual(['set: without set it', 'set: without set it (2)']);
    const states = ['set: without set it', 'set: without set it (2)'].map(
      (name) => explore(mutated(both, name)).verdict.states,
    );
    expect(states).toEqual([2, 4]);
  });

  test('leave the model as it is', () => {
    const check = counter();
    const before = explore(check).verdict;
    for (const { mutant } of mutantsOf(check)) mutated(check, mutant.id);
    const after = explore(check).verdict;
    expect({ ...after, seconds: 0 }).toEqual({ ...before, seconds: 0 });
  });

  test('that nobody knows are refused', () => {
    expect(() => mutated(counter(), 'add: without z')).toThrow(
      "the model has no mutant 'add: without z'",
    );
  });
});

describe('what becomes of a mutant', () => {
  test('a counter under a lock: each is killed but the one that nobody asks about', () => {
    expect(fates(counter())).toEqual({
      'task: without add()': 'C1 2',
      'task: told = 1 before add()': 'survived',
      'task: without told = 1': 'survived',
      'add: without spin_lock(lock)': 'LOCKDEP 3',
      'add: t = x before spin_lock(lock)': 'C1 10',
      'add: without spin_lock(lock) and its spin_unlock': 'C1 6',
      'add: without t = x': 'C1 8',
      'add: x = t + 1 before t = x': 'C1 10',
      'add: without x = t + 1': 'C1 8',
      'add: spin_unlock(lock) before x = t + 1': 'C1 10',
      'add: without spin_unlock(lock)': 'LOCKDEP 4',
    });
  });

  test('a property that asks kills what it asks about, and nothing else', () => {
    const asked = fates(counter({ told: true }));
    expect(asked['task: without told = 1']).toBe('C2 8');
    expect(asked['task: told = 1 before add()']).toBe('survived');
  });

  test('a schedule of a mutant is walked in the mutant', () => {
    const name = 'add: without spin_lock(lock) and its spin_unlock';
    const { verdict } = searched(counter(), name);
    const [violated] = verdict.properties.filter((one) => one.verdict === 'violated');
    const trace = replay(mutated(counter(), name), violated?.schedule ?? '');
    expect(trace.property).toBe('C1: nothing is lost');
    expect(trace.steps).toHaveLength(6);
  });

  test('a search ends with the level of the first surprise', () => {
    const name = 'add: without spin_lock(lock)';
    const whole = explore(mutated(counter(), name)).verdict;
    const short = searched(counter(), name).verdict;
    expect(short.states).toBeLessThan(whole.states);
    expect(short.complete).toBe(false);
  });
});
