import { expect, test } from 'vitest';
import { renderChanges, renderState } from '../../src/report/changes.ts';
import { lostUpdate, sharedRcuHead, step, trace } from './fixtures.ts';

test('a trace shows the values each field took, those that ended as they began left out', () => {
  const some = trace([
    step(0, 'f', 'lock', { did: ['lock.owner:NONE>CPU0'] }),
    step(0, 'f', 'm = xor(0x11)', { did: ['page[0].refcount:3>18'] }),
    step(0, 'f', 'refcount ^= 0x10', { did: ['page[0].refcount:18>2'] }),
    step(0, 'f', 'unlock', { did: ['lock.owner:CPU0>NONE', 'CPU0 softirqs off:0>1'] }),
  ]);
  expect(renderChanges(some)).toBe('  Changed:\n    page[0].refcount  0x03 -> 0x12 -> 0x02');
});

test('the contents of a freed object are not told one by one', () => {
  const some = trace([
    step(0, 'f', 'free', { did: ['page[0] is live:1>0', 'page[0].flags:0>uninitialised'] }),
  ]);
  expect(renderChanges(some)).toBe('  Changed:\n    page[0]  live -> free');
});

test('a step shows its own changes and its locals', () => {
  expect(renderChanges(lostUpdate, { step: 2 })).toBe(
    '  Changed:\n    x  0 -> 1\n  Locals:\n    increment.r0  0 -> 1',
  );
  expect(renderChanges(lostUpdate, { step: 0 })).toBe('');
  expect(renderChanges(lostUpdate, { step: 99 })).toBe('');
});

test('a long history keeps its ends', () => {
  const steps = [1, 2, 3, 4, 5, 6, 7, 8].map((n) =>
    step(0, 'f', 's', { did: [`x:${n - 1}>${n}`] }),
  );
  expect(renderChanges(trace(steps))).toContain('x  0 -> 1 -> ... -> 6 -> 7 -> 8');
});

test('no line is longer than the width', () => {
  for (const width of [40, 60, 72]) {
    for (const line of renderChanges(sharedRcuHead, { width }).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(width);
    }
  }
});

test('a whole state is one line for each field', () => {
  const state = { x: 1, page: [{ refcount: 3, lru: { next: 'NULL' } }, null], batch: [] };
  expect(renderState(state)).toBe(
    [
      '  x                 1',
      '  page[0].refcount  3',
      '  page[0].lru.next  NULL',
      '  page[1]           null',
      '  batch             (empty)',
    ].join('\n'),
  );
});
