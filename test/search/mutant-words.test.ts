/** Mutants of kernel words: read and written apart, with another number, without a grace period. */
import {
  alloc,
  at_rest,
  atomic,
  atomic_dec_and_test,
  atomic_fetch_add,
  atomic_fetch_or,
  atomic_inc,
  atomic_xor_bits,
  bits,
  bool,
  type Check,
  call_rcu,
  check,
  container_of,
  cpu,
  free,
  heap,
  machine,
  model,
  NONE,
  rcu_dereference,
  rcu_head,
  rcu_read_lock,
  rcu_read_unlock,
  record,
  ref,
  uint,
  WRITE_ONCE,
  word,
  xchg,
} from 'heddle';
import { expect, test } from 'vitest';
import { explore } from '../../src/search/explore.ts';
import { watched } from '../../src/search/mutants/deeds.ts';
import { mutantsOf, mutated } from '../../src/search/mutants/derive.ts';
import { replay } from '../../src/search/witness.ts';
import { fates, searched } from './mutants.ts';

/** What becomes of the mutants of kernel words. */
function wordFates(check: Check): Readonly<Record<string, string>> {
  const watching = watched(check);
  explore(watching.check);
  const deeds = watching.deeds();
  const kinds = ['torn', 'number', 'grace period'];
  const wanted = mutantsOf(check, deeds).filter(({ mutant }) => kinds.includes(mutant.kind));
  const all = fates(check, deeds);
  return Object.fromEntries(wanted.map(({ mutant: { name } }) => [name, all[name] ?? '']));
}

/** Two users of a reference count, the last of which says so; and a set of flags. */
function counted(): Check {
  const m = machine({ count: atomic(3), last: uint(2), flags: bits(8), seen: bool() });
  const put = m.fn('put', { locals: { f: bits(8) } }, (b) => [
    b.step('count++', (s) => atomic_inc(s, 'count')),
    b.step('flags ^= 3', (s, l) => {
      l.f = atomic_xor_bits(s, 'flags', 3);
    }),
    b.test('--count == 0', (s) => atomic_dec_and_test(s, 'count'), [
      b.step('last++', (s) => void atomic_fetch_add(s, 'last', 1)),
      b.step('seen = true', (s) => WRITE_ONCE(s, 'seen', true)),
    ]),
  ]);
  const counts = model({
    machine: m,
    cpus: [cpu({ count: 2, task: put })],
    initial: (s) => {
      s.count = 1;
    },
  });
  return check(counts, {
    properties: {
      'R1: one reference is left': at_rest((s) => s.count === 1),
      'R2: nobody was the last': at_rest((s) => s.last === 0 && !s.seen),
      'R3: flags are as before': at_rest((s) => s.flags === 0),
    },
  });
}

test('each word that a search has seen is done wrongly in its own way', () => {
  expect(wordFates(counted())).toEqual({
    'put: count++ read and written apart': 'R1 8',
    'put: count++ by one more': 'range 2',
    'put: count++ by one less': 'range 6',
    'put: flags ^= 3 read and written apart': 'R3 8',
    'put: flags ^= 3 without the lowest bit of its mask': 'survived',
    'put: flags ^= 3 without the highest bit of its mask': 'survived',
    'put: --count == 0 read and written apart': 'R1 8',
    'put: --count == 0 by one more': 'range 6',
    'put: --count == 0 by one less': 'R1 6',
  });
});

test('a read-modify-write that is torn goes on with what it has read, however it is written', () => {
  const m = machine({ flags: bits(2), on: bool() });
  const set = (bit: number) =>
    m.fn(`set${bit}`, (b) => [
      b.step('flags |= bit', (s) => void atomic_fetch_or(s, 'flags', bit)),
    ]);
  const both = check(model({ machine: m, cpus: [set(1), set(2)].map((task) => cpu({ task })) }), {
    properties: { 'F1: both are set': at_rest((s) => s.flags === 3) },
  });
  const name = 'set1: flags |= bit read and written apart';
  const { verdict } = searched(both, name);
  expect(verdict.properties[0]).toMatchObject({ verdict: 'violated', schedule: '0.1.0' });
  const trace = replay(mutated(both, name), '0.1.0');
  expect(trace.steps.map(({ label }) => label)).toEqual([
    'flags |= bit (read)',
    'flags |= bit',
    'flags |= bit',
  ]);
  expect(trace.property).toBe('F1: both are set');
});

test('a callback that does not wait for readers frees what they look at', () => {
  const object = record('object', { rcu: rcu_head(), data: word() });
  const m = machine({ object: heap(1, object), slot: ref('object') }, { callbacks: ['drop'] });
  const reader = m.fn('reader', { locals: { o: ref('object') } }, (b) => [
    b.call(rcu_read_lock),
    b.step('o = rcu_dereference(slot)', (s, l) => {
      l.o = rcu_dereference(s, 'slot');
    }),
    b.when('o', (l) => l.o !== NONE, [b.step('read o->data', (s, l) => void s.object[l.o].data)]),
    b.call(rcu_read_unlock),
  ]);
  const updater = m.fn('updater', { locals: { o: ref('object') } }, (b) => [
    b.step('o = xchg(&slot, NULL)', (s, l) => {
      l.o = xchg(s, 'slot', NONE);
    }),
    b.step('call_rcu(&o->rcu, drop)', (s, l) => call_rcu(s.object[l.o].rcu, 'drop')),
  ]);
  const drop = m.fn('drop', { params: { head: word() } }, (b) => [
    b.step('kfree(o)', (s, l) => free(s.object, container_of(l.head, 'object', 'rcu'))),
  ]);
  const list = model({
    machine: m,
    cpus: [cpu({ task: reader }), cpu({ task: updater })],
    callbacks: { drop },
    initial: (s) => {
      s.slot = alloc(s.object, { data: 0 });
    },
  });
  expect(wordFates(check(list))).toEqual({
    'updater: o = xchg(&slot, NULL) read and written apart': 'survived',
    'updater: o = xchg(&slot, NULL) stores another value': 'KASAN 7',
    'updater: call_rcu(&o->rcu, drop) without a grace period': 'KASAN 7',
  });
});

test('a model whose steps are watched is searched as it is', () => {
  const check = counted();
  const plain = explore(check).verdict;
  const { check: same, deeds } = watched(check);
  const seen = explore(same).verdict;
  expect({ ...seen, seconds: 0 }).toEqual({ ...plain, seconds: 0 });
  expect(deeds()).toEqual({
    'put: --count == 0': ['amount', 'atomic'],
    'put: count++': ['amount', 'atomic'],
    'put: flags ^= 3': ['atomic', 'bits'],
  });
});
