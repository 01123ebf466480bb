/** What is wrong in a model is refused, each mistake with its slug: before the search where it can be seen there, else during it. */
import {
  type AnyType,
  after,
  always,
  array,
  type Builder,
  bits,
  bool,
  type Check,
  type CheckOptions,
  check,
  cpu,
  enumeration,
  explore,
  type Fn,
  ghost,
  heap,
  list_head,
  machine,
  model,
  NONE,
  type Nodes,
  overlay,
  range,
  record,
  ref,
  replay,
  type StateOf,
  spin_lock,
  spin_unlock,
  spinlock,
  uint,
  word,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found, refusal } from '../outcome.ts';

const shared = machine({
  lock: spinlock(),
  x: uint(2),
  y: uint(2),
  seen: ghost(uint(2)),
});
type Shared = StateOf<typeof shared>;
type Body = (b: Builder<Shared, object>) => Nodes;

/** `count` CPUs that do what `body` says. */
function on(count: number, body: Body, options: CheckOptions<Shared> = {}): Check {
  const task = shared.fn('task', body);
  return check(model({ machine: shared, cpus: [cpu({ count, task })] }), options);
}

describe('a value out of its range', () => {
  const add = on(
    2,
    (b) => [
      b.atomic(
        'what is tested here is the range',
        b.step('x = x + 2', (s) => {
          s.x = s.x + 2;
        }),
      ),
    ],
    { expected: { range: 'violated' } },
  );

  test('is found during the search, with the field and the shortest schedule', () => {
    expect(found(add, 'range')).toEqual({
      facility: 'range',
      kind: 'value-out-of-range',
      object: 'x',
      steps: 2,
      switches: 1,
    });
    const [trace] = explore(add).traces;
    expect(trace.schedule).toBe('0.1');
    expect(trace.violation).toMatch(/x \(0 to 3\) cannot hold 4/);
    expect(replay(add, '0.1').steps.at(-1)?.refused).toBe(true);
  });

  test('ends the path: the state after it does not exist', () => {
    expect(counts(add)).toMatchObject({ states: 3, generated: 3 });
  });

  test('is no mistake of the model: what else was found is still reported', () => {
    const both = on(
      1,
      (b) => [
        b.step('x = 1', (s) => {
          s.x = 1;
        }),
        b.step('x = 9', (s) => {
          s.x = 9;
        }),
      ],
      {
        properties: { 'X: x stays 0': always((s) => s.x === 0) },
        expected: { X: 'violated', range: 'violated' },
      },
    );
    expect(counts(both)).toMatchObject({ violated: ['X', 'range'] });
  });

  const stores = machine({
    small: range(5),
    flag: bool(),
    mode: enumeration('on', 'off'),
    reference: ref('slot'),
    pointer: word(),
    slot: array(2, uint(1)),
    counter: uint(4, { wraps: true }),
  });
  type Stores = StateOf<typeof stores>;
  /** One CPU that stores one value, whatever the types say, and a property of the state after it. */
  const storing = (field: string, value: unknown, holds: (s: Stores) => boolean = () => true) =>
    check(
      model({
        machine: stores,
        cpus: [
          cpu({
            task: stores.fn('task', (b) => [
              b.step('store', (s) => {
                (s as unknown as Record<string, unknown>)[field] = value;
              }),
            ]),
          }),
        ],
      }),
      { properties: { 'A: it was stored': after('store', holds) } },
    );

  test.each<[string, string, unknown]>([
    ['one too many', 'small', 6],
    ['less than none', 'small', -1],
    ['half', 'small', 0.5],
    ['NaN', 'small', Number.NaN],
    ['undefined', 'small', undefined],
    ['a number as text', 'small', '3'],
    ['a boolean for a number', 'small', true],
    ['a number for a boolean', 'flag', 1],
    ['undefined for a boolean', 'flag', undefined],
    ['an unknown name', 'mode', 'broken'],
    ['an index past the end', 'reference', 2],
    ['an index before NONE', 'reference', -2],
    ['NaN for an index', 'reference', Number.NaN],
    ['a word that means nothing', 'pointer', 0x401],
    ['NaN for a word', 'pointer', Number.NaN],
    ['NaN for a counter that wraps', 'counter', Number.NaN],
    ['half for a counter that wraps', 'counter', 1.5],
  ])('%s', (_name, field, value) => {
    expect(found(storing(field, value), 'range')).toMatchObject({
      kind: 'value-out-of-range',
      object: field,
      steps: 1,
    });
  });

  test.each<[string, string, unknown, (s: Stores) => boolean]>([
    ['the largest value', 'small', 5, (s) => s.small === 5],
    ['NONE', 'reference', NONE, (s) => s.reference === NONE],
    ['a counter that wraps upwards', 'counter', 17, (s) => s.counter === 1],
    ['a counter that wraps downwards', 'counter', -1, (s) => s.counter === 15],
  ])('not %s', (_name, field, value, holds) => {
    expect(counts(storing(field, value, holds))).toEqual(clean(2, 2));
  });

  test('a local has a range too', () => {
    const local = shared.fn('task', { locals: { n: uint(1) } }, (b) => [
      b.step('n = 2', (_s, l) => {
        l.n = 2;
      }),
      b.step('use n', (s, l) => {
        s.x = l.n;
      }),
    ]);
    const wide = check(model({ machine: shared, cpus: [cpu({ task: local })] }));
    expect(found(wide, 'range')).toMatchObject({ object: expect.stringContaining('n'), steps: 1 });
  });
});

