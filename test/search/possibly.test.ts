/** `possibly`: from every state where something is asked, some continuation reaches something. Graphs counted by hand. */
import {
  always,
  BUG_ON,
  type Builder,
  bool,
  type Check,
  type CheckOptions,
  check,
  claim,
  cpu,
  explore,
  machine,
  model,
  type Nodes,
  possibly,
  range,
  replay,
  replayLabels,
  type StateOf,
  uint,
  walk,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { outOfReach } from '../../src/search/continuations.ts';
import { refusal, rowOf, schedule } from '../outcome.ts';

const one = machine({ x: range(7), y: range(7), z: uint(2) });
type One = StateOf<typeof one>;
type Body = (b: Builder<One, object>) => Nodes;

function cpus(bodies: Readonly<Record<string, Body>>, options: CheckOptions<One> = {}): Check {
  const all = Object.entries(bodies).map(([name, body]) => cpu({ task: one.fn(name, body) }));
  return check(model({ machine: one, cpus: all }), options);
}

const set = (b: Builder<One, object>, field: 'x' | 'y' | 'z', value: number) =>
  b.step(`${field} = ${value}`, (s) => {
    s[field] = value;
  });

/** `field` from one value to another; disabled elsewhere. */
const turn = (b: Builder<One, object>, field: 'x' | 'y' | 'z', from: number, to: number) =>
  b.until(
    `${field}: ${from} to ${to}`,
    (s) => s[field] === from,
    (s) => {
      s[field] = to;
    },
  );

/** A client that walks the given edges of x for ever. */
const walker =
  (...edges: readonly (readonly [number, number])[]): Body =>
  (b) => [b.client(...edges.map(([from, to]) => turn(b, 'x', from, to)))];

const P = (from: number, to: number, without: readonly string[] = []) => ({
  properties: {
    'P: it comes back': possibly<One>({
      from: (s) => s.x === from,
      to: (s) => s.x === to,
      without,
    }),
  },
});

describe('possibly', () => {
  test('holds where every asked state has a continuation, though not every continuation gets there', () => {
    // 0 -> 1 -> 2 -> 0, and 1 -> 3 -> 1: it may go round between 1 and 3 for ever.
    const round = cpus({ w: walker([0, 1], [1, 2], [2, 0], [1, 3], [3, 1]) }, P(3, 2));
    const row = rowOf(explore(round), 'P');
    // x = 3 with the client still going; the state where it has stopped there is not asked.
    expect(row).toMatchObject({ verdict: 'holds', ok: true, kind: 'property', evaluated: 1 });
    expect(row.schedule).toBeUndefined();
  });

  test('a continuation of no step counts', () => {
    const still = cpus({ w: (b) => [set(b, 'x', 1)] }, P(1, 1));
    expect(rowOf(explore(still), 'P')).toMatchObject({ verdict: 'holds', evaluated: 1 });
  });

  test('is violated at the first asked state from which there is no way', () => {
    // 0 -> 1 -> 2 and 1 -> 3 -> 4, asked from 1 on: 3 is the first that cannot reach 2.
    const fork = cpus(
      { w: walker([0, 1], [1, 2], [2, 2], [1, 3], [3, 4], [4, 3]) },
      {
        properties: {
          P: possibly<One>({ from: (s) => s.x >= 1, to: (s) => s.x === 2 }),
        },
        expected: { P: 'violated' },
      },
    );
    const outcomes = explore(fork);
    const row = rowOf(outcomes, 'P');
    // Asked: x = 1, 2, 3, 4.
    expect(row).toMatchObject({
      verdict: 'violated',
      ok: true,
      evaluated: 4,
      steps: 2,
      switches: 0,
    });
    expect(row.finding).toEqual({
      facility: 'possibly',
      kind: 'P',
      object: '',
      message: 'from the state after step 2 no continuation reaches it',
    });
    expect(schedule(fork, 'P')).toEqual(['CPU0 w: x: 0 to 1', 'CPU0 w: x: 1 to 3']);
    expect(outcomes.verdict.verdict).toBe('violated');
    // What the second look at the states does is not counted.
    expect(outcomes.verdict).toMatchObject({ states: 10, generated: 12, dead: 5 });
  });

  test('may be violated in the initial state', () => {
    const never = cpus({ w: walker([0, 1]) }, P(0, 2));
    const row = rowOf(explore(never), 'P');
    expect(row).toMatchObject({ verdict: 'violated', steps: 0, schedule: '' });
    expect(row.finding?.message).toBe('from the initial state no continuation reaches it');
    expect(replay(never, '')).toMatchObject({ property: 'P: it comes back' });
  });

  test('names the initial state from which it is violated', () => {
    const two = check(
      model({
        machine: one,
        cpus: [cpu({ task: one.fn('w', walker([0, 1], [1, 0], [2, 3])) })],
        initial: {
          good: () => undefined,
          bad: (s) => {
            s.x = 2;
          },
        },
      }),
      { properties: { P: possibly<One>({ from: () => true, to: (s) => s.x === 0 }) } },
    );
    expect(rowOf(explore(two), 'P')).toMatchObject({
      verdict: 'violated',
      initial: 'bad',
      steps: 0,
    });
  });

  test('never asked is vacuous', () => {
    const never = cpus({ w: walker([0, 1], [1, 0]) }, P(5, 0));
    expect(rowOf(explore(never), 'P')).toMatchObject({ verdict: 'vacuous', evaluated: 0 });
  });

  test('needs another CPU: the fewest switches among the shortest schedules', () => {
    // x = 1 is undone by the other CPU only before y = 1.
    const two = cpus(
      {
        a: (b) => [set(b, 'z', 1), set(b, 'x', 1)],
        c: (b) => [b.choose([set(b, 'y', 1)], [turn(b, 'x', 1, 2)])],
      },
      {
        properties: { P: possibly<One>({ from: (s) => s.x === 1, to: (s) => s.x === 2 }) },
      },
    );
    const row = rowOf(explore(two), 'P');
    expect(row).toMatchObject({ verdict: 'violated', steps: 3, switches: 1 });
  });
});

describe('clients do not stop', () => {
  test('a state in which all have stopped is not asked', () => {
    const round = cpus({ w: walker([0, 1], [1, 0]), v: walker([0, 1]) }, P(1, 0));
    // Of x = 1: both go on; the three with a stopped client are not asked.
    expect(rowOf(explore(round), 'P')).toMatchObject({ verdict: 'holds', evaluated: 1 });
  });

  test('the schedule is the shortest without a stop, and levels are those of the graph without', () => {
    // `x = 1` needs y = 1, which two steps of the client set; had it stopped, the state would be another one.
    const round = cpus(
      {
        w: (b) => [b.client([set(b, 'z', 1), set(b, 'y', 1), set(b, 'x', 1), set(b, 'z', 0)])],
      },
      P(1, 2),
    );
    expect(rowOf(explore(round), 'P')).toMatchObject({
      verdict: 'violated',
      steps: 3,
      schedule: '0x3',
    });
  });

  test('a stop that the program itself takes is part of the design', () => {
    const gives = cpus(
      { w: (b) => [turn(b, 'x', 0, 1), b.choose([b.stop()], [set(b, 'x', 2)])] },
      P(1, 2),
    );
    // After its stop x stays 1.
    expect(rowOf(explore(gives), 'P')).toMatchObject({
      verdict: 'violated',
      steps: 2,
      evaluated: 2,
    });
  });
});

describe('without', () => {
  const edges = [
    [0, 1],
    [1, 2],
    [2, 0],
  ] as const;

  test.each([
    ['a step off the way', ['x: 0 to 1'], 'holds'],
    ['a step that it needs', ['x: 1 to 2'], 'violated'],
    ['the same with its function', ['w: x: 1 to 2'], 'violated'],
    ['one of two steps', ['x: 0 to 1', 'x: 2 to 0'], 'violated'],
  ])('%s', (_name, without, verdict) => {
    // Asked at 1, to get to 0.
    const row = rowOf(explore(cpus({ w: walker(...edges) }, P(1, 0, without))), 'P');
    expect(row).toMatchObject({ verdict, evaluated: 1 });
    if (verdict === 'violated') expect(row).toMatchObject({ schedule: '0', steps: 1 });
  });

  test('the way to where it is asked may take them', () => {
    const row = rowOf(explore(cpus({ w: walker(...edges) }, P(1, 0, ['x: 0 to 1']))), 'P');
    expect(row).toMatchObject({ verdict: 'holds', evaluated: 1 });
  });

  test('rows that leave out different steps do not disturb each other', () => {
    const from = (s: One) => s.x === 1;
    const to = (s: One) => s.x === 0;
    const three = cpus(
      { w: walker(...edges) },
      {
        properties: {
          A: possibly<One>({ from, to }),
          B: possibly<One>({ from, to, without: ['x: 2 to 0'] }),
          C: possibly<One>({ from, to, without: ['x: 0 to 1'] }),
        },
      },
    );
    const outcomes = explore(three);
    expect(['A', 'B', 'C'].map((id) => rowOf(outcomes, id).verdict)).toEqual([
      'holds',
      'violated',
      'holds',
    ]);
    expect(outcomes.verdict.scope).toContain(
      'B: some continuation, not every one; no client stops, without x: 2 to 0',
    );
  });
});

describe('each', () => {
  const slots = machine({ slot: range(3), used: bool() });
  const task = slots.fn('w', (b) => [
    b.client(
      b.until(
        'next slot',
        (s) => s.slot < 3,
        (s) => {
          s.slot += 1;
        },
      ),
    ),
  ]);
  const asked = (each: number | readonly string[]) =>
    check(model({ machine: slots, cpus: [cpu({ task })] }), {
      // From k the slot can only grow: it reaches k + 1, but none after the last.
      properties: {
        P: possibly({ each, from: (s, k) => s.slot === k, to: (s, k) => s.slot === k + 1 }),
      },
    });

  test('instance holds', () => {
    expect(rowOf(explore(asked(3)), 'P')).toMatchObject({ verdict: 'holds', evaluated: 3 });
  });

  test('the instance that is violated is named', () => {
    const row = rowOf(explore(asked(4)), 'P');
    expect(row).toMatchObject({ verdict: 'violated', evaluated: 4, steps: 3 });
    expect(row.finding).toMatchObject({
      object: 'k = 3',
      message: expect.stringMatching(/: k = 3$/),
    });
    expect(rowOf(explore(asked(['a', 'b', 'c', 'the last'])), 'P').finding?.object).toBe(
      'the last',
    );
  });

  test('the shortest schedule of any instance is shown', () => {
    const both = cpus(
      { w: walker([0, 1], [1, 2], [2, 3]) },
      {
        properties: {
          // Instance 0 fails at x = 3, instance 1 at x = 1.
          P: possibly<One>({ each: 2, from: (s, k) => s.x === (k === 0 ? 3 : 1), to: () => false }),
        },
      },
    );
    const row = rowOf(explore(both), 'P');
    expect(row).toMatchObject({ steps: 1, evaluated: 2 });
    expect(row.finding?.object).toBe('k = 1');
  });
});

describe('a graph that is not whole', () => {
  const bug: Body = (b) => [
    b.client(
      turn(b, 'x', 0, 1),
      turn(b, 'x', 1, 2),
      b.until(
        'BUG_ON(x == 2)',
        (s) => s.x === 2,
        (s) => BUG_ON(s.x === 2),
      ),
      turn(b, 'x', 0, 3),
      turn(b, 'x', 3, 4),
      turn(b, 'x', 4, 3),
    ),
  ];

  test('what a fatal violation cut may lie on the way: masked', () => {
    const row = rowOf(explore(cpus({ bug }, P(1, 7))), 'P');
    expect(row).toMatchObject({ verdict: 'masked', maskedBy: 'BUG_ON' });
  });

  test('what is reached where nothing was cut is masked all the same, for states may be missing', () => {
    expect(rowOf(explore(cpus({ bug }, P(3, 4))), 'P').verdict).toBe('masked');
  });

  test('a state that leads to nothing that was cut is violated', () => {
    expect(rowOf(explore(cpus({ bug }, P(3, 7))), 'P')).toMatchObject({
      verdict: 'violated',
      steps: 1,
    });
  });

  test('a cut step that no continuation may take hides nothing', () => {
    const row = rowOf(explore(cpus({ bug }, P(1, 7, ['BUG_ON(x == 2)']))), 'P');
    expect(row).toMatchObject({ verdict: 'violated', steps: 1 });
  });

  test('a bound leaves it incomplete, whatever the states so far say', () => {
    const long = walker([0, 1], [1, 2], [2, 3], [3, 4]);
    for (const [from, to] of [
      [1, 2],
      [1, 7],
    ] as const) {
      const options = { bounds: { maxDepth: 4 } };
      const outcomes = explore(cpus({ w: long }, P(from, to)), options);
      expect(rowOf(outcomes, 'P').verdict).toBe('incomplete');
      expect(outcomes.verdict.verdict).toBe('incomplete');
    }
  });

  test('a limit hit while it is decided leaves it incomplete, and what the search decided stands', () => {
    const small = cpus(
      { w: walker([0, 1]) },
      {
        properties: {
          A: always<One>((s) => s.x < 2),
          P: possibly<One>({ from: (s) => s.x === 1, to: (s) => s.x === 7 }),
        },
      },
    );
    let looks = 0;
    // The clock is looked at once in a search this small, and again when the pass begins.
    const shouldStop = (): boolean => {
      looks += 1;
      return looks > 1;
    };
    const outcomes = explore(small, { shouldStop });
    expect(rowOf(outcomes, 'P').verdict).toBe('incomplete');
    expect(rowOf(outcomes, 'A').verdict).toBe('holds');
    expect(outcomes.verdict).toMatchObject({
      verdict: 'incomplete',
      complete: false,
      stopped: { bound: 'interrupt' },
    });
  });

  test('a false claim of its id violates it', () => {
    const claims = cpus(
      {
        w: (b) => [b.client([turn(b, 'x', 0, 1), b.step('claim', () => claim('P', false))])],
      },
      P(0, 1),
    );
    const row = rowOf(explore(claims), 'P');
    expect(row).toMatchObject({ verdict: 'violated', steps: 2 });
    expect(row.finding?.facility).toBe('claim');
  });
});

describe('its schedule', () => {
  const fork = cpus({ w: walker([0, 1], [1, 2], [0, 3], [3, 4], [4, 3]) }, P(3, 2));

  test('is replayed to the same violation', () => {
    const { traces } = explore(fork);
    const [trace] = traces;
    expect(trace.property).toBe('P: it comes back');
    const again = replay(fork, trace.schedule);
    expect(again.finding).toEqual(trace.finding);
    expect(again.property).toBe(trace.property);
  });

  test('replays by names as a golden', () => {
    const steps = ['CPU0 w: x: 0 to 3'];
    expect(replayLabels(fork, { property: 'P', steps }).finding.kind).toBe('P');
  });

  test('another schedule to a state with a continuation violates nothing', () => {
    const good = cpus({ w: walker([0, 1], [1, 2], [2, 1]) }, P(1, 2));
    expect(replay(good, '0').finding.kind).toBe('');
    // Nor does one that ends where a client has stopped.
    expect(replay(good, '0.0:3').steps.at(-1)?.label).toBe('stop');
    expect(replay(good, '0.0:3').finding.kind).toBe('');
  });

  test('a replay looks only so far', () => {
    const far = cpus({ w: walker([0, 1], [1, 2], [2, 3], [3, 4]) }, P(1, 7));
    const cursor = walk(far, '0');
    // After the first step: x = 1, 2, 3, 4.
    expect(outOfReach(far, cursor, 4).map(({ finding }) => finding.kind)).toEqual(['P']);
    const [open] = outOfReach(far, cursor, 3);
    expect(open.finding).toMatchObject({ kind: 'undecided', facility: 'possibly' });
    const found = cpus({ w: walker([0, 1], [1, 2], [2, 3], [3, 4]) }, P(1, 3));
    expect(outOfReach(found, walk(found, '0'), 3)).toEqual([]);
  });

  test('what a replay cannot decide it says so', () => {
    const bug = cpus(
      {
        w: (b) => [set(b, 'x', 1), b.step('BUG_ON(1)', () => BUG_ON(true))],
      },
      P(1, 2),
    );
    expect(rowOf(explore(bug), 'P').verdict).toBe('masked');
    expect(replay(bug, '0').finding.kind).toBe('undecided');
    const golden = { property: 'P', steps: ['CPU0 w: x = 1'] };
    expect(replayLabels(bug, golden).finding.kind).toBe('undecided');
  });
});

describe('is refused', () => {
  const from = () => true;

  test('with a step that the model does not have', () => {
    const fact = "'P' names 'x: 0 to 9', which is no step of the model";
    const wrong = { properties: { P: possibly<One>({ from, to: from, without: ['x: 0 to 9'] }) } };
    expect(refusal(() => cpus({ w: walker([0, 1]) }, wrong))).toEqual({ code: 'bad-check', fact });
  });

  test.each([[0], [-1], [1.5], [[]]])('with %j instances', (each) => {
    expect(() => possibly<One>({ each, from, to: from })).toThrow(/instances/);
  });

  test('with a predicate that writes', () => {
    const writes = possibly<One>({
      from: (s) => {
        s.x = 1;
        return false;
      },
      to: from,
    });
    const error = refusal(() => cpus({ w: walker([0, 1]) }, { properties: { P: writes } }));
    expect(error.code).toBe('property-threw');
  });

  test('with a predicate that has no answer', () => {
    const to = (): boolean => {
      throw new Error('no idea');
    };
    const error = refusal(() =>
      cpus({ w: walker([0, 1]) }, { properties: { P: possibly<One>({ from, to }) } }),
    );
    expect(error.code).toBe('property-threw');
  });
});
