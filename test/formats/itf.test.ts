import { type Check, explore, walk } from 'heddle';
import { describe, expect, test } from 'vitest';
import lost_update from '../../checks/classic/lost_update.ts';
import list_del_rcu from '../../checks/gallery/list_del_rcu.ts';
import refcount_lookup from '../../checks/gallery/refcount_lookup.ts';
import { itfTrace } from '../../src/formats/itf.ts';
import { HOSTILE } from './hostile.ts';

// biome-ignore lint/suspicious/noExplicitAny: a tree as the format has it.
type Tree = any;

/** Reads an expression of ADR 015 (Apalache) as plain data, and stops at anything that is none. */
function decoded(value: Tree): Tree {
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(decoded);
  if (typeof value !== 'object' || value === null) throw new Error(`no expression: ${value}`);
  const [key, ...others] = Object.keys(value);
  if (key?.startsWith('#') === true && key !== '#meta') {
    expect(others).toEqual([]);
    if (key === '#bigint') return Number(BigInt(value[key]));
    if (key === '#set') return new Set(value[key].map(decoded));
    if (key === '#unserializable') return null;
    throw new Error(`no expression: ${key}`);
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, decoded(one)]));
}

function read(text: string): { vars: string[]; states: Record<string, Tree>[]; metas: Tree[] } {
  const { '#meta': meta, params, vars, states, ...others } = JSON.parse(text);
  expect(others).toEqual({});
  expect(meta.format).toBe('ITF');
  expect(params).toEqual([]);
  const plain = states.map(({ '#meta': _meta, ...state }: Tree) => {
    expect(Object.keys(state).toSorted()).toEqual([...vars].toSorted());
    return decoded(state);
  });
  return { vars, states: plain, metas: states.map((one: Tree) => one['#meta']) };
}

/** A value of the frozen state as people read it, beside the same in the format. */
function compare(shown: Tree, read: Tree, path: string): void {
  if (read instanceof Set) expect(shown, path).toBe(`{${[...read].join(', ')}}`);
  else if (typeof shown !== 'object' || shown === null) expect(read, path).toBe(shown);
  else {
    for (const [key, one] of Object.entries(shown)) {
      // Kept by the engine alone: locks that a function must give back.
      if (key !== '$held') compare(one, read[key], `${path}.${key}`);
    }
  }
}

const { list_del_rcu_broken } = list_del_rcu as unknown as Record<string, Check>;
const { refcount_lookup_broken } = refcount_lookup as unknown as Record<string, Check>;

describe('ITF', () => {
  test.each([
    ['lost_update', lost_update.lost_update_3],
    ['list_del_rcu', list_del_rcu_broken],
    ['refcount_lookup', refcount_lookup_broken],
  ])('has every value of every state of a schedule of %s', (name, check) => {
    const [trace] = explore(check, { name }).traces;
    const { states, metas } = read(itfTrace(check, trace));
    const cursor = walk(check, trace.schedule, trace.initial);
    const done = trace.steps.filter(({ refused }) => !refused);
    expect(states).toHaveLength(done.length + 1);
    for (const [at, state] of states.entries()) compare(cursor.state(at), state, `${at}`);
    expect(metas.map(({ index }) => index)).toEqual([...states.keys()]);
    for (const [at, { step }] of metas.slice(1).entries())
      expect(step).toContain(`: ${done[at].label}`);
  });

  test('says what the schedule is and what it violates', () => {
    const check = lost_update.lost_update_2;
    const [trace] = explore(check, { name: 'lost_update' }).traces;
    const text = itfTrace(check, trace);
    expect(JSON.parse(text)['#meta']).toMatchObject({
      source: 'lost_update',
      property: 'L1: every increment is counted',
      schedule: '0.1x2.0',
      description:
        "a schedule that violates 'L1: every increment is counted', found by heddle 0.1.0",
    });
    expect(read(text).states.map(({ i, t }) => [i, t])).toEqual([
      [0, [0, 0]],
      [0, [0, 0]],
      [0, [0, 0]],
      [1, [0, 0]],
      [1, [0, 0]],
    ]);
    expect(read(text).metas.map(({ move }) => move)).toEqual([undefined, '0', '1', '1', '0']);
    expect(itfTrace(check, { ...trace, property: HOSTILE, check: HOSTILE })).toContain(
      JSON.stringify(HOSTILE),
    );
  });
});