describe('recursion', () => {
  type Plain = Fn<Record<never, never>, Record<never, never>>;

  test('a function that calls itself', () => {
    const again: Plain = shared.fn(
      'again',
      (b): Nodes => [b.step('once', () => {}), b.call(again)],
    );
    expect(
      refusal(() => check(model({ machine: shared, cpus: [cpu({ task: again })] }))),
    ).toMatchObject({ code: 'recursion', fact: 'again calls again' });
  });

  test('two functions that call each other', () => {
    const ping: Plain = shared.fn('ping', (b): Nodes => [b.step('ping', () => {}), b.call(pong)]);
    const pong: Plain = shared.fn('pong', (b): Nodes => [b.step('pong', () => {}), b.call(ping)]);
    expect(
      refusal(() => check(model({ machine: shared, cpus: [cpu({ task: ping })] }))),
    ).toMatchObject({ code: 'recursion', fact: 'ping calls pong calls ping' });
  });

  test('not a function that is called twice, nor another of the same name', () => {
    const inner = shared.fn('work', (b) => [b.step('inner', () => {})]);
    const outer = shared.fn('work', (b) => [b.call(inner), b.call(inner)]);
    const twice = check(model({ machine: shared, cpus: [cpu({ task: outer })] }));
    expect(counts(twice)).toMatchObject({ states: 3 });
  });
});

