/** A check as evidence has it, from the verdict and the trace that have every field set. */

import { type CheckRecord, type Manifest, recordOf } from '../../src/report/manifest.ts';
import type { Outcomes } from '../../src/search/verdict.ts';
import { trace, verdict } from '../load/records.ts';

export const outcomes: Outcomes = { verdict, traces: [trace] };

export const record: CheckRecord = recordOf(
  {
    check: verdict.check,
    modelHash: 'ab'.repeat(32),
    size: 'small',
    design: 'v1',
    options: { bounds: { maxStates: 5 }, reduce: 'none' },
    facilities: {
      KASAN: 'fatal',
      leak: 'soft',
      DEBUG_LIST: 'soft',
      DEBUG_OBJECTS_RCU_HEAD: 'soft',
      LOCKDEP: 'soft',
      RCU: 'soft',
      refcount_t: 'soft',
      BUG_ON: 'fatal',
      WARN_ON: 'soft',
      range: 'fatal',
      deadlock: 'soft',
      KCSAN: 'off',
    },
  },
  outcomes,
);

export function manifestWith(...checks: readonly CheckRecord[]): Manifest {
  return {
    ...{ schemaVersion: 1, tool: 'heddle 0.1.0', form: 'whole', checks, files: {} },
    sources: { 'models/queue.ts': 'cd'.repeat(32) },
  };
}

/** The record with another verdict. */
export function changed(
  fields: Partial<CheckRecord['verdict']>,
  of: CheckRecord = record,
): CheckRecord {
  return { ...of, verdict: { ...of.verdict, ...fields } };
}
