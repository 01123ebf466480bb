/** The words that schemas are written in, and the small forms that several of them share. */
import { z } from 'zod';
import type { Bounds } from '../design/check.ts';
import { FACILITIES, type Finding } from '../design/processor.ts';
import type { Explanation } from '../replay/explanation.ts';

export { z };

export const count = z.number().int().nonnegative();
export const text = z.string();

export const bounds: z.ZodType<Bounds> = z
  .object({
    maxStates: z.number().positive().optional().describe('distinct states'),
    maxDepth: z.number().positive().optional().describe('breadth-first levels'),
    timeLimitMs: z.number().positive().optional().describe('milliseconds'),
    memoryLimitBytes: z
      .number()
      .positive()
      .optional()
      .describe('bytes of resident memory, of all checks side by side'),
  })
  .describe('The bounds that the search ran under; what is not named has its default.');

export const finding: z.ZodType<Finding> = z
  .object({
    facility: z.enum([...FACILITIES, 'claim', 'property', 'possibly']),
    kind: text.describe('a stable short name, such as use-after-free'),
    object: text.describe('the object or field concerned: page[0].rcu_head'),
    message: text,
  })
  .describe('What a facility, a claim or a property saw.');

export const explanation: z.ZodType<Explanation> = z
  .object({
    critical: z
      .object({
        step: count.describe('index into steps: after it no continuation is fine'),
        words: text,
        fine: text.optional().describe('a schedule that goes well, as one did before that step'),
      })
      .optional(),
    orders: z
      .array(z.object({ before: count, after: count, words: text }))
      .describe('pairs of indices into steps: turned round, no order of the steps violates'),
    counted: z
      .object({ all: count, violating: count })
      .optional()
      .describe('orders of the steps, every context keeping its own'),
    beliefs: z.array(
      z.object({
        cpu: count,
        local: text,
        believed: text,
        place: text,
        truth: text,
        step: count.describe('index of the step that read it'),
      }),
    ),
    words: text,
    undecided: z.array(text).optional().describe('what was too large to be decided'),
  })
  .describe('Why the schedule violates the property.');
