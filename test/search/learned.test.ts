/** What the search learns of moves and properties holds in every state it is used in: counts by hand, and against plain execution. */
import {
  always,
  array,
  bool,
  check,
  cpu,
  explore,
  machine,
  model,
  NONE,
  possibly,
  reachable,
  ref,
  type StateOf,
  uint,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { Footprint, lookAt } from '../../src/machine/footprint.ts';
import { compileMachine } from '../../src/machine/machine.ts';
import { Packing } from '../../src/machine/packing.ts';
import { Tree, UNKNOWN } from '../../src/search/tree.ts';
import { rowOf } from '../outcome.ts';

function run(checked: Parameters<typeof explore>[0]) {
  const outcomes = explore(checked);
  const { states, generated, verdict } = outcomes.verdict;
  return { outcomes, states, generated, verdict };
}

describe('moves', () => {
  test('a store that nothing was looked at for is made in every state', () => {
    const m = machine({ x: uint(2), y: uint(2) });
    const any = m.fn('any', (b) => [
      b.loop([
        b.pick('x = k', 4, (s, _l, k) => {
          s.x = k;
        }),
      ]),
    ]);
    // Learned where x is 0 already, and used where it is not.
    const zero = m.fn('zero', (b) => [
      b.loop([
        b.step('x = 0', (s) => {
          s.x = 0;
        }),
      ]),
    ]);
    const both = model({
      machine: m,
      cpus: [cpu({ task: zero }), cpu({ task: any })],
      source: 'test',
    });
    expect(run(check(both, { properties: {} }))).toMatchObject({ states: 4, generated: 1 + 4 * 5 });
  });

  test('a step that stores what it has stored before looks at it no more', () => {
    const m = machine({ x: uint(3), y: uint(3) });
    const swap = m.fn('swap', (b) => [
      b.loop([
        b.atomic(
          'for the test',
          b.step('swap', (s) => {
            const before = s.x;
            s.x = s.y;
            s.y = before;
            s.x = (s.x + s.y) % 8;
          }),
        ),
        b.pick('y = k', 8, (s, _l, k) => {
          s.y = k;
        }),
      ]),
    ]);
    const one = model({ machine: m, cpus: [cpu({ task: swap })], source: 'test' });
    expect(run(check(one, { properties: {} }))).toMatchObject({
      states: 128,
      generated: 1 + 64 + 512,
    });
  });

  test('a place that looks at too much to be met twice is executed each time', () => {
    const m = machine({ x: uint(7), y: uint(7), sum: uint(8) });
    const count = m.fn('count', (b) => [
      b.loop([
        b.choose(
          b.until(
            'x + 1',
            (s) => s.x < 127,
            (s) => {
              s.x += 1;
            },
          ),
          b.until(
            'y + 1',
            (s) => s.y < 127,
            (s) => {
              s.y += 1;
            },
          ),
          b.atomic(
            'for the test',
            b.step('sum = x + y', (s) => {
              s.sum = s.x + s.y;
            }),
          ),
        ),
      ]),
    ]);
    const one = model({ machine: m, cpus: [cpu({ task: count })], source: 'test' });
    const { outcomes, states, generated } = run(
      check(one, {
        properties: {
          'sum is no more than both': always((s) => s.sum <= s.x + s.y),
          'all three are at their ends': reachable(
            (s) => s.x === 127 && s.y === 127 && s.sum === 254,
          ),
        },
      }),
    );
    // What sum may be is what x + y was on some way to (x, y): any number up to x + y.
    let expected = 0;
    let moves = 1;
    for (let x = 0; x < 128; x += 1) {
      for (let y = 0; y < 128; y += 1) {
        expected += x + y + 1;
        moves += (x + y + 1) * (1 + (x < 127 ? 1 : 0) + (y < 127 ? 1 : 0));
      }
    }
    expect({ states, generated }).toEqual({ states: expected, generated: moves });
    expect(rowOf(outcomes, 'all three are at their ends')).toMatchObject({ verdict: 'holds' });
  });

  test('what was never learned is executed once more for a continuation', () => {
    // No two of the 8192 states agree in what the step, or the property, looks at.
    const m = machine({ x: uint(13) });
    const round = m.fn('round', (b) => [
      b.loop([
        b.step('x + 1', (s) => {
          s.x = (s.x + 1) % 8192;
        }),
        b.step('look', () => undefined),
      ]),
    ]);
    const one = model({ machine: m, cpus: [cpu({ task: round })], source: 'test' });
    const far = {
      from: (s: StateOf<typeof m>) => s.x > 4095,
      to: (s: StateOf<typeof m>) => s.x === 1,
    };
    const { outcomes, states } = run(
      check(one, {
        properties: {
          'P1: comes round': possibly(far),
          'P2: without a step': possibly({ ...far, without: ['x + 1'] }),
        },
        expected: { P2: 'violated' },
      }),
    );
    expect(states).toBe(2 * 8192);
    expect(rowOf(outcomes, 'P1')).toMatchObject({ verdict: 'holds', evaluated: 2 * 4096 });
    expect(rowOf(outcomes, 'P2')).toMatchObject({ verdict: 'violated', steps: 2 * 4096 - 1 });
  });
});

describe('packing', () => {
  test('philosophers take two words, and no bit is lost', () => {
    const m = machine({
      flags: array(9, bool()),
      next: ref('flags'),
      wide: uint(17),
      narrow: uint(3),
    });
    const f = m.fn('f', (b) => [
      b.step('next', (s) => {
        s.next = NONE;
      }),
    ]);
    const { layout } = compileMachine(
      model({ machine: m, cpus: [cpu({ task: f })], source: 'test' }),
    );
    const packing = new Packing(layout.cells, layout.bytes);
    // 9 flags, 4 bits of a reference, 17, 3, and 1 of the counter.
    expect(packing.width).toBe(2);
    const bytes = new Uint8Array(layout.bytes);
    for (const { offset, width, codec, bias } of layout.cells) {
      for (let byte = 0; byte < width; byte += 1)
        bytes[offset + byte] = Math.floor((codec.size + bias - 1) / 256 ** byte);
    }
    const words = new Uint32Array(packing.width);
    packing.pack(bytes, words);
    const again = new Uint8Array(layout.bytes);
    packing.unpack(words, again);
    expect([...again]).toEqual([...bytes]);
  });
});

describe('footprints', () => {
  test('bits are looked at once, and not after they were stored', () => {
    const footprint = new Footprint(4);
    footprint.begin();
    footprint.look(0, 0b100);
    footprint.write(0, 0b010);
    footprint.read(0);
    footprint.read(0);
    footprint.write(1);
    footprint.read(1);
    footprint.within(2, 7, 1, 3);
    footprint.within(2, 7, 1, 3);
    footprint.read(2);
    footprint.end();
    footprint.read(3);
    expect(footprint.looks.map(lookAt)).toEqual([
      { offset: 0, mask: 0b100, low: 0, high: 255 },
      { offset: 0, mask: 0b11111001, low: 0, high: 255 },
      { offset: 2, mask: 255, low: 1, high: 3 },
      { offset: 2, mask: 255, low: 0, high: 255 },
    ]);
  });

  test('what was stored is looked at where the state before is asked for', () => {
    const footprint = new Footprint(4);
    footprint.begin();
    footprint.write(0);
    footprint.write(1);
    expect(footprint.beforeStores(() => footprint.read(0))).toBeUndefined();
    footprint.read(1);
    footprint.end();
    expect(footprint.looks.map(lookAt)).toEqual([{ offset: 0, mask: 255, low: 0, high: 255 }]);
  });

  test('values outside a range share a leaf, and what strays is refused', () => {
    const m = machine({ x: uint(3) });
    const f = m.fn('f', (b) => [
      b.step('x', (s) => {
        s.x = 0;
      }),
    ]);
    const { layout } = compileMachine(
      model({ machine: m, cpus: [cpu({ task: f })], source: 'test' }),
    );
    const packing = new Packing(layout.cells, layout.bytes);
    const tree = new Tree(packing);
    const footprint = new Footprint(layout.bytes);
    const state = new Uint32Array(packing.width);
    const look = (x: number, low: number, high: number): readonly number[] => {
      packing.pack(Uint8Array.of(x, 0, 0, 0), state);
      footprint.begin();
      footprint.within(0, x, low, high);
      return footprint.looks;
    };
    tree.grow(state, 0, look(6, 1, 2), 11);
    expect([0, 1, 2, 3, 7].map((x) => [look(x, 1, 2), tree.walk(state, 0)][1])).toEqual([
      11,
      UNKNOWN,
      UNKNOWN,
      11,
      11,
    ]);
    tree.grow(state, 0, look(1, 1, 2), 12);
    look(1, 1, 2);
    expect(tree.walk(state, 0)).toBe(12);
    expect(() => tree.grow(state, 0, look(2, 0, 0), 13)).toThrow('looked elsewhere');
  });
});
