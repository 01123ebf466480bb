/** Verdicts written by hand, one for each way a check can end. */
import type { PropertyVerdict, Verdict } from '../../src/search/verdict.ts';
import { lostUpdate, sharedRcuHead } from './fixtures.ts';

export function property(name: string, rest: Partial<PropertyVerdict> = {}): PropertyVerdict {
  return {
    name,
    id: name.includes(':') ? name.slice(0, name.indexOf(':')) : name,
    kind: 'property',
    verdict: 'holds',
    expected: 'holds',
    ok: true,
    evaluated: 100,
    ...rest,
  };
}

function facility(name: string, rest: Partial<PropertyVerdict> = {}): PropertyVerdict {
  return property(name, { kind: 'facility', ...rest });
}

const QUIET = ['KASAN', 'leak', 'DEBUG_LIST', 'LOCKDEP', 'RCU', 'refcount_t', 'BUG_ON', 'WARN_ON'];

export function verdict(check: string, rest: Partial<Verdict> = {}): Verdict {
  return {
    schemaVersion: 1,
    check,
    verdict: 'holds',
    expected: 'holds',
    ok: true,
    complete: true,
    states: 17,
    generated: 22,
    depth: 9,
    dead: 1,
    levels: [1, 2, 2, 2, 2, 2, 2, 2, 2],
    seconds: 0.009,
    bytesPerState: 12,
    properties: [],
    scope: ['2 CPUs'],
    steps: [{ step: 'increment: r0 = READ_ONCE(x)', taken: 4 }],
    notTaken: [],
    unreadLocals: [],
    allocationsRefused: 0,
    ...rest,
  };
}

export const violatedAsDeclared = verdict('s390_pgtable/v1', {
  verdict: 'violated',
  expected: 'violated',
  states: 580_811,
  generated: 1_204_031,
  depth: 91,
  dead: 3,
  bytesPerState: 106,
  seconds: 1.23,
  claim: 'one page->rcu_head shared by several tables is a trap, so the first version is broken',
  source: 'mail of 30 May 2023, second-hand',
  scope: ['2 CPUs, an offloaded callback thread, 2 pages', 'any number of operations'],
  properties: [
    property(sharedRcuHead.property, {
      verdict: 'violated',
      expected: 'violated',
      schedule: sharedRcuHead.schedule,
      initial: 'both_allocated',
      steps: 16,
      switches: 3,
    }),
    property('P4: a half is never handed out while it is allocated'),
    property('P9: the table is not allocated again inside a reader', {
      verdict: 'masked',
      expected: 'masked',
      maskedBy: 'P6',
    }),
    property('G1: two walkers are in flight', { kind: 'goal', met: 1234 }),
    facility('DEBUG_OBJECTS_RCU_HEAD', {
      verdict: 'violated',
      expected: 'violated',
      steps: 9,
      switches: 1,
      schedule: '0x4.1x5',
      finding: {
        facility: 'DEBUG_OBJECTS_RCU_HEAD',
        kind: 'double-call-rcu',
        object: 'page[0].rcu_head',
        message: 'call_rcu() on page[0].rcu_head, which CPU0 queued',
      },
    }),
    ...QUIET.map((name) => facility(name)),
  ],
  notTaken: ['page_table_alloc: first entry', 'page_table_alloc: list_del(&page->lru)'],
  steps: new Array(57).fill({ step: 'x', taken: 1 }),
});

export const holding = verdict('counter/locked', {
  scope: [
    '2 CPUs, any number of operations',
    'sequentially consistent; barrier placement not checked',
    'watched: KASAN, leak, DEBUG_LIST, LOCKDEP, RCU, refcount_t, BUG_ON, WARN_ON, range, deadlock',
  ],
  claim: 'every increment is counted',
  properties: [property('every increment is counted'), ...QUIET.map((name) => facility(name))],
});

export const surprising = verdict('counter/lost_update', {
  verdict: 'violated',
  ok: false,
  states: 13,
  generated: 17,
  depth: 5,
  dead: 2,
  properties: [
    property('every increment is counted', {
      verdict: 'violated',
      ok: false,
      surprise: 'violated, but the check declares that it holds',
      schedule: lostUpdate.schedule,
      steps: 4,
      switches: 2,
    }),
  ],
});

export const undecided = verdict('classic/fragments_4x2', {
  verdict: 'incomplete',
  ok: false,
  complete: false,
  states: 50_000_000,
  generated: 131_000_222,
  depth: 40,
  seconds: 25.4,
  stopped: { bound: 'maxStates', value: '50,000,000 states', flag: '--max-states' },
  widestField: { field: 'ticket.next', values: 9431 },
  allocationsRefused: 12,
  unreadLocals: ['client.spare'],
  properties: [property('P1: a half is free or not', { verdict: 'incomplete', ok: false })],
});

export const mistaken = verdict('counter/jitter', {
  verdict: 'invalid',
  ok: false,
  complete: false,
  states: 0,
  generated: 0,
  error: {
    code: 'nondeterministic-step',
    fact: 'spin_lock gave two different states from one state',
    reason: 'A step must depend on the state only, or replay cannot be trusted.',
    next: 'use pick or choose for a choice the explorer should try both ways',
    schedule: '0.1',
  },
});

export const hollow = verdict('counter/idle', {
  verdict: 'vacuous',
  ok: false,
  properties: [
    property('nobody waits for ever', { verdict: 'vacuous', ok: false, evaluated: 0 }),
    property('a walker is inside', { kind: 'goal', verdict: 'vacuous', ok: false, met: 0 }),
  ],
});

export const reduced = verdict('counter/per_cpu', {
  states: 134,
  generated: 492,
  scope: ['5 CPUs', 'all states: 134 stand for the others (symmetry, transactions, stubborn sets)'],
  reduction: {
    names: ['symmetry', 'transactions', 'stubborn'],
    exchanged: ['CPU0, CPU1, CPU2', 'page[0], page[1]'],
    order: 12,
    toldApart: ["'sum += *per_cpu_ptr(count, 0)' of reader tells CPU3 and CPU4 apart"],
    putOff: 64,
    joined: 1282,
    retractions: 1,
  },
  properties: [property('no increment of a part is lost')],
});

export const reducedAndViolated = verdict('counter/shared', {
  verdict: 'violated',
  ok: false,
  scope: ['2 CPUs'],
  reduction: {
    names: ['stubborn'],
    putOff: 1,
    joined: 0,
    retractions: 0,
    unreduced: 1040,
    missing: 'no schedule of P2: the search for it ended with: 50,000,000 states (--max-states)',
  },
  properties: [
    property('P1: every increment is counted', { ...surprising.properties[0] }),
    property('P2: x is at most 2', { verdict: 'violated', ok: false }),
  ],
});

/** By what each of them is an example of. */
export const one = {
  holds: holding,
  surprise: surprising,
  violated: violatedAsDeclared,
  incomplete: undecided,
  invalid: mistaken,
  vacuous: hollow,
  reduced,
  'reduced-violated': reducedAndViolated,
};

export const all = [
  holding,
  surprising,
  violatedAsDeclared,
  undecided,
  mistaken,
  hollow,
  verdict(
    'a/name_that_goes_on_for_longer_than_any_table_of_this_width_can_show_without_cutting_it/x',
  ),
];
