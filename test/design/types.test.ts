/** Types infer from the schema: completion works, and a typo is a type error. Checked by `npm run types`; running it proves the rest builds. */
import {
  address_of,
  alloc,
  always,
  array,
  at_rest,
  atomic_read,
  atomic_xor_bits,
  bits,
  bool,
  type Check,
  call_rcu,
  check,
  cpu,
  cpu_id,
  enumeration,
  ghost,
  type HeapView,
  heap,
  list_add,
  list_add_stores,
  list_head,
  machine,
  model,
  overlay,
  type Property,
  page_flags,
  per_cpu,
  possibly,
  READ_ONCE,
  rcu_head,
  record,
  ref,
  SetPageActive,
  type StateOf,
  set_of,
  spin_lock_bh,
  spin_unlock_bh,
  spinlock,
  uint,
  WRITE_ONCE,
  word,
} from 'heddle';
import { describe, expect, expectTypeOf, test } from 'vitest';

const page = record('page', {
  refcount: bits(8),
  flags: page_flags('active'),
  ...overlay({ lru: list_head(), rcu_head: rcu_head() }),
});
const mm = machine(
  {
    lock: spinlock(),
    pgtable_list: list_head(),
    page: heap(2, page),
    mode: enumeration('idle', 'busy'),
    on: bool(),
    t: per_cpu(uint(4)),
    words: array(2, word()),
    owner: cpu_id(),
    walkers: set_of('cpu'),
    inside: ghost(per_cpu(bool())),
    pair: record({ a: uint(4), nested: record({ b: bool() }) }),
  },
  { callbacks: ['pte_free_now'], constants: { PTE_EMPTY: 0x400 } },
);
type Mm = StateOf<typeof mm>;

describe('the view of a state', () => {
  test('has the value of each scalar', () => {
    expectTypeOf<Mm['mode']>().toEqualTypeOf<'idle' | 'busy'>();
    expectTypeOf<Mm['on']>().toEqualTypeOf<boolean>();
    expectTypeOf<Mm['owner']>().toEqualTypeOf<number>();
    expectTypeOf<Mm['walkers']>().toEqualTypeOf<number>();
    expectTypeOf<Mm['t'][number]>().toEqualTypeOf<number>();
    expectTypeOf<Mm['words'][number]>().toEqualTypeOf<number>();
    expectTypeOf<Mm['inside'][number]>().toEqualTypeOf<boolean>();
    expectTypeOf<Mm['pair']['nested']['b']>().toEqualTypeOf<boolean>();
  });

  test('has objects, and in each both members of an overlay', () => {
    expectTypeOf<Mm['page']>().toExtend<HeapView<unknown>>();
    expectTypeOf<Mm['page'][number]['refcount']>().toEqualTypeOf<number>();
    expectTypeOf<Mm['page'][number]['lru']['next']>().toEqualTypeOf<number>();
    expectTypeOf<Mm['page'][number]['rcu_head']['func']>().toEqualTypeOf<number>();
    expectTypeOf<keyof Mm['page'][number]>().not.toEqualTypeOf<string>();
  });

  test('lets scalars be stored and nothing else', () => {
    mm.fn('stores', (b) => [
      b.step('scalars', (s, _l, ctx) => {
        s.mode = 'busy';
        s.t[ctx.cpu] = 1;
        s.page[0].refcount = 0x11;
        s.pair.nested.b = true;
      }),
      b.step('mistakes', (s) => {
        // @ts-expect-error a field that is not declared
        s.lok = 1;
        // @ts-expect-error no value of the enumeration
        s.mode = 'gone';
        // @ts-expect-error a boolean is no number
        s.on = 1;
        // @ts-expect-error a record is stored field by field
        s.pair = { a: 1, nested: { b: true } };
        // @ts-expect-error the machine's own fields are no model's business
        s.lock.$cell = 3;
      }),
    ]);
  });
});

describe('locals', () => {
  test('are those of the function and of the scopes around', () => {
    mm.fn('locals', { params: { p: ref('page') }, locals: { mask: bits(8), ok: bool() } }, (b) => [
      b.step('all', (_s, l) => {
        expectTypeOf(l).toEqualTypeOf<{ p: number; mask: number; ok: boolean }>();
      }),
      b.when('ok', (l) => l.ok, []),
      b.scope({ q: bits(2) }, (c) => [
        c.step('more', (_s, l) => {
          l.q = l.mask;
        }),
      ]),
      b.step('no more', (_s, l) => {
        // @ts-expect-error the scope has ended
        l.q = 0;
      }),
      // @ts-expect-error a local that is not declared
      b.when('typo', (l) => l.okay, []),
    ]);
  });

  test('keep their types where a function is declared in place', () => {
    cpu({
      task: mm.fn('in place', { locals: { n: uint(4) } }, (b) => [
        b.step('n', (s, l) => {
          expectTypeOf(l.n).toEqualTypeOf<number>();
          expectTypeOf(s.mode).toEqualTypeOf<'idle' | 'busy'>();
        }),
      ]),
    });
  });
});

