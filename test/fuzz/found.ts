/** Programs on which a reduced search once said something else than the full one, as the fuzz has made them small. */
import { blank, type Program, type Variables } from '../oracle/program.ts';
import type { Trial } from './arbitrary.ts';

const program: Program = {
  ...blank,
  shared: {
    x: { type: 'uint', max: 3 },
    y: { type: 'uint', max: 2, wraps: true },
    z: { type: 'uint', max: 2, wraps: true },
  },
  ghosts: { g: { type: 'uint', max: 3 } },
  properties: { C: { kind: 'claimed' } },
};

const locals: Variables = { a: { type: 'uint', max: 3 }, b: { type: 'uint', max: 3 } };

const rest = {
  kcsan: false,
  after: [],
  goals: [],
  named: undefined,
  together: undefined,
  first: 0,
  tour: false,
  bound: undefined,
  schedules: false,
} as const;

export const found: Readonly<Record<string, Trial>> = {
  'a circle of waiting that a handler covers before its path ends': {
    program: {
      ...program,
      locks: 2,
      functions: {
        task0: {
          params: {},
          locals,
          body: [
            { do: 'lock', lock: 0, form: 'plain' },
            { do: 'lock', lock: 1, form: 'plain' },
            { do: 'step', effects: [{ op: 'xchg', on: { shared: 'x' }, value: 1, to: 'a' }] },
            { do: 'unlock', lock: 1, form: 'plain' },
            { do: 'unlock', lock: 0, form: 'plain' },
          ],
        },
        softirq: {
          params: {},
          locals,
          body: [
            { do: 'lock', lock: 0, form: 'plain' },
            {
              do: 'step',
              effects: [{ op: 'rmw', how: 'add', on: { shared: 'y' }, by: 1, to: 'b' }],
            },
            { do: 'unlock', lock: 0, form: 'plain' },
          ],
        },
        hardirq: {
          params: {},
          locals,
          body: [
            {
              do: 'step',
              effects: [
                { op: 'load', from: { shared: 'x' }, to: 'a' },
                { op: 'BUG_ON', when: { left: { local: 'a' }, is: 'eq', right: 0 } },
              ],
            },
          ],
        },
        task1: {
          params: {},
          locals,
          body: [
            { do: 'step', effects: [{ op: 'store', on: { shared: 'x' }, value: 0 }] },
            {
              do: 'step',
              effects: [
                { op: 'load', from: { shared: 'x' }, to: 'a' },
                { op: 'BUG_ON', when: { left: { local: 'a' }, is: 'eq', right: 0 } },
              ],
            },
            { do: 'step', effects: [{ op: 'store', on: { shared: 'x' }, value: 0 }] },
          ],
        },
      },
      cpus: [
        { count: 1, task: 'task0', softirq: 'softirq', hardirq: 'hardirq' },
        { count: 1, task: 'task1' },
      ],
    },
    lockdep: 'off',
    ...rest,
  },
  'everybody looks at the counter of CPU0, or stores to it': {
    program: {
      ...program,
      perCpu: { t: { type: 'uint', max: 3 } },
      functions: {
        task0: {
          params: {},
          locals,
          body: [
            {
              do: 'test',
              guard: { place: { own: 't', of: 0 }, is: 'eq', right: 0 },
              yes: [
                {
                  do: 'step',
                  effects: [{ op: 'rmw', how: 'add', on: { shared: 'x' }, by: 1, to: 'b' }],
                },
              ],
              no: [{ do: 'step', effects: [{ op: 'store', on: { own: 't', of: 0 }, value: 0 }] }],
            },
            { do: 'step', effects: [{ op: 'store', on: { own: 't' }, value: 1 }] },
          ],
        },
      },
      cpus: [{ count: 2, task: 'task0' }],
    },
    lockdep: 'fatal',
    ...rest,
    together: { x: 0, y: 0 },
  },
  'a word of CPU 1 by name, that holds the same for all: who touches it races with its owner': {
    program: {
      ...program,
      perCpu: { t: { type: 'uint', max: 3 } },
      functions: {
        task0: {
          params: {},
          locals,
          body: [
            { do: 'step', effects: [{ op: 'store', on: { own: 't' }, value: 0 }] },
            {
              do: 'test',
              guard: { place: { own: 't', of: 1 }, is: 'eq', right: 0 },
              yes: [
                {
                  do: 'step',
                  effects: [{ op: 'rmw', how: 'add', on: { shared: 'x' }, by: 1, to: 'b' }],
                },
              ],
              no: [{ do: 'step', effects: [{ op: 'store', on: { own: 't', of: 1 }, value: 0 }] }],
            },
          ],
        },
      },
      cpus: [{ count: 2, task: 'task0' }],
    },
    lockdep: 'fatal',
    ...rest,
    kcsan: true,
  },
  'a lock of handlers, and one inside it, both held with interrupts on: said of both, whichever is seen first':
    {
      program: {
        ...program,
        locks: 2,
        functions: {
          task0: {
            params: {},
            locals,
            body: [
              { do: 'lock', lock: 0, form: 'irqsave' },
              { do: 'lock', lock: 1, form: 'plain' },
              { do: 'step', effects: [{ op: 'set', to: 'a', value: 0 }] },
              { do: 'unlock', lock: 1, form: 'plain' },
              { do: 'unlock', lock: 0, form: 'irqsave' },
            ],
          },
          hardirq: {
            params: {},
            locals,
            body: [
              { do: 'lock', lock: 0, form: 'plain' },
              { do: 'step', effects: [{ op: 'store', on: { shared: 'x' }, value: 0 }] },
              { do: 'unlock', lock: 0, form: 'plain' },
            ],
          },
          task1: {
            params: {},
            locals,
            body: [
              { do: 'lock', lock: 1, form: 'plain' },
              { do: 'lock', lock: 0, form: 'irqsave' },
              { do: 'step', effects: [{ op: 'store', on: { shared: 'x' }, value: 0 }] },
              { do: 'unlock', lock: 0, form: 'irqsave' },
              { do: 'unlock', lock: 1, form: 'plain' },
              { do: 'lock', lock: 0, form: 'plain' },
              { do: 'lock', lock: 1, form: 'plain' },
              { do: 'step', effects: [{ op: 'xchg', on: { shared: 'x' }, value: 1, to: 'a' }] },
              { do: 'unlock', lock: 1, form: 'plain' },
              { do: 'unlock', lock: 0, form: 'plain' },
              {
                do: 'step',
                effects: [{ op: 'store', on: { shared: 'x' }, value: { local: 'a' } }],
              },
            ],
          },
        },
        cpus: [
          { count: 1, task: 'task0', hardirq: 'hardirq' },
          { count: 1, task: 'task1' },
        ],
      },
      lockdep: 'fatal',
      ...rest,
      together: { x: 0, y: 0 },
      bound: { depth: 0, states: 16 },
    },
};
