import { describe, expect, test } from 'vitest';
import { exitCodeOf, strongest } from '../../src/cli/exit.ts';
import { mistake } from '../../src/load/mistake.ts';
import type { PropertyVerdict, Verdict } from '../../src/search/verdict.ts';
import { invalid } from '../../src/session/invalid.ts';
import { verdict } from '../load/records.ts';

function ended(changes: Partial<Verdict>) {
  const { stopped: _stopped, ...complete } = verdict;
  const outcomes = { verdict: { ...complete, complete: true, ...changes }, traces: [] };
  return { check: 'x', modelHash: '', end: { kind: 'decided', outcomes }, files: {} } as const;
}

const stopped = { bound: 'maxStates', value: '5 states', flag: '--max-states' } as const;

function property(changes: Partial<PropertyVerdict>): PropertyVerdict {
  return { ...verdict.properties[0], ...changes };
}

describe('the exit code of a check', () => {
  test('is 0 where it ended as it declares, also violated', () => {
    expect(exitCodeOf(ended({ ok: true, verdict: 'violated' }), false)).toBe(0);
    expect(exitCodeOf(ended({ ok: true, verdict: 'holds' }), false)).toBe(0);
  });

  test('is 1 for any surprise: violated, not violated, or never evaluated', () => {
    for (const one of ['violated', 'holds', 'vacuous'] as const) {
      expect(exitCodeOf(ended({ ok: false, verdict: one }), false)).toBe(1);
    }
  });

  test('is 2 where it could not be checked', () => {
    const outcomes = invalid('x', mistake('cannot-load', 'no'));
    const end = { kind: 'decided', outcomes } as const;
    expect(exitCodeOf({ check: 'x', modelHash: '', end, files: {} }, true)).toBe(2);
  });

  test('is 3 where a limit ended the search, 0 if that is allowed, 1 if something bad was found before', () => {
    const undecided = property({ verdict: 'incomplete', ok: false });
    const cut = {
      complete: false,
      ok: false,
      stopped,
      verdict: 'incomplete',
      properties: [undecided],
    } as const;
    expect(exitCodeOf(ended(cut), false)).toBe(3);
    expect(exitCodeOf(ended(cut), true)).toBe(0);
    const declared = {
      ...cut,
      verdict: 'violated',
      properties: [property({}), undecided],
    } as const;
    expect(exitCodeOf(ended(declared), false)).toBe(3);
    const bad = { ...cut, properties: [property({ ok: false }), undecided] };
    expect(exitCodeOf(ended(bad), true)).toBe(1);
  });

  test('is 130 where it was interrupted, 70 for a bug of heddle', () => {
    const interrupt = { ...stopped, bound: 'interrupt' } as const;
    expect(exitCodeOf(ended({ complete: false, ok: false, stopped: interrupt }), true)).toBe(130);
    const bug = { kind: 'bug', mistake: mistake('engines-disagree', 'no') } as const;
    expect(exitCodeOf({ check: 'x', modelHash: '', end: bug, files: {} }, false)).toBe(70);
    const end = { kind: 'not_started' } as const;
    expect(exitCodeOf({ check: 'x', modelHash: '', end, files: {} }, false)).toBe(130);
  });
});

test('of several exit codes the strongest wins', () => {
  expect(strongest([])).toBe(0);
  expect(strongest([0, 3, 0])).toBe(3);
  expect(strongest([3, 1])).toBe(1);
  expect(strongest([1, 2, 3])).toBe(2);
  expect(strongest([2, 130])).toBe(130);
  expect(strongest([130, 70])).toBe(70);
});
