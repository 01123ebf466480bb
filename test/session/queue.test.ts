import { describe, expect, test } from 'vitest';
import { loadChecks } from '../../src/load/checks.ts';
import { openProject } from '../../src/load/project.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { isRequested, newInterrupt, request } from '../../src/session/interrupt.ts';
import { defaultConcurrency, runChecks } from '../../src/session/queue.ts';
import { folderWith } from '../load/folder.ts';

const CHECK = `import { always, check, cpu, machine, model, uint } from 'heddle';
const m = machine({ x: uint(1) });
const set = m.fn('set', (b) => [b.step('x = 1', (s) => { s.x = 1; })]);
const one = model({ machine: m, cpus: [cpu({ task: set })] });
export default check(one, { properties: { 'P1: x is clear': always((s) => s.x === 0) } });
`;
/** Nothing in the main thread; in a worker, this. */
const inWorker = (what: string) =>
  `import { isMainThread } from 'node:worker_threads';\nif (!isMainThread) ${what};\n`;

async function jobsOf(files: Readonly<Record<string, string>>) {
  const folder = folderWith(files);
  const { loaded, broken } = await loadChecks(await openProject(folder));
  expect(broken).toEqual([]);
  return { folder, jobs: loaded.map((one) => ({ loaded: one, bounds: {} })) };
}

describe('a session', () => {
  test('tells of each check in order: start, violations, end', async () => {
    const { folder, jobs } = await jobsOf({ 'checks/a.ts': CHECK, 'checks/b.ts': CHECK });
    const events: SessionEvent[] = [];
    const onEvent = (event: SessionEvent) => void events.push(event);
    const results = await runChecks(jobs, { folder, interrupt: newInterrupt(), onEvent });
    expect(results.map(({ check }) => check)).toEqual(['a', 'b']);
    expect(results[0].files).toEqual({ 'P1: x is clear': '.heddle/traces/a/P1.json' });
    const [{ modelHash, end }] = results;
    expect(modelHash).toBe(jobs[0].loaded.bundle.hash);
    expect(end).toMatchObject({
      kind: 'decided',
      outcomes: { verdict: { check: 'a', states: 2 }, traces: [{ modelHash, schedule: '0' }] },
    });
    const ofB = events.filter(({ check, type }) => check === 'b' && type !== 'progress');
    expect(ofB.map(({ type }) => type)).toEqual(['start', 'violation', 'end']);
  });

  /** The thread that each of two checks, one after the other, was searched in. */
  async function threadsOf(more: string): Promise<readonly string[]> {
    const naming = CHECK.replace("'P1: x is clear'", "['P1: thread ' + threadId]");
    const text = `import { threadId } from 'node:worker_threads';\n${naming}`;
    const { folder, jobs } = await jobsOf({ 'checks/a.ts': text + more, 'checks/b.ts': text });
    const options = { folder, interrupt: newInterrupt(), concurrency: 1 };
    return (await runChecks(jobs, options)).map(({ end }) =>
      end.kind === 'decided' ? end.outcomes.verdict.properties[0].name : end.kind,
    );
  }

  test('searches small checks in one thread, one after the other', async () => {
    const [first, second] = await threadsOf('');
    expect(first).toMatch(/^P1: thread \d+$/);
    expect(second).toBe(first);
  });

  test('leaves a thread in which a module has something going on', async () => {
    const [first, second] = await threadsOf(inWorker('setTimeout(() => {}, 60_000)'));
    expect(first).toMatch(/^P1: thread \d+$/);
    expect(second).toMatch(/^P1: thread \d+$/);
    expect(second).not.toBe(first);
  });

  test('starts nothing once it is interrupted', async () => {
    const { folder, jobs } = await jobsOf({ 'checks/a.ts': CHECK });
    const interrupt = newInterrupt();
    expect(isRequested(interrupt)).toBe(false);
    request(interrupt);
    const [result] = await runChecks(jobs, { folder, interrupt });
    expect(result.end).toEqual({ kind: 'not_started' });
  });

  test('a module that throws in the thread is INVALID at its line', async () => {
    const text = CHECK + inWorker("throw new Error('not here')");
    const { folder, jobs } = await jobsOf({ 'checks/a.ts': text });
    const [{ end }] = await runChecks(jobs, { folder, interrupt: newInterrupt() });
    const error = { code: 'cannot-load', fact: 'Error: not here' };
    expect(end).toMatchObject({
      kind: 'decided',
      outcomes: { verdict: { verdict: 'invalid', error } },
    });
    const stack = end.kind === 'decided' ? end.outcomes.verdict.error?.stack : '';
    expect(stack).toContain(`${folder}/checks/a.ts:7:26`);
  });

  test('a thread that ends without a verdict is a bug, never a verdict', async () => {
    const { folder, jobs } = await jobsOf({ 'checks/a.ts': CHECK + inWorker('process.exit(3)') });
    const [{ end }] = await runChecks(jobs, { folder, interrupt: newInterrupt() });
    expect(end).toMatchObject({ kind: 'bug', mistake: { code: 'internal-error' } });
  });

  test('a search whose heap does not fit its limit is INCOMPLETE', async () => {
    const text =
      CHECK + inWorker('{ const hoard = []; for (;;) hoard.push(new Array(1e5).fill({})); }');
    const { folder, jobs } = await jobsOf({ 'checks/a.ts': text });
    const bounded = jobs.map((job) => ({ ...job, bounds: { memoryLimitBytes: 64 * 2 ** 20 } }));
    const [{ end }] = await runChecks(bounded, { folder, interrupt: newInterrupt() });
    const stopped = { bound: 'memoryLimit', value: '64 MiB', flag: '--memory-limit' };
    expect(end).toMatchObject({
      kind: 'decided',
      outcomes: { verdict: { verdict: 'incomplete', stopped } },
    });
  });

  test('runs at least one check at a time', () => {
    expect(defaultConcurrency()).toBeGreaterThanOrEqual(1);
  });
});