describe('a step that depends on anything but the state', () => {
  test('Math.random', () => {
    const random = on(1, (b) => [
      b.loop([
        b.step('x = random', (s) => {
          s.x = Math.floor(Math.random() * 4);
        }),
      ]),
    ]);
    expect(refusal(() => random)).toMatchObject({
      code: 'nondeterministic-step',
      fact: expect.stringContaining("'task: x = random'"),
    });
  });

  test('a captured variable', () => {
    let calls = 0;
    const counting = on(1, (b) => [
      b.loop([
        b.step('x = ++calls', (s) => {
          calls += 1;
          s.x = calls % 4;
        }),
      ]),
    ]);
    expect(refusal(() => counting)).toMatchObject({ code: 'nondeterministic-step' });
  });

  test('a captured variable in a guard', () => {
    let calls = 0;
    const waiting = on(2, (b) => [
      b.until('every third time', () => {
        calls += 1;
        return calls % 3 === 0;
      }),
    ]);
    expect(refusal(() => waiting)).toMatchObject({ code: 'nondeterministic-step' });
  });

  test('an initial state that differs each time', () => {
    let made = 0;
    const start = check(
      model({
        machine: shared,
        cpus: [cpu({ task: shared.fn('task', (b) => [b.step('nothing', () => {})]) })],
        initial: (s) => {
          made += 1;
          s.x = made % 4;
        },
      }),
    );
    expect(refusal(() => start)).toMatchObject({ code: 'nondeterministic-step' });
  });

  test('not a table computed once', () => {
    const table = [3, 2, 1, 0];
    const lookup = on(1, (b) => [
      b.atomic(
        'one CPU',
        b.step('x = table[x]', (s) => {
          s.x = table[s.x];
        }),
      ),
    ]);
    expect(counts(lookup)).toMatchObject({ states: 2 });
  });

  test("a write to another CPU's locals", () => {
    let stolen: { n: number } | undefined;
    const victim = shared.fn('victim', { locals: { n: uint(2) } }, (b) => [
      b.loop([
        b.step('use n', (s, l) => {
          stolen = l;
          s.x = l.n;
        }),
      ]),
    ]);
    const thief = shared.fn('thief', (b) => [
      b.step('steal', () => {
        if (stolen !== undefined) stolen.n = 2;
      }),
    ]);
    const theft = check(
      model({ machine: shared, cpus: [cpu({ task: victim }), cpu({ task: thief })] }),
    );
    expect(refusal(() => theft)).toMatchObject({
      code: 'foreign-locals',
      fact: expect.stringMatching(/'steal' of CPU1 writes a local of CPU0/),
    });
  });

  test('a guard that reads a ghost', () => {
    const steered = on(1, (b) => [
      b.step('seen = 1', (s) => {
        s.seen = 1;
      }),
      b.until('seen', (s) => s.seen === 1),
    ]);
    expect(refusal(() => steered)).toMatchObject({ code: 'ghost-steers' });
  });

  test('not a ghost that is written from a ghost', () => {
    const noted = on(1, (b) => [
      b.step('seen = 1', (s) => {
        s.seen = 1;
      }),
      b.step('seen = seen + 1', (s) => {
        s.seen += 1;
      }),
    ]);
    expect(counts(noted)).toMatchObject({ verdict: 'holds', states: 3 });
  });
});

