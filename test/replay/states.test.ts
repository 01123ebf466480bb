import { walk } from 'heddle';
import { expect, test } from 'vitest';
import { sectionsOf } from '../../src/replay/sections.ts';
import { statesOf } from '../../src/replay/states.ts';
import { statusAlong } from '../../src/search/status.ts';
import { unsafe } from '../report/page/designs.ts';

const cursor = walk(unsafe, '0x4.0sx2.1x3');

test('a state is its words by name, each step what it made of them', () => {
  const { objects, words, first, changes } = statesOf(cursor);
  expect(objects.map(({ name }) => name)).toEqual(['mm', 'page[0]', 'page[1]', 'slot']);
  expect(changes).toHaveLength(9);
  const told = (step: number) =>
    (changes[step] ?? []).map(([word, value]) => `${words[word]?.name} = ${value}`);
  expect(told(1)).toEqual([
    'mm.list.next = &mm.list',
    'mm.list.prev = &mm.list',
    'page[0].lru.next = LIST_POISON1',
    'page[0].lru.prev = LIST_POISON2',
  ]);
  expect(told(5)).toContain('page[0] is live = 0');
  expect(told(8)).toEqual([]);
  const next = words.findIndex(({ name }) => name === 'page[0].lru.next');
  expect(words[next]).toMatchObject({ also: ['page[0].rcu_head.next'], leads: 'word', object: 1 });
  expect(first[next]).toBe('&mm.list');
  expect(words[objects[1]?.live ?? -1]?.name).toBe('page[0] is live');
});

test('sections run from the step that begins them to the one that ends them', () => {
  expect(sectionsOf(cursor)).toEqual([
    { kind: 'lock', name: 'mm.lock', cpu: 0, context: 'task', from: 1, to: 3 },
    { kind: 'queued', name: 'page[0].rcu_head', cpu: 0, context: 'task', from: 4, to: 5 },
    { kind: 'reader', name: '', cpu: 1, context: 'task', from: 8 },
  ]);
});

test('properties say of each state whether they are true, asked or not', () => {
  const status = statusAlong(unsafe, cursor);
  const of = (id: string) => status.find((one) => one.id === id)?.said;
  expect(of('KASAN')).toEqual([...new Array(9).fill('true'), 'false']);
  expect(of('P1')).toEqual([...new Array(9).fill('true'), 'silent']);
  // A goal that is not met in a state is not violated there.
  expect(of('P2')?.slice(4, 8)).toEqual(['silent', 'silent', 'true', 'true']);
});
