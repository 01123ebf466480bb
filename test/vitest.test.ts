import '../src/vitest.ts';
import { after, always, check, cpu, machine, model, reachable, uint } from 'heddle';
import { describe, expect, test } from 'vitest';
import lostUpdate from '../checks/classic/lost_update.ts';
import locked from '../checks/classic/lost_update_locked.ts';

const { lost_update_2, lost_update_4 } = lostUpdate;

/** What a failing expectation says; empty where it is met. */
function failure(met: Promise<unknown>): Promise<string> {
  return met.then(
    () => '',
    (error: Error) => error.message,
  );
}

const toggle = machine({ x: uint(1) });
const flip = toggle.fn('flip', {}, (b) => [
  b.step('x = 1', (s) => {
    s.x = 1;
  }),
]);
const flipper = model({ machine: toggle, cpus: [cpu({ task: flip })] });

const stuck = toggle.fn('stuck', {}, (b) => [
  b.step('x = 0', (s) => {
    s.x = 0;
  }),
  b.test(
    'x',
    (s) => s.x === 1,
    [
      b.step('never', (s) => {
        s.x = 1;
      }),
    ],
    [],
  ),
]);

describe('toHold', () => {
  test('is met by a check that holds in all states, and by a model that no facility complains of', async () => {
    await expect(locked.lost_update_locked_2).toHold();
    await expect(flipper).toHold();
    await expect(locked.lost_update_locked_2).not.toBeViolated();
  });

  test('shows the schedule and the command that replays it, also where the check declares the violation', async () => {
    const text = await failure(expect(lost_update_2).toHold());
    const [first, , headline] = text.split('\n');
    expect(first).toBe('classic/lost_update_2 is VIOLATED: L1: every increment is counted');
    expect(headline).toBe('classic/lost_update_2  VIOLATED  (as declared)');
    expect(text).toContain('Possible unsafe schedule (4 steps, 2 switches):');
    expect(text).toContain('*** L1: every increment is counted ***');
    const [last] = text.split('\n').slice(-1);
    expect(last).toBe('  next: npx heddle replay classic/lost_update_2 --schedule 0.1x2.0');
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('names a check that is in no folder of checks by its place, and replays it without a file', async () => {
    const nowhere = check(flipper, { properties: { 'x stays 0': always((s) => s.x === 0) } });
    const text = await failure(expect(nowhere).toHold());
    expect(text).toMatch(/^the check of test\/vitest\.test\.ts:\d+ is VIOLATED: x stays 0\n/);
    expect(text).toMatch(
      /next: await expect\(check\)\.toReplay\("0", \{ property: "x stays 0" \}\)$/,
    );
  });

  test('is not met by what is vacuous, and says why', async () => {
    const vacuous = check(model({ machine: toggle, cpus: [cpu({ task: stuck })] }), {
      properties: {
        'G1: x is 2 or more': reachable((s) => s.x > 1),
        'P1: looked at after a step': after('never', () => true),
      },
    });
    const text = await failure(expect(vacuous).toHold());
    const reasons = 'G1: x is 2 or more (never met); P1: looked at after a step (never evaluated)';
    expect(text.split('\n')[0]).toMatch(
      new RegExp(` is VACUOUS: ${reasons.replace(/[()]/g, '\\$&')}$`),
    );
  });

  test('and its opposite fail where a bound ended the search, with the option that lifts it', async () => {
    for (const expected of [expect(lost_update_4), expect(lost_update_4).not]) {
      const text = await failure(expected.toHold({ maxStates: 20 }));
      expect(text.split('\n')[0]).toMatch(
        /^classic\/lost_update_4 is INCOMPLETE: stopped at 20 states$/,
      );
      expect(text).toContain(
        'stopped at 20 states: the option maxStates of toHold lifts this bound',
      );
      expect(text).toMatch(/next: await expect\(check\)\.toHold\(\{ maxStates: \d+ \}\)$/);
    }
    const deep = await failure(expect(lost_update_4).toHold({ maxDepth: 3 }));
    expect(deep).toMatch(
      /INCOMPLETE: stopped at 3 levels\n[\s\S]*next: .*toHold\(\{ maxDepth: 6 \}\)$/,
    );
    const short = await failure(expect(lost_update_4).toHold({ timeLimitMs: 0.125 }));
    expect(short).toMatch(
      /INCOMPLETE: stopped at 0\.000125 s\n[\s\S]*next: .*toHold\(\{ timeLimitMs: <more> \}\)$/,
    );
  });

  test('ends before the timeout of its test', async ({ task }) => {
    // What the matcher sees: the real one stays, so that a slow machine is no failure.
    (task as { timeout: number }).timeout = 1000;
    const numbers = machine({ a: uint(10), b: uint(10), c: uint(10) });
    const count = numbers.fn('count', {}, (b) => [
      b.loop([
        b.pick('count', 3, (s, _l, k) => {
          const field = (['a', 'b', 'c'] as const)[k];
          if (s[field] === 1023) return false;
          s[field] += 1;
          return true;
        }),
      ]),
    ]);
    const endless = check(model({ machine: numbers, cpus: [cpu({ task: count })] }), {
      properties: { 'a is a number': always((s) => s.a >= 0) },
    });
    const text = await failure(expect(endless).toHold());
    expect(text.split('\n')[0]).toMatch(
      /is INCOMPLETE: stopped at [\d.]+ s, what the timeout of this test leaves \(1 s\)$/,
    );
    expect(text).toMatch(/next: test\(name, \{ timeout: 12_000 \}, async \(\) => \.\.\.\)$/);
  });

  test('refuses what is no check, and an option that does not exist', async () => {
    await expect(failure(expect(3).toHold())).resolves.toBe(
      'expect(...).toHold() takes what check(...) or model(...) gives',
    );
    const misspelt = { maxState: 3 } as object;
    expect(await failure(expect(lost_update_2).toHold(misspelt))).toContain("no option 'maxState'");
  });
});

describe('toBeViolated', () => {
  test('is met by the violation that is meant', async () => {
    await expect(lost_update_2).toBeViolated();
    await expect(lost_update_2).toBeViolated({ property: 'L1' });
    await expect(lost_update_2).toBeViolated({ property: 'L1: every increment is counted' });
    // What was found is found, also where the rest is undecided.
    await expect(lost_update_4).toBeViolated({ property: 'L1', maxStates: 700 });
  });

  test('says what is so instead', async () => {
    const holds = await failure(
      expect(locked.lost_update_locked_2).toBeViolated({ property: 'L1' }),
    );
    expect(holds).toMatch(
      /^classic\/lost_update_locked_2 does not violate 'L1', in all 17 states\n[\s\S]*next: npx heddle check classic\/lost_update_locked_2$/,
    );
    const other = await failure(expect(lost_update_2).toBeViolated({ property: 'KASAN' }));
    expect(other).toMatch(/does not violate 'KASAN', in all 13 states\n/);
    const unknown = await failure(expect(lost_update_2).not.toBeViolated({ property: 'L9' }));
    expect(unknown).toMatch(/has no property 'L9'; it has L1, and facilities\n/);
    const object = await failure(
      expect(lost_update_2).toBeViolated({ property: 'L1', object: 'x' }),
    );
    expect(object).toMatch(/violates L1 on no object, not on x\n/);
    const undecided = await failure(
      expect(lost_update_4).toBeViolated({ property: 'L1', maxStates: 5 }),
    );
    expect(undecided).toMatch(
      /is INCOMPLETE, and violates 'L1' in no state so far: stopped at 5 states\n/,
    );
  });
});

describe('toReplay', () => {
  const L1 = { property: 'L1' };

  test('is met by a schedule that ends in the violation, as moves or by the names of its steps', async () => {
    await expect(lost_update_2).toReplay('0.1x2.0', L1);
    await expect(lost_update_2).toReplay('0.1x2.0');
    await expect(lost_update_2).toReplay(
      [
        ...['CPU0 increment: t = i', 'CPU1 increment: t = i'],
        ...['CPU1 increment: i = t + 1', 'CPU0 increment: i = t + 1'],
      ],
      L1,
    );
    await expect(lost_update_2).not.toReplay('0x2.1x2', L1);
  });

  test('says what to do once the design is repaired or changed', async () => {
    const fine = await failure(expect(lost_update_2).toReplay('0x2.1x2', L1));
    expect(fine).toMatch(
      /^classic\/lost_update_2, schedule 0x2\.1x2: does not end in a violation of 'L1'\n/,
    );
    expect(fine).toContain(
      'If the design was repaired: replace this by `await expect(check).toHold()`,',
    );
    expect(fine).toMatch(/next: npx heddle check classic\/lost_update_2$/);
    const misfit = await failure(expect(lost_update_2).toReplay('0x5', L1));
    expect(misfit).toMatch(
      /^classic\/lost_update_2 cannot follow the schedule: step 3, 0, is not enabled; enabled are:\n {2}1 {4}CPU1 increment: t = i\n/,
    );
    const other = await failure(expect(lost_update_2).toReplay('0.1x2.0', { property: 'P5' }));
    expect(other).toMatch(/ends in a violation of 'L1: every increment is counted', not of 'P5'\n/);
  });
});