describe('labels and shapes', () => {
  test('two steps of one function with one label', () => {
    const twice = () => on(1, (b) => [b.step('x', () => {}), b.step('x', () => {})]);
    expect(refusal(twice)).toMatchObject({
      code: 'duplicate-label',
      fact: "task has two steps called 'x'",
    });
  });

  test('not a kernel word used twice, nor one label in two functions', () => {
    const inner = shared.fn('inner', (b) => [b.step('x', () => {})]);
    const words = on(1, (b) => [
      b.step('x', () => {}),
      b.call(spin_lock, (s) => s.lock),
      b.call(spin_unlock, (s) => s.lock),
      b.call(spin_lock, (s) => s.lock),
      b.call(spin_unlock, (s) => s.lock),
      b.call(inner),
    ]);
    expect(counts(words)).toMatchObject({ verdict: 'holds', states: 7 });
    const { verdict } = explore(words);
    expect(verdict.steps.map(({ step }) => step)).toEqual([
      'task: x',
      'task: spin_lock',
      'task: spin_unlock',
      'task: spin_lock #2',
      'task: spin_unlock #2',
      'inner: x',
    ]);
  });

  test('a choose without alternatives', () => {
    expect(refusal(() => on(1, (b) => [b.choose()]))).toMatchObject({ code: 'empty-choose' });
  });

  test('a loop without anything', () => {
    expect(refusal(() => on(1, (b) => [b.loop([])]))).toMatchObject({ code: 'loop-without-step' });
  });

  test('a loop that comes round on locals alone', () => {
    const spinning = () => {
      const task = shared.fn('task', { locals: { done: bool() } }, (b) => [
        b.step('begin', () => {}),
        b.loop([b.when('done', (l) => l.done, [b.leave()])]),
      ]);
      return check(model({ machine: shared, cpus: [cpu({ task })] }));
    };
    expect(refusal(spinning)).toMatchObject({ code: 'loop-without-step' });
  });

  test('a loop that comes round without a step only later says how it got there', () => {
    const later = () => {
      const task = shared.fn('task', { locals: { stuck: bool() } }, (b) => [
        b.step('first', () => {}),
        b.loop([
          b.when('!stuck', (l) => !l.stuck, [
            b.step('stuck = true', (_s, l) => {
              l.stuck = true;
            }),
          ]),
        ]),
      ]);
      return check(model({ machine: shared, cpus: [cpu({ task })] }));
    };
    expect(refusal(later)).toMatchObject({ code: 'loop-without-step', schedule: '0' });
  });

  test('leaving a loop that is none', () => {
    expect(refusal(() => on(1, (b) => [b.leave()]))).toMatchObject({ code: 'bad-model' });
  });

  test('a task with parameters, a model without a CPU, a callback without a function', () => {
    const parameters = shared.fn('parameters', { params: { n: uint(1) } }, (b) => [
      b.step('x', () => {}),
    ]);
    expect(
      refusal(() => check(model({ machine: shared, cpus: [cpu({ task: parameters })] }))),
    ).toMatchObject({ code: 'bad-model' });
    expect(refusal(() => check(model({ machine: shared, cpus: [] })))).toMatchObject({
      code: 'bad-model',
    });
    const called = machine({ x: bool() }, { callbacks: ['missing'] });
    expect(
      refusal(() => check(model({ machine: called, cpus: [cpu({})], callbacks: {} as never }))),
    ).toMatchObject({ code: 'unknown-callback' });
  });

  test('a reference into nothing, an overlay of what is no word', () => {
    const dangling = machine({ p: ref('nowhere') });
    expect(
      refusal(() =>
        check(
          model({ machine: dangling, cpus: [cpu({ task: dangling.fn('f', (b) => [b.stop()]) })] }),
        ),
      ),
    ).toMatchObject({ code: 'bad-schema' });
    const mixed = machine({
      page: record({ ...overlay({ lru: list_head(), count: record({ n: bits(4), m: word() }) }) }),
    });
    expect(
      refusal(() =>
        check(model({ machine: mixed, cpus: [cpu({ task: mixed.fn('f', (b) => [b.stop()]) })] })),
      ),
    ).toMatchObject({ code: 'bad-schema' });
  });

  test('an array in a place that no memory has, or where its words do not lie', () => {
    const made = (element: AnyType, bytes: number, aligned: number) => {
      const table = machine({ table: array(2, element, { bytes, aligned }) });
      const task = table.fn('f', (b) => [b.stop()]);
      return check(model({ machine: table, cpus: [cpu({ task })] }));
    };
    const placed = (...how: Parameters<typeof made>) => refusal(() => made(...how)).code;
    expect(placed(word(), 8, 64)).toBe('not refused');
    for (const [bytes, aligned] of [
      [12, 64],
      [0, 64],
      [64, 48],
      [64, 4],
      [64, 2 ** 32],
    ] as const) {
      expect(placed(word(), bytes, aligned)).toBe('bad-schema');
    }
    expect(placed(array(2, word()), 16, 64)).toBe('not refused');
    expect(placed(array(3, word()), 16, 64)).toBe('bad-schema');
    expect(placed(record({ n: bits(4), m: word() }), 16, 64)).toBe('bad-schema');
  });

  test('two properties of one id, an expectation of none', () => {
    expect(
      refusal(() =>
        on(1, (b) => [b.stop()], {
          properties: { 'P: one': always(() => true), 'P: two': always(() => true) },
        }),
      ),
    ).toMatchObject({ code: 'bad-check' });
    expect(refusal(() => on(1, (b) => [b.stop()], { expected: { Q: 'violated' } }))).toMatchObject({
      code: 'bad-check',
    });
  });
});

