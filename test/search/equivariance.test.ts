/** What treats CPUs or objects differently is refused, by name; what treats them alike is not. */
import fc from 'fast-check';
import type { Builder, Model, Nodes, StateOf } from 'heddle';
import {
  alloc,
  array,
  bool,
  cpu,
  cpu_id,
  free,
  heap,
  machine,
  model,
  NONE,
  per_cpu,
  range,
  record,
  ref,
  set_of,
} from 'heddle';
import { describe, expect, test, vi } from 'vitest';
import fragment_allocator from '../../models/bench/fragment_allocator.ts';
import rcu_list from '../../models/bench/rcu_list.ts';
import mcs from '../../models/classic/mcs.ts';
import two_phase_commit from '../../models/classic/two_phase_commit.ts';
import { Asymmetric, Equivariance } from '../../src/search/symmetry/equivariance.ts';
import type { Symmetry } from '../../src/search/symmetry/symmetry.ts';
import { alike, checkOfAlike } from '../fuzz/alike.ts';
import { allOf, Orbits } from './orbits.ts';

const state = () =>
  machine({
    turn: cpu_id(),
    number: range(3),
    x: bool(),
    y: bool(),
    queue: array(3, bool()),
    here: per_cpu(bool()),
    seen: set_of('cpu'),
    first: ref('page'),
    page: heap(2, record('page', { used: bool(), by: cpu_id() })),
  });
type State = StateOf<ReturnType<typeof state>>;
type Write = Builder<State, Record<never, never>>;

/** Three CPUs that do one thing each, and then another. */
function three(body: (b: Write) => Nodes): Model {
  const m = state();
  const task = m.fn('task', (b: Write) => body(b));
  return model({ machine: m, cpus: [cpu({ count: 3, task })], source: 'test' });
}

const mine = (b: Write) =>
  b.step('here', (s, _l, ctx) => {
    s.here[ctx.cpu] = true;
  });

describe('a step that', () => {
  const alike: [string, (b: Write) => Nodes][] = [
    [
      'stores its CPU',
      (b) => [
        mine(b),
        b.step('turn', (s, _l, ctx) => {
          s.turn = ctx.cpu;
        }),
      ],
    ],
    [
      'adds its CPU to a set',
      (b) => [
        b.step('seen', (s, _l, ctx) => {
          s.seen |= 1 << ctx.cpu;
        }),
      ],
    ],
    [
      'asks all CPUs',
      (b) => [
        mine(b),
        b.step('all', (s) => {
          s.x = [...s.here].every((one) => one);
        }),
      ],
    ],
    [
      'asks CPUs until one is there',
      (b) => [
        mine(b),
        b.step('some', (s) => {
          s.x = s.here[0] || s.here[1] || s.here[2];
        }),
      ],
    ],
    [
      'compares its CPU for equality',
      (b) => [
        b.step('turn', (s, _l, ctx) => {
          s.turn = ctx.cpu;
        }),
        b.step('mine', (s, _l, ctx) => {
          s.x = s.turn === ctx.cpu;
        }),
      ],
    ],
    [
      'takes any page and gives it back',
      (b) => [
        b.pick('take', 1, (s, _l, _k, ctx) => {
          s.first = alloc(s.page, { used: true, by: ctx.cpu });
          return s.first !== NONE;
        }),
        b.until(
          'give',
          (s) => s.first !== NONE,
          (s) => {
            free(s.page, s.first);
            s.first = NONE;
          },
        ),
      ],
    ],
  ];
  test.each(alike)('%s is none', (_, body) => {
    expect(new Orbits(three(body)).runHeld()).toEqual([]);
  });

  const CPUS = /^'([^']*)' of CPU\d tells CPU\d and CPU\d apart$/;
  const apart: [string, RegExp, (b: Write) => Nodes][] = [
    [
      'names CPU 0',
      CPUS,
      (b) => [
        b.step('first', (s, _l, ctx) => {
          s.x = ctx.cpu === 0;
        }),
      ],
    ],
    [
      'looks at CPU 0',
      CPUS,
      (b) => [
        mine(b),
        b.step('first', (s) => {
          s.x = s.here[0];
        }),
      ],
    ],
    [
      'puts CPU 0 into a set',
      CPUS,
      (b) => [
        b.step('first', (s) => {
          s.seen |= 1;
        }),
      ],
    ],
    [
      'compares CPUs by order',
      CPUS,
      (b) => [
        b.step('turn', (s, _l, ctx) => {
          if (ctx.cpu > s.turn) s.turn = ctx.cpu;
        }),
      ],
    ],
    [
      'keeps a CPU as a number',
      CPUS,
      (b) => [
        b.step('number', (s, _l, ctx) => {
          s.number = ctx.cpu;
        }),
      ],
    ],
    [
      'goes to the next CPU',
      CPUS,
      (b) => [
        b.step('next', (s, _l, ctx) => {
          s.turn = (ctx.cpu + 1) % 3;
        }),
      ],
    ],
    [
      'uses a CPU as index of an array',
      CPUS,
      (b) => [
        b.step('queue', (s, _l, ctx) => {
          s.queue.set(ctx.cpu, true);
        }),
      ],
    ],
    [
      'names page 0',
      /^'take' of CPU\d tells page\[0\] and page\[1\] apart$/,
      (b) => [
        b.pick('take', 1, (s) => {
          const p = alloc(s.page, { used: true });
          s.first = p === 0 ? p : NONE;
          return p !== NONE;
        }),
      ],
    ],
  ];
  test.each(apart)('%s is refused', (_, reason, body) => {
    const [first] = new Orbits(three(body)).runHeld();
    expect(first).toMatch(reason);
  });
});

