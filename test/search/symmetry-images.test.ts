/** Canonical forms of random states of models that keep CPUs and objects wherever the machine can: the same for every image, and an image. */

import fc from 'fast-check';
import type { Model, StateOf } from 'heddle';
import {
  address_of,
  alloc,
  array,
  bool,
  call_rcu,
  container_of,
  cpu,
  cpu_id,
  free,
  heap,
  list_add,
  list_del_init,
  list_head,
  local_bh_disable,
  local_bh_enable,
  machine,
  model,
  NONE,
  per_cpu,
  rcu_barrier,
  rcu_dereference,
  rcu_head,
  rcu_read_lock,
  rcu_read_unlock,
  record,
  ref,
  set_of,
  spin_lock,
  spin_unlock,
  spinlock,
  synchronize_rcu,
  word,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import fragment_allocator from '../../models/bench/fragment_allocator.ts';
import lost_update from '../../models/classic/lost_update.ts';
import mcs from '../../models/classic/mcs.ts';
import two_phase_commit from '../../models/classic/two_phase_commit.ts';
import type { Permutation } from '../../src/search/symmetry/permutation.ts';
import type { Symmetry } from '../../src/search/symmetry/symmetry.ts';
import { allOf, Orbits } from './orbits.ts';

/** A bit of everything that names CPUs and objects: calls of which the locals share bytes, words, sets, locks, callbacks in both orders. */
function everything(order: 'any' | 'fifo'): Model {
  const m = machine(
    {
      lock: spinlock(),
      last: cpu_id(),
      first: ref('node'),
      head: list_head(),
      slot: per_cpu(record({ mine: ref('node'), at: word(), seen: set_of('cpu') })),
      node: heap(
        3,
        record('node', {
          by: cpu_id(),
          all: set_of('node'),
          marks: per_cpu(bool()),
          l: list_head(),
          rcu: rcu_head(),
        }),
      ),
      pair: array(2, record('pair', { users: set_of('cpu'), next: ref('pair') })),
    },
    { callbacks: ['free_node'] },
  );
  const free_node = m.fn('free_node', { params: { head: word() } }, (b) => [
    b.step('kfree(node)', (s, l) => free(s.node, container_of(l.head, 'node', 'rcu'))),
  ]);
  const make = m.fn('make', { locals: { r: ref('node'), w: word() }, balanced: true }, (b) => [
    b.pick('alloc', 1, (s, l, _k, ctx) => {
      l.r = alloc(s.node, { by: ctx.cpu, all: 0 });
      return l.r !== NONE;
    }),
    b.atomic(
      'for the test',
      b.step('link', (s, l, ctx) => {
        l.w = address_of(s.node[l.r].l);
        s.slot[ctx.cpu].mine = l.r;
        s.slot[ctx.cpu].at = l.w;
        s.node[l.r].all = 1 << l.r;
      }),
    ),
    b.call(spin_lock, (s) => s.lock),
    b.atomic(
      'for the test',
      b.step('publish', (s, l, ctx) => {
        s.last = ctx.cpu;
        s.first = l.r;
        list_add(s.node[l.r].l, s.head);
      }),
    ),
    b.call(spin_unlock, (s) => s.lock),
  ]);
  const drop = m.fn('drop', { locals: { other: cpu_id(), r: ref('node') } }, (b) => [
    b.atomic(
      'for the test',
      b.step('other = last', (s, l, ctx) => {
        l.other = s.last;
        l.r = s.slot[ctx.cpu].mine;
        s.slot[ctx.cpu].mine = NONE;
        s.slot[ctx.cpu].at = 0;
        if (s.first === l.r) s.first = NONE;
        list_del_init(s.node[l.r].l);
      }),
    ),
    b.step('seen', (s, l, ctx) => {
      s.slot[l.other].seen |= 1 << ctx.cpu;
    }),
    b.step('call_rcu', (s, l) => call_rcu(s.node[l.r].rcu, 'free_node')),
  ]);
  const read = m.fn('read', { locals: { p: ref('pair'), r: ref('node') } }, (b) => [
    b.call(rcu_read_lock),
    b.step('r = first', (s, l) => {
      l.r = rcu_dereference(s, 'first');
    }),
    b.step('mark', (s, l, ctx) => {
      if (l.r !== NONE) s.node[l.r].marks.set(ctx.cpu, true);
      l.r = NONE;
    }),
    b.call(rcu_read_unlock),
    b.pick('p', 2, (s, l, k, ctx) => {
      l.p = k;
      s.pair[k].users |= 1 << ctx.cpu;
    }),
    b.call(local_bh_disable),
    b.step('next', (s, l) => {
      s.pair[l.p].next = l.p;
    }),
    b.call(local_bh_enable),
  ]);
  const both = m.fn('both', (b) => [
    b.choose(
      [b.call(make), b.call(drop), b.call(synchronize_rcu), b.call(rcu_barrier)],
      b.call(read),
    ),
  ]);
  return model({
    machine: m,
    cpus: [cpu({ count: 3, task: both })],
    callbacks: { free_node },
    rcu: order === 'fifo' ? { callbacks: 'softirq', order } : { callbacks: 'softirq' },
    initial: (s) => {
      s.head.next = address_of(s.head);
      s.head.prev = address_of(s.head);
    },
    source: 'test',
  });
}

/** CPUs that differ in nothing but what an object keeps for each of them. */
function marks(): Model {
  const m = machine({ node: heap(2, record('node', { marks: per_cpu(bool()) })) });
  const mark = m.fn('mark', (b) => [
    b.choose(
      b.pick('mark', 2, (s, _l, k, ctx) => s.node[k].marks.set(ctx.cpu, true)),
      b.pick('clear', 2, (s, _l, k, ctx) => s.node[k].marks.set(ctx.cpu, false)),
    ),
  ]);
  const initial = (s: StateOf<typeof m>) => {
    for (const _ of [0, 1]) alloc(s.node, {});
  };
  return model({ machine: m, cpus: [cpu({ count: 3, task: mark })], initial, source: 'test' });
}

/** CPUs that call a function with a lock of their own held: what was held is kept for its end. */
function balances(): Model {
  const m = machine({ own: per_cpu(record({ lock: spinlock() })), x: bool() });
  const inner = m.fn('inner', { balanced: true }, (b) => [
    b.step('x', (s) => {
      s.x = true;
    }),
  ]);
  const outer = m.fn('outer', (b) => [
    b.call(spin_lock, (s, _l, ctx) => s.own[ctx.cpu].lock),
    b.call(inner),
    b.call(spin_unlock, (s, _l, ctx) => s.own[ctx.cpu].lock),
  ]);
  return model({ machine: m, cpus: [cpu({ count: 3, task: outer })], source: 'test' });
}

const less = (one: Uint32Array, other: Uint32Array): boolean => {
  const at = one.findIndex((word, index) => word !== other[index]);
  return at !== -1 && (one[at] as number) < (other[at] as number);
};

describe.each([
  ['lost_update(5)', lost_update(5)],
  ['two_phase_commit(4)', two_phase_commit(4)],
  ['mcs(3)', mcs(3)],
  ['fragment_allocator(3, 1)', fragment_allocator(3, 1)],
  ['marks', marks()],
  ['balances', balances()],
  ['everything', everything('any')],
  ['everything, callbacks in order', everything('fifo')],
] as const)('%s', (_, design) => {
  const orbits = new Orbits(design);
  const symmetry = orbits.symmetry as Symmetry;
  const all = allOf(symmetry);
  const width = orbits.packing.width;
  const image = (state: Uint32Array, by: Permutation): Uint32Array => {
    const into = new Uint32Array(width);
    symmetry.apply(state, 0, by, into);
    return into;
  };
  const canonical = (state: Uint32Array): Uint32Array => {
    // Not at the beginning, as in a search.
    const words = new Uint32Array(width + 3).fill(7);
    words.set(state, 2);
    symmetry.canonicalise(words, 2);
    expect([words[0], words[1], words[width + 2]]).toEqual([7, 7, 7]);
    return words.slice(2, 2 + width);
  };
  /** The least image of all, each of them made. */
  const least = (state: Uint32Array): Uint32Array =>
    all.map((by) => image(state, by)).reduce((one, other) => (less(other, one) ? other : one));

  test('has the order that its groups say', () => {
    expect(all).toHaveLength(symmetry.order);
    expect(orbits.run(undefined, 4000)).toBeGreaterThan(10);
  });

  test('every image of a state has the canonical form of the state, which is one of them', () => {
    const some = fc.record({ id: fc.nat(), by: fc.nat() });
    fc.assert(
      fc.property(some, ({ id, by }) => {
        const state = orbits.states[id % orbits.states.length] as Uint32Array;
        const moved = image(state, all[by % all.length] as Permutation);
        const form = canonical(moved);
        expect(form).toEqual(canonical(state));
        expect(canonical(form)).toEqual(form);
        expect(least(form)).toEqual(least(state));
      }),
      { numRuns: 300 },
    );
  });

  test('permutations are a group: applied one after the other, and back', () => {
    const some = fc.record({ id: fc.nat(), one: fc.nat(), other: fc.nat() });
    fc.assert(
      fc.property(some, ({ id, one, other }) => {
        const state = orbits.states[id % orbits.states.length] as Uint32Array;
        const [first, second] = [all[one % all.length], all[other % all.length]] as [
          Permutation,
          Permutation,
        ];
        const both = symmetry.permutation(
          first.things.map((thing) => second.things[thing] as number),
        );
        expect(image(image(state, first), second)).toEqual(image(state, both));
        expect(image(image(state, first), symmetry.inverse(first))).toEqual(state);
      }),
      { numRuns: 300 },
    );
  });

  test('the machine treats all alike', () => {
    expect(new Orbits(design).runHeld(1000)).toEqual([]);
  });
});