describe('a step that a property names and the model does not have', () => {
  const named = (label: string) =>
    on(1, (b) => [b.step('x = 1', () => {})], { properties: { P: after(label, () => true) } });

  test('is refused', () => {
    expect(refusal(() => named('x = 2'))).toEqual({
      code: 'bad-check',
      fact: "'P' names 'x = 2', which is no step of the model",
    });
    expect(refusal(() => named('elsewhere: x = 1'))).toMatchObject({ code: 'bad-check' });
  });

  test('but not the label alone, or with its function', () => {
    expect(refusal(() => named('x = 1')).code).toBe('not refused');
    expect(refusal(() => named('task: x = 1')).code).toBe('not refused');
  });
});

describe('a step coarser than the hardware', () => {
  const coarse = { code: 'coarse-step' };

  test('x = x + 1', () => {
    const add = on(2, (b) => [
      b.step('x = x + 1', (s) => {
        s.x = s.x + 1;
      }),
    ]);
    expect(refusal(() => add)).toMatchObject({
      ...coarse,
      fact: expect.stringContaining("'task: x = x + 1' makes 2 accesses"),
    });
  });

  const swap: Body = (b) => [
    b.step('x = y', (s) => {
      s.x = s.y;
    }),
  ];
  const locked: Body = (b) => [
    b.call(spin_lock, (s) => s.lock),
    ...swap(b),
    b.call(spin_unlock, (s) => s.lock),
  ];

  test('two words without a lock', () => {
    expect(refusal(() => on(2, swap))).toMatchObject({
      ...coarse,
      fact: expect.stringMatching(/\(x, y\)|\(y, x\)/),
    });
  });

  test('not under a lock that everyone holds', () => {
    expect(counts(on(2, locked))).toMatchObject({ verdict: 'holds' });
  });

  test('under a lock that somebody else does not hold', () => {
    const outside = shared.fn('outside', (b) => [
      b.step('y = 1', (s) => {
        s.y = 1;
      }),
    ]);
    const task = shared.fn('task', locked);
    const mixed = check(
      model({ machine: shared, cpus: [cpu({ count: 2, task }), cpu({ task: outside })] }),
    );
    expect(refusal(() => mixed)).toMatchObject({
      ...coarse,
      fact: expect.stringMatching(/protects y: .outside: y = 1. touches it otherwise$/),
    });
  });

  test('under a lock that somebody else does not hold while only reading', () => {
    const outside = shared.fn('outside', { locals: { n: uint(2) } }, (b) => [
      b.step('n = y', (s, l) => {
        l.n = s.y;
      }),
    ]);
    const task = shared.fn('task', locked);
    const mixed = check(
      model({ machine: shared, cpus: [cpu({ count: 2, task }), cpu({ task: outside })] }),
    );
    expect(refusal(() => mixed)).toMatchObject(coarse);
  });

  test('under two locks, one each', () => {
    const pair = machine({ a: spinlock(), b: spinlock(), x: uint(2), y: uint(2) });
    const under = (name: 'a' | 'b') =>
      pair.fn(`under_${name}`, (b) => [
        b.call(spin_lock, (s) => s[name]),
        b.step('x = y', (s) => {
          s.x = s.y;
        }),
        b.call(spin_unlock, (s) => s[name]),
      ]);
    const split = check(
      model({ machine: pair, cpus: [cpu({ task: under('a') }), cpu({ task: under('b') })] }),
    );
    expect(refusal(() => split)).toMatchObject(coarse);
  });

  test('not where one CPU alone touches the words', () => {
    const alone = shared.fn('alone', swap);
    const rest = shared.fn('rest', (b) => [
      b.call(spin_lock, (s) => s.lock),
      b.call(spin_unlock, (s) => s.lock),
    ]);
    const private_words = check(
      model({ machine: shared, cpus: [cpu({ task: alone }), cpu({ count: 2, task: rest })] }),
    );
    expect(counts(private_words)).toMatchObject({ verdict: 'holds' });
  });

  test('where a handler of the same CPU may come between', () => {
    const interrupted = check(
      model({
        machine: shared,
        cpus: [cpu({ task: shared.fn('alone', swap), softirq: shared.fn('handler', swap) })],
      }),
    );
    expect(refusal(() => interrupted)).toMatchObject(coarse);
  });

  test('not where it is declared, with its reason in the scope', () => {
    const declared = on(2, (b) => [
      b.atomic(
        'the bus carries both words',
        b.step('x = y', (s) => {
          s.x = s.y;
        }),
      ),
    ]);
    expect(counts(declared)).toMatchObject({ verdict: 'holds' });
    expect(explore(declared).verdict.scope.join('\n')).toContain('the bus carries both words');
  });

  test('a guard on one word and an effect on another', () => {
    const guarded = on(2, (b) => [
      b.until(
        'wait for x, then store y',
        (s) => s.x === 0,
        (s) => {
          s.y = 1;
        },
      ),
    ]);
    expect(refusal(() => guarded)).toMatchObject(coarse);
  });

  test('not a guard and an effect on one word: that is a compare-and-swap', () => {
    const swapped = on(2, (b) => [
      b.until(
        'x = 1 when 0',
        (s) => s.x === 0,
        (s) => {
          s.x = 1;
        },
      ),
    ]);
    expect(counts(swapped)).toMatchObject({ states: 3, dead: 2, violated: ['deadlock'] });
  });

  test('a condition on two words', () => {
    const both = on(2, (b) => [
      b.test('x and y', (s) => s.x === 0 && s.y === 0, [
        b.step('x = 1', (s) => {
          s.x = 1;
        }),
      ]),
    ]);
    expect(refusal(() => both)).toMatchObject(coarse);
  });

  test('a guard that never lets anyone through reads two words all the same', () => {
    const never = on(2, (b) => [
      b.until('x and y', (s) => s.x === 0 && s.y === 1),
      b.step('x = 1', (s) => {
        s.x = 1;
      }),
    ]);
    expect(refusal(() => never)).toMatchObject(coarse);
  });

  test('not ghosts beside the one access', () => {
    const noted = on(2, (b) => [
      b.step('x = 1', (s) => {
        s.x = 1;
        s.seen = Math.min(3, s.seen + 1);
      }),
    ]);
    expect(counts(noted)).toMatchObject({ verdict: 'holds' });
  });
});