describe('a group that is told apart', () => {
  test('is dropped, the other is kept', () => {
    const orbits = new Orbits(
      three((b) => [
        b.step('number', (s, _l, ctx) => {
          s.number = ctx.cpu;
        }),
      ]),
    );
    expect(orbits.symmetry?.orbits).toEqual(['CPU0, CPU1, CPU2', 'page[0], page[1]']);
    expect(orbits.symmetry?.order).toBe(12);
    orbits.runHeld();
    expect(orbits.symmetry?.orbits).toEqual(['page[0], page[1]']);
    expect(orbits.symmetry?.dropping('page[0], page[1]')).toBeUndefined();
  });
});

describe('a property that', () => {
  const orbits = new Orbits(
    three((b) => [
      mine(b),
      b.pick('take', 1, (s, _l, _k, ctx) => {
        s.first = alloc(s.page, { used: true, by: ctx.cpu });
        return s.first !== NONE;
      }),
      b.step('turn', (s, _l, ctx) => {
        s.turn = ctx.cpu;
      }),
    ]),
  );
  orbits.run();
  const asked = (predicate: (s: State) => boolean): string => {
    const { engine, packing, symmetry } = orbits;
    const held = new Equivariance(engine, packing, symmetry as Symmetry);
    const ask = (): number => {
      let answer = 0;
      engine.prepare(() => {
        answer = predicate(engine.state as State) ? 1 : 2;
      });
      return answer;
    };
    try {
      for (const one of orbits.states) held.property('P', one, 0, ask);
      return '';
    } catch (thrown) {
      if (!(thrown instanceof Asymmetric)) throw thrown;
      return `${thrown.reason} (${thrown.group})`;
    }
  };

  test.each<[string, (s: State) => boolean]>([
    ['counts CPUs', (s) => [...s.here].filter((one) => one).length < 2],
    ['follows references', (s) => s.first === NONE || s.page[s.first].used],
    ['compares references', (s) => s.first === NONE || s.page[s.first].by === s.turn],
  ])('%s is held', (_, predicate) => {
    expect(asked(predicate)).toBe('');
  });

  test.each<[string, (s: State) => boolean, string]>([
    ['names CPU 0', (s) => s.here[0], 'CPU0, CPU1, CPU2'],
    ['compares CPUs by order', (s) => s.turn < 1, 'CPU0, CPU1, CPU2'],
    ['names page 0', (s) => s.first === 0, 'page[0], page[1]'],
  ])('%s is refused', (_, predicate, group) => {
    const reason = asked(predicate);
    expect(reason).toMatch(
      /^the property P tells (CPU\d and CPU\d|page\[\d\] and page\[\d\]) apart/,
    );
    expect(reason).toContain(`(${group})`);
  });
});

