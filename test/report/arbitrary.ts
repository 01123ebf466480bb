/** Traces of any shape, well-formed or not: a diagram must stay in its columns whatever it is given. */
import fc from 'fast-check';
import type { ContextName } from '../../src/design/processor.ts';
import type { Access, Change, Trace, TraceStep } from '../../src/replay/trace.ts';

const CONTEXTS: readonly ContextName[] = ['task', 'task', 'task', 'softirq', 'hardirq'];

const label = fc.oneof(
  fc.constantFrom(
    'mask = atomic_xor_bits(&page->_refcount, 0x11 << h)',
    'spin_lock_bh(mm->context.lock): softirqs off',
    'spin_lock_bh(mm->context.lock): take lock',
    'spin_lock_bh #2: take lock',
    'list_add(a): next->prev = new',
    'list_add(a): new->next = next',
    'rcu_read_lock',
    'x',
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 200 }),
);
const path = fc.oneof(
  fc.constantFrom('page[0].refcount', 'page[1].refcount', 'x', 'mm.lock.owner', 'page[0] is live'),
  fc.constantFrom('CPU0 softirqs off', 'CPU0 f#2.mask', 'CPU1 g.page', 'a'.repeat(90)),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const value = fc.oneof(
  fc.constantFrom('0', '3', '0x12', 'NONE', 'page[0]', '&page[0].lru', 'uninitialised'),
  fc.string({ unit: 'binary', maxLength: 80 }),
);
const access: fc.Arbitrary<Access> = fc.record({
  path,
  value,
  write: fc.boolean(),
  atomic: fc.boolean(),
});
const change: fc.Arbitrary<Change> = fc.record({ path, before: value, after: value });
const finding = fc.record({
  facility: fc.constantFrom('KASAN' as const, 'property' as const, 'claim' as const),
  kind: fc.constantFrom('use-after-free', 'P5', 'every increment is counted, and some more words'),
  object: fc.constantFrom('', 'page[0]', 'page[0].refcount'),
  message: fc.string({ unit: 'binary', maxLength: 200 }),
});

export const arbitraryStep = (cpus: number): fc.Arbitrary<TraceStep> =>
  fc.record(
    {
      cpu: fc.nat(cpus - 1),
      context: fc.constantFrom(...CONTEXTS),
      choice: fc.nat(3),
      label,
      stack: fc.array(fc.constantFrom('f', 'g', 'page_table_free', '\u00e9\tx'), { maxLength: 6 }),
      picked: fc.nat(3),
      accesses: fc.array(access, { maxLength: 4 }),
      changes: fc.array(change, { maxLength: 4 }),
      locals: fc.array(change, { maxLength: 4 }),
      findings: fc.array(finding, { maxLength: 2 }),
      enters: fc.constantFrom('f', 'g'),
      refused: fc.boolean(),
    },
    {
      requiredKeys: [
        'cpu',
        'context',
        'choice',
        'label',
        'stack',
        'accesses',
        'changes',
        'locals',
        'findings',
        'refused',
      ],
    },
  );

export const arbitraryTrace: fc.Arbitrary<Trace> = fc.integer({ min: 1, max: 6 }).chain((cpus) =>
  fc.record({
    schemaVersion: fc.constant(1 as const),
    tool: fc.constant('heddle'),
    check: fc.string({ unit: 'binary', maxLength: 60 }),
    modelHash: fc.constant(''),
    initial: fc.oneof(fc.constant('initial'), fc.string({ unit: 'binary', maxLength: 90 })),
    schedule: fc.constant('0.1'),
    property: fc.oneof(fc.constant('P5: an rcu_head has one user'), fc.string({ maxLength: 120 })),
    cpus: fc.array(
      fc.constantFrom('CPU0', 'rcuo', 'walker', 'a_name_far_too_long_for_a_column_of_any_width'),
      { minLength: cpus, maxLength: cpus },
    ),
    steps: fc.array(arbitraryStep(cpus), { maxLength: 14 }),
    switches: fc.nat(20),
    violation: fc.string({ maxLength: 60 }),
    finding,
    blocked: fc.array(fc.record({ cpu: fc.nat(cpus - 1), on: label }), { maxLength: 2 }),
  }),
);