describe('shared memory where only locals may be read', () => {
  const refused = { code: 'shared-access-in-local-code' };

  test('in the condition of when', () => {
    let state: Shared | undefined;
    const when = on(1, (b) => [
      b.step('leak the state', (s) => {
        state = s;
        s.x = 1;
      }),
      b.when('x', () => state?.x === 1, [b.step('then', () => {})]),
    ]);
    expect(refusal(() => when)).toMatchObject(refused);
  });

  test('in the arguments of a call', () => {
    const callee = shared.fn('callee', { params: { n: uint(2) } }, (b) => [
      b.step('use n', (s, l) => {
        s.y = l.n;
      }),
    ]);
    const argument = on(1, (b) => [
      b.step('first', () => {}),
      b.call(callee, (_l, s) => ({ n: s.x })),
    ]);
    expect(refusal(() => argument)).toMatchObject(refused);
  });

  test('in local code', () => {
    const local = on(1, (b) => [
      b.step('first', () => {}),
      { kind: 'local', code: (_l, s) => void s.x, place: {} },
    ]);
    expect(refusal(() => local)).toMatchObject(refused);
  });
});

describe('what is not in the schema', () => {
  test('a write outside the schema', () => {
    const outside = on(1, (b) => [
      b.step('typo', (s) => {
        (s as unknown as { lokc: number }).lokc = 1;
      }),
    ]);
    expect(refusal(() => outside)).toMatchObject({
      code: 'step-threw',
      schedule: expect.anything(),
    });
  });

  test('a local that is not declared', () => {
    const outside = on(1, (b) => [
      b.step('typo', (_s, l) => {
        (l as { n: number }).n = 1;
      }),
    ]);
    expect(refusal(() => outside)).toMatchObject({ code: 'step-threw' });
  });

  describe('an element that no array has', () => {
    const arrays = machine({
      slot: array(2, uint(1)),
      pair: array(2, record({ v: uint(1) })),
      x: uint(1),
    });
    type Arrays = StateOf<typeof arrays>;

    const touching = (index: unknown, touch: (s: Arrays, index: number) => void) =>
      check(
        model({
          machine: arrays,
          cpus: [
            cpu({
              task: arrays.fn('task', (b) => [b.step('touch', (s) => touch(s, index as number))]),
            }),
          ],
        }),
      );
    const load = (s: Arrays, index: number) => {
      s.x = s.slot[index];
    };
    const store = (s: Arrays, index: number) => {
      s.slot[index] = 1;
    };
    const inside = (s: Arrays, index: number) => {
      s.pair[index].v = 1;
    };

    test.each([
      ['is loaded', 'slot', load],
      ['is stored', 'slot', store],
      ['is a record', 'pair', inside],
    ] as const)('%s', (_name, object, touch) => {
      expect(found(touching(2, touch), 'KASAN')).toMatchObject({ kind: 'out-of-bounds', object });
      expect(found(touching(NONE, touch), 'KASAN')).toMatchObject({
        kind: 'null-dereference',
        object,
      });
    });

    test.each([undefined, 0.5])('at %s, which is no index', (index) => {
      expect(refusal(() => touching(index, store))).toMatchObject({ code: 'step-threw' });
      expect(refusal(() => touching(index, inside))).toMatchObject({ code: 'step-threw' });
      // A load gives undefined, which no field takes.
      expect(found(touching(index, load), 'range')).toMatchObject({ object: 'x' });
    });
  });

  test('a view stored in a field, in place of the address', () => {
    const lists = machine({
      head: list_head(),
      pointer: word(),
      count: uint(4),
      reference: ref('slot'),
      slot: heap(1, record({ value: bool() })),
    });
    type Lists = StateOf<typeof lists>;
    const storing = (field: string, view: (s: Lists) => unknown) =>
      check(
        model({
          machine: lists,
          cpus: [
            cpu({
              task: lists.fn('task', (b) => [
                b.step('store', (s) => {
                  (s as unknown as Record<string, unknown>)[field] = view(s);
                }),
              ]),
            }),
          ],
        }),
      );
    for (const [field, view] of [
      ['pointer', (s: Lists) => s.head],
      ['count', (s: Lists) => s.head],
      ['reference', (s: Lists) => s.slot[0]],
    ] as const) {
      expect(found(storing(field, view), 'range')).toMatchObject({ object: field, steps: 1 });
    }
  });

  test('a record assigned as a whole', () => {
    const lists = machine({ a: list_head(), b: list_head() });
    const whole = check(
      model({
        machine: lists,
        cpus: [
          cpu({
            task: lists.fn('whole', (b) => [
              b.step('a = b', (s) => {
                (s as { a: unknown }).a = s.b;
              }),
            ]),
          }),
        ],
      }),
    );
    expect(refusal(() => whole)).toMatchObject({ code: 'step-threw' });
  });

  test('a recipe that throws', () => {
    const thrown = on(1, (b) => [
      b.step('first', () => {}),
      b.step('throw', () => {
        throw new Error('no such thing');
      }),
    ]);
    expect(refusal(() => thrown)).toMatchObject({
      code: 'step-threw',
      fact: 'no such thing',
      schedule: '0',
    });
  });

  test('a property that throws', () => {
    const thrown = on(1, (b) => [b.step('x', () => {})], {
      properties: {
        'T: throws': always(() => {
          throw new Error('no answer');
        }),
      },
    });
    expect(refusal(() => thrown)).toMatchObject({ code: 'property-threw' });
  });

  test('a property that writes', () => {
    const writing = on(1, (b) => [b.step('nothing', () => {})], {
      properties: {
        'W: writes': always((s) => {
          s.x = 1;
          return true;
        }),
      },
    });
    expect(refusal(() => writing)).toMatchObject({ code: 'property-threw' });
  });
});
