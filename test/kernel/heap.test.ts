/** The heap: which slots an allocation tries, what it leaves, and what freeing takes away. */
import {
  alloc,
  type Builder,
  check,
  client,
  cpu,
  explore,
  find_live,
  free,
  heap,
  is_live,
  list_head,
  machine,
  model,
  NONE,
  type Nodes,
  record,
  ref,
  type StateOf,
  speculative,
  uint,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { counts, found } from '../outcome.ts';
import { atRest } from './look.ts';

const state = machine({
  box: heap(3, record('box', { value: uint(4), lru: list_head() })),
  p: ref('box'),
  q: ref('box'),
  n: uint(4),
});
type State = StateOf<typeof state>;

function run(body: (b: Builder<State, object>) => Nodes, initial: (s: State) => void = () => {}) {
  return model({ machine: state, cpus: [cpu({ task: state.fn('task', body) })], initial });
}
const step = (effect: (s: State) => void, initial?: (s: State) => void) =>
  run((b) => [b.step('operation', effect)], initial);

describe('alloc', () => {
  test('tries every free slot', () => {
    const one = step((s) => {
      s.p = alloc(s.box, { value: 1 });
    });
    expect(atRest(one, (s) => s.p)).toEqual([0, 1, 2]);
    const two = step((s) => {
      s.p = alloc(s.box, { value: 1 });
      s.q = alloc(s.box, { value: 2 });
    });
    expect(atRest(two, (s) => [s.p, s.q])).toEqual([
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 2],
      [2, 0],
      [2, 1],
    ]);
  });

  test('takes the slots in order in an initial state, which is one', () => {
    const start = (s: State) => {
      s.p = alloc(s.box, { value: 1 });
      s.q = alloc(s.box, { value: 2 });
    };
    expect(
      atRest(
        step(() => {}, start),
        (s) => [s.p, s.q, s.box[0].value, s.box[1].value],
      ),
    ).toEqual([[0, 1, 1, 2]]);
  });

  test('gives NONE where all are live, and says how often', () => {
    const full = step(
      (s) => {
        s.p = alloc(s.box, { value: 1 });
      },
      (s) => {
        for (let at = 0; at < 3; at += 1) alloc(s.box, { value: 1 });
        s.p = 2;
      },
    );
    expect(atRest(full, (s) => s.p)).toEqual([NONE]);
    expect(explore(check(full)).verdict.allocationsRefused).toBe(1);
  });

  test('stores what it is given and leaves the rest uninitialised', () => {
    const given = step((s) => {
      s.p = alloc(s.box, { value: 5 });
      s.n = s.box[s.p].value;
    });
    expect(atRest(given, (s) => s.n)).toEqual([5]);
    const rest = step((s) => {
      s.p = alloc(s.box, { value: 5 });
      s.box[s.p].lru.next = s.box[s.p].lru.prev;
    });
    const row = found(check(rest, { expected: { KASAN: 'violated' } }), 'KASAN');
    expect(row).toMatchObject({ kind: 'uninitialised', object: 'box[0].lru.prev' });
  });
});

describe('free', () => {
  const start = (s: State) => {
    s.p = alloc(s.box, { value: 5 });
    s.q = alloc(s.box, { value: 6 });
  };

  test('ends the object; its slot is tried again, without what it held', () => {
    const reused = step((s) => {
      free(s.box, 0);
      s.p = alloc(s.box, {});
    }, start);
    expect(atRest(reused, (s) => [s.p, s.q, is_live(s.box[0]), is_live(s.box[2])])).toEqual([
      [0, 1, true, false],
      [2, 1, false, true],
    ]);
    const stale = step((s) => {
      free(s.box, 0);
      s.p = alloc(s.box, {});
      s.n = s.box[s.p].value;
    }, start);
    const row = found(check(stale, { expected: { KASAN: 'violated' } }), 'KASAN');
    expect(row).toMatchObject({ kind: 'uninitialised' });
  });

  test('leaves no trace: a freed object is a freed object', () => {
    const task = state.fn('task', { locals: { p: ref('box') } }, (b) => [
      b.loop([
        b.step('alloc', (s, l) => {
          l.p = alloc(s.box, { value: 1 });
        }),
        b.pick('store', 2, (s, l, k) => {
          s.box[l.p].value = k;
        }),
        b.step('free', (s, l) => free(s.box, l.p)),
        b.local((l) => {
          l.p = NONE;
        }),
      ]),
    ]);
    const churn = check(model({ machine: state, cpus: [cpu({ task })] }));
    // Nothing allocated; each of 3 slots with 1; each of 3 slots with 0 or 1 and about to be freed.
    expect(counts(churn)).toMatchObject({ verdict: 'holds', states: 10, generated: 16 });
  });

  test('of NONE, and of a slot that is free', () => {
    const none = step((s) => free(s.box, NONE), start);
    expect(found(check(none, { expected: { KASAN: 'violated' } }), 'KASAN')).toMatchObject({
      kind: 'wild-free',
      object: 'box[-1]',
    });
    const again = step((s) => free(s.box, 2), start);
    expect(found(check(again, { expected: { KASAN: 'violated' } }), 'KASAN')).toMatchObject({
      kind: 'double-free',
      object: 'box[2]',
    });
  });
});

describe('what properties and clients may ask', () => {
  test('is_live and find_live', () => {
    const look = (s: State) => [
      [...s.box].map((one) => is_live(one)),
      find_live(s.box, (one) => one.value === 6),
      find_live(s.box, (one) => one.value === 7),
      is_live(s.box[1].lru),
    ];
    const two = step(
      () => {},
      (s) => {
        s.p = alloc(s.box, { value: 5 });
        s.q = alloc(s.box, { value: 6 });
      },
    );
    expect(atRest(two, look)).toEqual([[[true, true, false], 1, NONE, true]]);
  });

  test('speculative accesses to an object that is gone are no report', () => {
    const peek = (marked: boolean) =>
      step((s) => {
        s.n = marked ? speculative(() => s.box[1].value) : s.box[1].value;
      });
    expect(counts(check(peek(true)))).toMatchObject({ verdict: 'holds' });
    const row = found(check(peek(false), { expected: { KASAN: 'violated' } }), 'KASAN');
    expect(row).toMatchObject({ kind: 'use-after-free', object: 'box[1].value' });
  });
});

test("the client's notes are no shared memory, and may steer it", () => {
  const owned = machine({
    box: heap(2, record('box', { value: uint(1) })),
    mine: client(ref('box')),
  });
  const task = owned.fn('task', (b) => [
    b.client(
      b.until(
        'alloc',
        (s) => s.mine === NONE,
        (s) => {
          s.mine = alloc(s.box, { value: 0 });
        },
      ),
      b.until(
        'free',
        (s) => s.mine !== NONE,
        (s) => {
          free(s.box, s.mine);
          s.mine = NONE;
        },
      ),
    ),
  ]);
  const churn = check(model({ machine: owned, cpus: [cpu({ count: 2, task })] }));
  // Nothing, box 0 or box 1 is owned; each CPU runs or has stopped.
  expect(counts(churn)).toMatchObject({ verdict: 'holds', violated: [], states: 12, dead: 3 });
});
