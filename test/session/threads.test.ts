/** Several threads on one check, started as the command does: the same record for any number, whatever happens in one of them. */
import { fileURLToPath } from 'node:url';
import type { Outcomes } from 'heddle';
import { describe, expect, test, vi } from 'vitest';
import { loadChecks } from '../../src/load/checks.ts';
import { openProject } from '../../src/load/project.ts';
import { newInterrupt } from '../../src/session/interrupt.ts';
import { type Job, runChecks, shareOut } from '../../src/session/queue.ts';
import { folderWith } from '../load/folder.ts';

/** Four CPUs that count, two of them with locks in opposite orders, two with a heap of one object, one that another races with. */
const MODEL = `import { isMainThread, workerData } from 'node:worker_threads';
import { NONE, alloc, always, check, cpu, free, heap, machine, model, no_report, per_cpu, possibly, range, reachable, record, ref,
  spin_is_locked, spin_lock, spin_unlock, spinlock, uint, whenever } from 'heddle';
const LAST = 11;
const m = machine({ n: per_cpu(range(LAST)), a: spinlock(), b: spinlock(), racy: uint(1),
  page: heap(1, record('page', { used: uint(1) })) });
const isFollower = Boolean((workerData as { follower?: unknown } | null)?.follower);
const sum = (s: any) => s.n[0] + s.n[1] + s.n[2] + s.n[3];
const trouble = (s: any): void => {};
const troubleInProperty = (s: any): void => {};
const up = m.fn('up', (b) => [
  b.step('n + 1', (s, l, { cpu }) => { trouble(s); s.n[cpu] += 1; }),
]);
const times = (b: any, count: number) => Array.from({ length: count }, () => b.call(up));
const ordered = (one: 'a' | 'b', other: 'a' | 'b') => m.fn('locks ' + one, (b) => [
  ...times(b, 5),
  b.call(spin_lock, (s) => s[one], one),
  b.step('racy', (s) => { if (one === 'a') s.racy = 1; else void s.racy; }),
  b.call(spin_lock, (s) => s[other], other),
  b.call(spin_unlock, (s) => s[other], other),
  b.call(spin_unlock, (s) => s[one], one),
  ...times(b, 6),
]);
const allocates = m.fn('allocates', { locals: { p: ref('page') } }, (b) => [
  ...times(b, 6),
  b.step('p = alloc()', (s, l) => { l.p = alloc(s.page, { used: 1 }); }),
  b.when('p', (l) => l.p !== NONE, [b.step('free(p)', (s, l) => { free(s.page, l.p); l.p = NONE; })]),
  ...times(b, 5),
]);
const twice = m.fn('twice', (b) => times(b, 2));
const one = model({ machine: m, cpus: [
  cpu({ task: ordered('a', 'b') }), cpu({ task: ordered('b', 'a') }), cpu({ task: allocates, count: 2 }), cpu({ task: twice }) ] });
export default check(one, { facilities: { KCSAN: 'soft' }, properties: {
  'A: few are counted': always((s) => { troubleInProperty(s); return sum(s) < 30; }),
  'W: CPU2 is not first': whenever((s) => !spin_is_locked(s.a), (s) => s.n[2] < s.n[3] + 9),
  'V: never asked': whenever((s) => sum(s) > 99, () => false),
  'G: two and three are level': reachable((s) => s.n[2] === s.n[3], 99),
  'H: nobody counts so far': reachable((s) => s.n[0] > 9),
  'L: locks are in order': no_report('LOCKDEP'),
  'P: all is counted in the end': possibly({ each: 2, from: (s, k) => s.n[k] === 5, to: (s, k) => s.n[k] === 9 }),
} });
`;

async function jobsOf(folder: string, names?: readonly string[]): Promise<readonly Job[]> {
  const { loaded, broken } = await loadChecks(await openProject(folder));
  expect(broken).toEqual([]);
  const chosen = loaded.filter(({ name }) => names?.includes(name) ?? true);
  return chosen.map((one) => ({ loaded: one, bounds: {} }));
}

/** What is left of a run by so many threads when its time is taken away. */
async function outcomesOf(folder: string, [job]: readonly Job[], threadsEach: number) {
  const options = { folder, interrupt: newInterrupt(), threadsEach };
  const [result] = await runChecks([job as Job], options);
  if (result?.end.kind !== 'decided') throw new Error(JSON.stringify(result?.end));
  return withoutTime(result.end.outcomes);
}

function withoutTime({ verdict, traces }: Outcomes) {
  const { seconds: _seconds, error, ...rest } = verdict;
  // Of where something was thrown, the lines that are the user's.
  const stack = error?.stack?.split('\n').filter((line) => line.includes('/checks/'));
  return { verdict: { ...rest, error: error && { ...error, stack } }, traces };
}

async function expectSame(text: string, counts: readonly number[], bounds = {}) {
  const folder = folderWith({ 'checks/a.ts': text });
  const jobs = (await jobsOf(folder)).map((job) => ({ ...job, bounds }));
  const alone = await outcomesOf(folder, jobs, 1);
  for (const count of counts) expect(await outcomesOf(folder, jobs, count)).toEqual(alone);
  return alone;
}