describe('what was compared', () => {
  /** CPU 0 never looks at x, so nothing that it does says anything of states that differ there: another CPU would. */
  test('stands only for states that agree in what the images have looked at', () => {
    const orbits = new Orbits(
      three((b) => [
        b.step('x', (s) => {
          s.x = true;
        }),
        b.step('only others look', (s, _l, ctx) => {
          if (ctx.cpu !== 0 && s.x) s.y = true;
        }),
      ]),
    );
    const { engine, packing, symmetry } = orbits;
    const held = new Equivariance(engine, packing, symmetry as Symmetry);
    const x = engine.compiled.layout.cells.find(({ name }) => name === 'x')?.offset as number;
    const counter = engine.compiled.cpus[0]?.slots[0]?.counter as number;
    const bytes = new Uint8Array(engine.memory.bytes.length);
    const put = (value: number): Uint32Array => {
      bytes.fill(0);
      bytes[x] = value;
      for (const { slots } of engine.compiled.cpus)
        bytes[engine.compiled.layout.cells[slots[0]?.counter ?? counter]?.offset as number] = 2;
      const words = new Uint32Array(packing.width);
      packing.pack(bytes, words);
      return words;
    };
    held.moves(put(0), 0, 0);
    const looked = engine.memory.footprint.looks.map((look) => Math.floor(look / 2 ** 24));
    expect(looked).toContain(x);
    expect(() => held.moves(put(1), 0, 0)).toThrow(Asymmetric);
  });

  test('is found again, and what was looked at before does not pile up', () => {
    const orbits = new Orbits(mcs(3));
    orbits.run();
    const { engine, packing, symmetry, states } = orbits;
    const { footprint } = engine.memory;
    const held = new Equivariance(engine, packing, symmetry as Symmetry);
    const lengths = [0, 1].map(() => {
      for (const state of states) for (const cpu of [0, 1, 2]) held.moves(state, 0, cpu);
      return footprint.looks.length;
    });
    expect(lengths[1]).toBe(lengths[0]);
    expect(footprint.looks.length).toBe(new Set(footprint.looks).size);
  });

  /** Holds images of states to symmetry; returns which share of them needed no comparison of their own. */
  function shareKnown(one: Model, most: number): number {
    const orbits = new Orbits(one);
    orbits.runHeld(most);
    const { engine, packing, symmetry } = orbits;
    if (symmetry === undefined) return 1;
    const { footprint } = engine.memory;
    const looksOf = (held: Equivariance, words: Uint32Array, cpu: number): readonly number[] => {
      footprint.looks.length = 0;
      held.moves(words, 0, cpu);
      return [...footprint.looks];
    };
    const attach = vi.spyOn(engine, 'attach');
    const shared = new Equivariance(engine, packing, symmetry);
    const image = new Uint32Array(packing.width);
    let images = 0;
    let known = 0;
    for (const state of orbits.states) {
      for (const by of allOf(symmetry).slice(0, 12)) {
        symmetry.apply(state, 0, by, image);
        for (const { index } of engine.compiled.cpus) {
          attach.mockClear();
          const looks = looksOf(shared, image, index);
          images += 1;
          if (attach.mock.calls.length === 1) known += 1;
          const own = new Equivariance(engine, packing, symmetry);
          expect(looks).toEqual(looksOf(own, image, index));
          expect(shared.beside(image, 0, index)).toEqual(own.beside(image, 0, index));
        }
      }
    }
    return known / images;
  }

  test.each([
    ['mcs', mcs(3), 0.9],
    ['fragment_allocator', fragment_allocator(3, 1), 0.9],
    ['rcu_list', rcu_list(3), 0.9],
    ['two_phase_commit', two_phase_commit(3), 0],
  ] as const)('is known of images as if it had been compared there: %s', (_, one, least) => {
    expect(shareKnown(one, 150)).toBeGreaterThan(least);
  });

  test('is known of images of any program as if it had been compared there', () => {
    const property = fc.property(alike, (one) => {
      shareKnown(checkOfAlike(one).model, 40);
    });
    fc.assert(property, { numRuns: 60 });
  }, 60_000);
});
