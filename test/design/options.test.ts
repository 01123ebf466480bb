/** A misspelt option is refused where no compiler looks: it would change a verdict unnoticed. */
import { check, cpu, HeddleError, machine, model, no_report, possibly, uint } from 'heddle';
import { expect, test } from 'vitest';

const counter = machine({ x: uint(2) });
const task = counter.fn('task', (b) => [
  b.step('x = 1', (s) => {
    s.x = 1;
  }),
]);
const cpus = [cpu({ task })];
const fine = model({ machine: counter, cpus });

/** What plain JavaScript may pass. */
const untyped = (value: unknown) => value as never;

const MISTAKES: readonly (readonly [string, string, () => unknown])[] = [
  ["cpu(...) has no option 'sofirq'", 'bad-model', () => cpu(untyped({ sofirq: task }))],
  ['cpu(...) with count 0', 'bad-model', () => cpu({ task, count: 0 })],
  [
    "model(...) has no option 'initail'",
    'bad-model',
    () => model(untyped({ machine: counter, cpus, initail: {} })),
  ],
  [
    "rcu of model(...) has no option 'ordre'",
    'bad-model',
    () => model(untyped({ machine: counter, cpus, rcu: { ordre: 'fifo' } })),
  ],
  [
    "rcu.order of model(...) is 'lifo'",
    'bad-model',
    () => model(untyped({ machine: counter, cpus, rcu: { order: 'lifo' } })),
  ],
  [
    "a root of model(...) is 'y'",
    'bad-model',
    () => model({ machine: counter, cpus, roots: ['y'] }),
  ],
  [
    "callbacks of model(...) has no option 'done'",
    'unknown-callback',
    () => model(untyped({ machine: counter, cpus, callbacks: { done: task } })),
  ],
  [
    "machine(...) has no option 'constant'",
    'bad-schema',
    () => machine({ x: uint(2) }, untyped({ constant: {} })),
  ],
  [
    "fn('f', ...) has no option 'local'",
    'bad-model',
    () => counter.fn('f', untyped({ local: {} }), () => []),
  ],
  [
    "check(...) has no option 'property'",
    'bad-check',
    () => check(fine, untyped({ property: {} })),
  ],
  [
    "bounds of check(...) has no option 'maxState'",
    'bad-check',
    () => check(fine, untyped({ bounds: { maxState: 1 } })),
  ],
  [
    "facilities of check(...) has no option 'kasan'",
    'bad-check',
    () => check(fine, untyped({ facilities: { kasan: 'off' } })),
  ],
  [
    "facility KASAN of check(...) is 'on'",
    'bad-check',
    () => check(fine, untyped({ facilities: { KASAN: 'on' } })),
  ],
  [
    "what check(...) expects of P1 is 'fails'",
    'bad-check',
    () => check(fine, untyped({ expected: { P1: 'fails' } })),
  ],
  [
    "what check(...) expects of P1 has no option 'step'",
    'bad-check',
    () => check(fine, untyped({ expected: { P1: { verdict: 'violated', step: [] } } })),
  ],
  ["size of check(...) is 'huge'", 'bad-check', () => check(fine, untyped({ size: 'huge' }))],
  [
    "a golden of check(...) has no option 'labels'",
    'bad-check',
    () => check(fine, untyped({ goldens: [{ property: 'P1', labels: [] }] })),
  ],
  ["a facility of no_report(...) is 'kasan'", 'bad-check', () => no_report(untyped('kasan'))],
  [
    "no_report(...) has no option 'kind'",
    'bad-check',
    () => no_report('KASAN', untyped({ kind: [] })),
  ],
  [
    "possibly(...) has no option 'when'",
    'bad-check',
    () => possibly(untyped({ when: () => true })),
  ],
];

test.each(MISTAKES)('%s', (fact, code, make) => {
  let thrown: unknown;
  try {
    make();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(HeddleError);
  expect(thrown).toMatchObject({ code });
  expect((thrown as HeddleError).message).toContain(fact);
});
