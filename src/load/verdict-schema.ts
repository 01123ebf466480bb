/** The form of a verdict, wherever it is written. */

import type { Mistake, OrderTold, PropertyVerdict } from '../search/verdict.ts';
import { count, finding, text, z } from './forms.ts';

const mistake: z.ZodType<Mistake> = z.object({
  code: text.describe('a stable slug: the anchor in docs/errors.md'),
  fact: text,
  reason: text,
  next: text,
  stack: text.optional(),
  schedule: text.optional(),
});

const cell = z.enum(['holds', 'violated', 'masked', 'vacuous', 'not_applicable', 'incomplete']);

const property: z.ZodType<PropertyVerdict> = z.object({
  name: text,
  id: text,
  kind: z.enum(['property', 'facility', 'goal']),
  verdict: cell,
  expected: cell,
  ok: z.boolean().describe('ended as the check declares'),
  surprise: text.optional().describe('why it is not ok, in words'),
  known: text.optional(),
  finding: finding.optional(),
  maskedBy: text.optional(),
  evaluated: count.describe('states or steps it was evaluated on'),
  schedule: text.optional().describe('the shortest schedule that violates it'),
  initial: text.optional().describe('the initial state of that schedule, where there are several'),
  steps: count.optional(),
  switches: count.optional(),
  shortest: z
    .boolean()
    .optional()
    .describe('in another order than breadth-first: no schedule with fewer steps violates it'),
  preemptions: count
    .optional()
    .describe('switches away from a CPU that could have gone on; where they are counted'),
  met: count.optional().describe('for a goal: states that met it'),
});

const order: z.ZodType<OrderTold> = z.object({
  name: z.enum(['dfs', 'preemptions', 'random']),
  preemptions: count.optional().describe('preemptions of the schedules gone through, at most'),
  deepest: count.describe('steps of the longest schedule that was followed'),
  most: count.optional().describe('the preemptions or walks that were asked for'),
  walk: z.enum(['uniform', 'pct']).optional(),
  seed: z.number().int().optional(),
  bugDepth: count.optional().describe('for pct: one more than the changes of priority in a walk'),
  walks: count.optional().describe('random walks, each one schedule'),
  walked: count
    .optional()
    .describe('distinct states that some walk came to; states counts those one step beside too'),
});

export const widest = z
  .object({ field: text, values: count })
  .describe('the field with the most distinct values among 4,096 states');

export const verdictFields = {
  schemaVersion: z.literal(1),
  check: text,
  verdict: z.enum(['holds', 'violated', 'vacuous', 'incomplete', 'invalid']),
  expected: z.enum(['holds', 'violated']),
  ok: z.boolean().describe('every property ended as the check declares'),
  complete: z.boolean().describe('the frontier emptied and no bound cut anything'),
  stopped: z
    .object({
      bound: z.enum([
        'maxStates',
        'maxDepth',
        'timeLimit',
        'memoryLimit',
        'interrupt',
        'preemptions',
        'walks',
        'store',
      ]),
      value: text,
      flag: text.describe('the flag that lifts it'),
      next: text.optional().describe('what to give it next, where that is known'),
    })
    .optional(),
  after: z
    .object({ initial: text, schedule: text, steps: count, maskedBy: text.optional() })
    .optional()
    .describe('only what can follow this schedule was searched: nothing is said to hold'),
  order: order.optional().describe('absent for breadth-first'),
  store: z
    .object({
      name: z.enum(['tree', 'fingerprint', 'bitstate']),
      compressedFrom: count
        .optional()
        .describe('states there were when memory got short and they were compressed'),
      byCounts: z.number().optional().describe('odds that two states were taken for one, by count'),
      byGap: z.number().optional().describe('the same by the smallest gap between fingerprints'),
      bits: count.optional().describe('for bitstate: the table has 2 to the power of this bits'),
      filled: z.number().optional().describe('the share of them that is set'),
      expectedOmissions: z.number().optional().describe('new states taken for known ones, about'),
      parents: z.boolean().optional().describe('it was kept which move led to each state'),
      wholeBytes: count.optional().describe('of states kept whole, not among bytesPerState'),
      missing: text.optional().describe('which schedules were not found again, and why'),
    })
    .optional()
    .describe('how states were kept; absent for whole states'),
  reduction: z
    .object({
      names: z
        .array(z.enum(['symmetry', 'transactions', 'stubborn']))
        .describe('what was done; nothing where that is refused'),
      exchanged: z
        .array(text)
        .optional()
        .describe('CPUs and objects that were exchanged, by group'),
      order: z.number().optional().describe('the most states that one may stand for by that'),
      toldApart: z.array(text).optional().describe('why others were not exchanged'),
      putOff: count.describe('states in which some moves were put off'),
      joined: count.describe('steps that were joined to the one before'),
      retractions: count.describe(
        'times that an assumption proved wrong and the search began again',
      ),
      held: z
        .array(text)
        .optional()
        .describe('words that CPUs touch only while they hold a bit, and which'),
      unreduced: count
        .optional()
        .describe('states of the search of the whole graph that schedules come from'),
      refused: text.optional().describe('why nothing was left out'),
      missing: text.optional().describe('which schedules were not found, and why'),
    })
    .optional()
    .describe('which states were left out because others stand for them; absent where none was'),
  states: count,
  generated: count,
  depth: count.describe('breadth-first levels, the initial one counted as 1; 0 in another order'),
  dead: count.describe('states without a successor'),
  levels: z.array(count).describe('new states per level'),
  bytesPerState: z.number(),
  properties: z.array(property),
  scope: z.array(text).describe('what a HOLDS covers'),
  steps: z.array(z.object({ step: text, taken: count })),
  notTaken: z.array(text),
  unreadLocals: z.array(text).optional().describe('locals that no step ever reads'),
  allocationsRefused: count,
  widestField: widest.optional(),
  claim: text.optional(),
  source: text.optional(),
  error: mistake.optional().describe('for invalid: the mistake'),
};