describe('the same for one, two and three threads', () => {
  test('violations, goals, whenever, LOCKDEP, KCSAN, possibly, refused allocations', async () => {
    const { verdict, traces } = await expectSame(MODEL, [2, 3]);
    const by = (is: string) =>
      verdict.properties.filter((one) => one.verdict === is).map(({ id }) => id);
    expect(by('violated')).toEqual(['A', 'W', 'L', 'P', 'deadlock', 'KCSAN']);
    expect(by('holds')).toEqual(expect.arrayContaining(['G', 'H']));
    expect(by('vacuous')).toEqual(['V']);
    expect(verdict.states).toBeGreaterThan(110_000);
    expect(verdict.allocationsRefused).toBeGreaterThan(0);
    expect(traces.length).toBe(6);
  });

  test('a design whose check declares what it violates', async () => {
    const folder = fileURLToPath(new URL('../../', import.meta.url));
    const jobs = await jobsOf(folder, ['s390_pgtable/draft']);
    // Its traces are saved elsewhere.
    const elsewhere = folderWith({});
    const alone = await outcomesOf(elsewhere, jobs, 1);
    expect(alone.verdict.ok).toBe(true);
    expect(await outcomesOf(elsewhere, jobs, 2)).toEqual(alone);
  }, 300_000);

  test.each([70_000, 101_234])('a search that ends at %d states', async (maxStates) => {
    const { verdict } = await expectSame(MODEL, [2, 3], { maxStates });
    expect(verdict.stopped?.bound).toBe('maxStates');
    expect(verdict.states).toBeLessThan(maxStates + 1024);
  });

  /** Beyond the first 30,000 states, which one thread searches. */
  const LATE = 's.n[0] === 8 && sum(s) >= 30';
  const broken = (where: 'trouble' | 'troubleInProperty', when: string, what: string) =>
    MODEL.replace(
      `const ${where} = (s: any): void => {};`,
      `const ${where} = (s: any): void => { if (${when}) ${what}; };`,
    );
  const THROW = "throw new Error('broken')";

  test.each([
    ['step', 'trouble', 'step-threw'],
    ['property', 'troubleInProperty', 'property-threw'],
  ] as const)(
    'a %s that throws far from the start is INVALID, with the schedule to it',
    async (_, where, code) => {
      const { verdict } = await expectSame(broken(where, LATE, THROW), [2, 3]);
      expect(verdict).toMatchObject({
        ...{ verdict: 'invalid', states: 0, generated: 0, levels: [] },
        error: { code, fact: expect.stringContaining('broken') },
      });
      expect(verdict.error?.schedule).toMatch(/^[0-9][0-9.x:]+$/);
    },
  );

  test.each([
    ['throws', THROW],
    ['ends', 'process.exit(1)'],
  ])('a thread that %s where the first does not is done without', async (_, what) => {
    const folder = folderWith({ 'checks/a.ts': MODEL });
    const alone = await outcomesOf(folder, await jobsOf(folder), 1);
    for (const [at, when] of ['true', LATE, `s.n[3] === 9`].entries()) {
      const text = broken('trouble', `isFollower && ${when}`, what);
      const other = folderWith({ 'checks/a.ts': text });
      const { verdict, traces } = await outcomesOf(other, await jobsOf(other), 3);
      expect(verdict, String(at)).toEqual(alone.verdict);
      expect(traces.map(({ schedule }) => schedule)).toEqual(
        alone.traces.map(({ schedule }) => schedule),
      );
    }
  });

  test('where the first thread ends, none is left waiting', async () => {
    const text = broken('trouble', `!isFollower && !isMainThread && ${LATE}`, 'process.exit(3)');
    const folder = folderWith({ 'checks/a.ts': text });
    const [job] = await jobsOf(folder);
    const before = threads();
    const options = { folder, interrupt: newInterrupt(), threadsEach: 3 };
    const [result] = await runChecks([job as Job], options);
    expect(result?.end).toMatchObject({ kind: 'bug', mistake: { code: 'internal-error' } });
    await vi.waitFor(() => expect(threads()).toBe(before), 5_000);
  });
});

/** Threads of this process that something here waits for. */
function threads(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
}

test.each([
  { checks: 1, asked: {}, atATime: 1, threadsEach: 8 },
  { checks: 3, asked: {}, atATime: 3, threadsEach: 2 },
  { checks: 80, asked: {}, atATime: 6, threadsEach: 1 },
  { checks: 80, asked: { concurrency: 2 }, atATime: 2, threadsEach: 4 },
  { checks: 80, asked: { concurrency: 20 }, atATime: 20, threadsEach: 1 },
  { checks: 80, asked: { threadsEach: 3 }, atATime: 2, threadsEach: 3 },
  { checks: 80, asked: { threadsEach: 9 }, atATime: 1, threadsEach: 9 },
  { checks: 0, asked: {}, atATime: 1, threadsEach: 8 },
])(
  'eight cores, memory for six checks: $checks checks, $asked',
  ({ checks, asked, ...expected }) => {
    expect(shareOut(checks, asked, 8, 6)).toEqual(expected);
  },
);