describe('calls', () => {
  const callee = mm.fn(
    'callee',
    { params: { p: ref('page'), h: uint(1) }, locals: { n: uint(4) } },
    (b) => [
      b.step('n', (_s, l) => {
        l.n = l.h;
      }),
    ],
  );
  const plain = mm.fn('plain', (b) => [b.step('x', () => {})]);

  test('take all parameters of a function, and give back its locals', () => {
    mm.fn('caller', { locals: { p: ref('page') } }, (b) => [
      b.call(
        callee,
        (l) => ({ p: l.p, h: 0 }),
        (l, from) => {
          expectTypeOf(from).toEqualTypeOf<{ p: number; h: number; n: number }>();
          l.p = from.p;
        },
      ),
      b.call(plain),
      // @ts-expect-error a parameter is missing
      b.call(callee, (l) => ({ p: l.p })),
      // @ts-expect-error a function with parameters needs arguments
      b.call(callee),
    ]);
  });

  test('of a kernel word take what the word works on', () => {
    mm.fn('words', { locals: { p: ref('page') } }, (b) => [
      b.call(spin_lock_bh, (s) => s.lock, 'mm->context.lock'),
      b.call(list_add_stores, (s, l) => ({ node: s.page[l.p].lru, head: s.pgtable_list })),
      b.call(spin_unlock_bh, (s) => s.lock),
      // @ts-expect-error a list is no lock
      b.call(spin_lock_bh, (s) => s.pgtable_list),
      // @ts-expect-error one node is not enough
      b.call(list_add_stores, (s) => ({ head: s.pgtable_list })),
    ]);
  });
});

describe('kernel words', () => {
  test('take the fields they fit', () => {
    mm.fn('words', { locals: { p: ref('page'), mask: bits(8), w: word() } }, (b) => [
      b.step('fit', (s, l, ctx) => {
        l.mask = atomic_xor_bits(s.page[l.p], 'refcount', 0x11);
        l.p = alloc(s.page, { refcount: 1 });
        l.w = address_of(s.page[l.p].lru, 'next');
        call_rcu(s.page[l.p].rcu_head, 'pte_free_now');
        SetPageActive(s.page[l.p]);
        list_add(s.page[l.p].lru, s.pgtable_list);
        WRITE_ONCE(s, 'mode', 'busy');
        expectTypeOf(READ_ONCE(s, 'mode')).toEqualTypeOf<'idle' | 'busy'>();
        expectTypeOf(atomic_read(s.t, ctx.cpu)).toEqualTypeOf<number>();
      }),
      b.step('do not fit', (s, l) => {
        // @ts-expect-error an enumeration is no counter
        atomic_read(s, 'mode');
        // @ts-expect-error there is no such field
        atomic_read(s.page[l.p], 'refcont');
        // @ts-expect-error the pair has no flags
        SetPageActive(s.pair);
        // @ts-expect-error an rcu_head is no list_head
        list_add(s.page[l.p].rcu_head, s.pgtable_list);
        // @ts-expect-error a page has no such field
        alloc(s.page, { size: 1 });
        // @ts-expect-error no value of the enumeration
        WRITE_ONCE(s, 'mode', 'gone');
        // @ts-expect-error a record has no such field
        address_of(s.page[l.p].lru, 'nxt');
      }),
    ]);
  });
});

describe('models and checks', () => {
  const pte_free_now = mm.fn('pte_free_now', { params: { head: word() } }, (b) => [
    b.step('x', () => {}),
  ]);
  const task = mm.fn('task', (b) => [b.step('x', () => {})]);
  const design = model({
    machine: mm,
    cpus: [cpu({ count: 2, task })],
    callbacks: { pte_free_now },
    initial: {
      idle: () => {},
      busy: (s) => {
        s.mode = 'busy';
      },
    },
  });

  test('a model gives each callback a function, and no other', () => {
    const cpus = [cpu({ task })];
    const bare = machine({ x: bool() }, { callbacks: ['a'] });
    // @ts-expect-error a callback has no function
    expect(() => model({ machine: bare, cpus, callbacks: {} })).toThrow();
    const callbacks = { pte_free_now };
    // @ts-expect-error a function for no callback
    expect(() => model({ machine: mm, cpus, callbacks: { ...callbacks, other: task } })).toThrow();
  });

  test('a check sees the state of its model', () => {
    const shared: Property<Mm> = always((s) => s.page[0].refcount !== 0x13);
    const one = check(design, {
      properties: {
        'P1: never both': shared,
        'P2: in place': at_rest((s) => s.mode === 'idle'),
        // @ts-expect-error a field that is not declared
        'P3: typo': always((s) => s.mod === 'idle'),
        'P4: again': possibly({ from: (s, k) => s.mode === 'idle' && k === 0, to: (s) => s.on }),
        // @ts-expect-error a field that is not declared
        'P5: typo': possibly({ each: 2, from: () => true, to: (s) => s.mod === 'idle' }),
      },
      facilities: { KASAN: 'soft' },
      expected: { P1: 'holds' },
    });
    expectTypeOf(one).toEqualTypeOf<Check<Mm>>();
    // @ts-expect-error no facility is called so
    expect(() => check(design, { facilities: { KSAN: 'soft' } })).toThrow();
    // @ts-expect-error no mode is called so
    expect(() => check(design, { facilities: { KASAN: 'loud' } })).toThrow();
  });
});
