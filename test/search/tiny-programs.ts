/** Random programs of a few steps. */
import fc from 'fast-check';
import type { Tiny } from './tiny.ts';

const field = fc.constantFrom('x' as const, 'y' as const);
const value = fc.integer({ min: 0, max: 2 });
const op = fc.oneof(
  { weight: 2, arbitrary: fc.record({ op: fc.constant('set' as const), field, value }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('load' as const), field }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('store' as const), field }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('wait' as const), field, value }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('if' as const),
      field,
      value,
      yes: value,
      no: value,
    }),
  },
);
export const tiny: fc.Arbitrary<Tiny> = fc
  .array(fc.record({ ops: fc.array(op, { minLength: 1, maxLength: 3 }), again: fc.nat(3) }), {
    minLength: 2,
    maxLength: 3,
  })
  .chain((cpus) =>
    fc.record({
      cpus: fc.constant(cpus.map(({ ops }) => ops)),
      again: fc.constant(cpus.map(({ again }) => again === 0)),
      bad: fc.record({
        when: fc.constantFrom('always' as const, 'at_rest' as const),
        x: fc.integer({ min: 1, max: 2 }),
        y: fc.option(value, { nil: undefined }),
      }),
    }),
  );
