/** Text that means something to every format there is, and runs that carry it in all their names. */
import type { EndedCheck } from '../../src/formats/ended.ts';
import type { Trace } from '../../src/replay/trace.ts';
import type { Verdict } from '../../src/search/verdict.ts';
import { trace, verdict } from '../load/records.ts';

/** Quotes, ends of comments and sections, line breaks of every kind, what is escaped elsewhere, and what no XML may hold. */
export const HOSTILE =
  '"a" \'b\' `c` <d>&amp; ]]> --> /* */ // # ; : , % %0A ::error:: \\ \\n {e} [f] |g| end\r\nnew\tline \u2028 é 漢 😀 \u0001';

/** A trace all of whose names are hostile. */
export const hostileTrace: Trace = {
  ...trace,
  check: HOSTILE,
  property: HOSTILE,
  violation: HOSTILE,
  cpus: [`CPU0 ${HOSTILE}`, `CPU1 ${HOSTILE}`],
  steps: trace.steps.map((step, index) => ({
    ...step,
    label: `${index} ${HOSTILE}`,
    stack: [HOSTILE],
    changes: [{ path: HOSTILE, before: HOSTILE, after: HOSTILE }],
  })),
};

export const hostileVerdict: Verdict = {
  ...verdict,
  check: HOSTILE,
  ok: false,
  properties: [
    {
      ...verdict.properties[0],
      ...{ name: HOSTILE, id: HOSTILE, ok: false, surprise: HOSTILE, expected: 'holds' },
    },
  ],
};

export const hostileCheck: EndedCheck = {
  check: HOSTILE,
  standing: 'surprise',
  line: HOSTILE,
  text: `${HOSTILE}\n  second line`,
  outcomes: { verdict: hostileVerdict, traces: [hostileTrace] },
  place: { file: `a b/${HOSTILE}.ts`, line: 3, column: 5 },
  placeOf: ({ cpu }) => (cpu === 0 ? undefined : { file: 'models/é%20.ts', line: 7, column: 9 }),
};

/** One check of every standing. */
export const ended: readonly EndedCheck[] = [
  {
    ...{
      check: 'queue/v1',
      standing: 'as_declared',
      line: 'VIOLATED (as declared)',
      text: 'queue/v1\n  block',
    },
    ...{ seconds: 0.5, outcomes: { verdict, traces: [trace] } },
    place: { file: 'checks/queue/v1.ts', line: 3, column: 16 },
    placeOf: ({ cpu }) => ({ file: 'models/queue.ts', line: 10 + cpu, column: 5 }),
  },
  {
    ...{
      check: 'queue/v2',
      standing: 'incomplete',
      line: 'INCOMPLETE (undecided): stopped at 5 states',
      text: 'block',
    },
    ...{
      seconds: 1.25,
      outcomes: { verdict: { ...verdict, check: 'queue/v2', properties: [] }, traces: [] },
    },
  },
  {
    ...{
      check: 'top',
      standing: 'invalid',
      line: 'no such field',
      text: 'error[bad-model]: no such field',
    },
    outcomes: {
      verdict: {
        ...{ ...verdict, check: 'top', verdict: 'invalid', properties: [] },
        error: { code: 'bad-model', fact: 'no such field', reason: 'It must.', next: 'declare it' },
      },
      traces: [],
    },
    place: { file: 'checks/top.ts', line: 1, column: 1 },
  },
  { check: 'waiting', standing: 'not_started', line: 'interrupted', text: 'interrupted' },
  { check: 'broken', standing: 'bug', line: 'the thread ended', text: 'error[internal-error]' },
  { check: 'short', standing: 'allowed', line: 'INCOMPLETE (undecided)', text: 'block' },
];
