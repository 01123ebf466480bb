/** The forms of what heddle writes for other programs, and a reader of traces that says what is wrong with one. */
import { z } from 'zod';
import type { Bounds } from '../design/check.ts';
import { FACILITIES, type Finding } from '../design/processor.ts';
import type { Explanation } from '../replay/explanation.ts';
import type { Mistake, OrderTold, PropertyVerdict, Verdict } from '../search/verdict.ts';
import type { TraceFile } from './traces.ts';

const count = z.number().int().nonnegative();
const text = z.string();

const bounds: z.ZodType<Bounds> = z
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

const finding: z.ZodType<Finding> = z
  .object({
    facility: z.enum([...FACILITIES, 'claim', 'property', 'possibly']),
    kind: text.describe('a stable short name, such as use-after-free'),
    object: text.describe('the object or field concerned: page[0].rcu_head'),
    message: text,
  })
  .describe('What a facility, a claim or a property saw.');

const change = z.object({ path: text, before: text, after: text });

const step = z.object({
  cpu: count.describe('index into cpus'),
  context: z.enum(['task', 'softirq', 'hardirq']),
  choice: count.describe("ordinal among this context's moves in this state"),
  label: text,
  stack: z.array(text).describe('functions, from the outermost to the one the step belongs to'),
  calls: z.array(count).optional(),
  picked: count.optional().describe('for a pick: which variant'),
  accesses: z.array(z.object({ path: text, value: text, write: z.boolean(), atomic: z.boolean() })),
  changes: z.array(change).describe('what the step changed in shared state'),
  locals: z.array(change).describe("what the step changed in its CPU's locals"),
  findings: z.array(finding),
  enters: text.optional().describe('the callback or handler that starts with this step'),
  refused: z.boolean().describe('a violating step that did not happen'),
});

const explanation: z.ZodType<Explanation> = z
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

/** A trace as it is saved. */
export const traceFile: z.ZodType<TraceFile> = z
  .object({
    schemaVersion: z.literal(1),
    tool: text.describe('name and version of the tool'),
    check: text,
    modelHash: text.describe('SHA-256 of the bundled check'),
    initial: text.describe('name of the initial state'),
    schedule: text.describe('0x3.1x2.0s: CPU, context letter, choice, repetition'),
    property: text,
    cpus: z.array(text),
    steps: z.array(step),
    switches: count,
    origin: text.optional().describe('how the schedule was found, where that says how good it is'),
    violation: text.describe('the violation in words'),
    finding,
    related: z
      .array(
        z.object({ text, initial: text, schedule: text, steps: z.array(step), switches: count }),
      )
      .optional()
      .describe('further schedules where one does not show it: the other halves of a lock cycle'),
    explanation: explanation.optional(),
    blocked: z.array(z.object({ cpu: count, on: text })),
    branch: z
      .object({ of: text, at: count })
      .optional()
      .describe('the schedule it was made from, and the steps that it has in common with it'),
    bounds,
  })
  .describe('A schedule with what it did, saved by heddle at a violation.');

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

const widest = z
  .object({ field: text, values: count })
  .describe('the field with the most distinct values among 4,096 states');

const verdictFields = {
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

const seconds = z.number().nonnegative();

const start = z.object({
  type: z.literal('start'),
  schemaVersion: z.literal(1),
  check: text,
  tool: text,
  modelHash: text,
  bounds,
});

const progress = z.object({
  type: z.literal('progress'),
  schemaVersion: z.literal(1),
  check: text,
  states: count,
  generated: count,
  depth: count,
  frontier: count,
  lastFrontier: count.describe('frontier of the level before'),
  seconds,
  memoryBytes: count.describe(
    'bytes this check takes: without what other checks in the process take',
  ),
  rate: count.describe('new states a second, over the last ten seconds'),
  secondsLeft: seconds.optional().describe('to the end, only while the levels shrink'),
  limit: z
    .object({ bound: z.enum(['maxStates', 'timeLimit', 'memoryLimit']), seconds })
    .optional()
    .describe(
      'the limit that ends the search first if it goes on like this, and in how many seconds',
    ),
  widestField: widest.optional().describe('from a million states on'),
});

const kept = z.object({
  type: z.literal('kept'),
  schemaVersion: z.literal(1),
  check: text,
  file: text.describe('the checkpoint that was written'),
  states: count,
});

const resumed = z.object({
  type: z.literal('resumed'),
  schemaVersion: z.literal(1),
  check: text,
  file: text.describe('the checkpoint from which the search goes on'),
  states: count,
});

const violation = z.object({
  type: z.literal('violation'),
  schemaVersion: z.literal(1),
  check: text,
  property: text,
  id: text,
  expected: z.boolean().describe('the check declares this violation'),
  violation: text.describe('what went wrong, in words'),
  schedule: text,
  initial: text,
  steps: count,
  switches: count,
  trace: text.describe('the file that it was saved in'),
});

const verdictRecord: z.ZodType<VerdictRecord> = z.object({
  type: z.literal('verdict'),
  ...verdictFields,
  // Not there with --stable.
  seconds: seconds.optional(),
  modelHash: text,
});

/** One line of `heddle check --json`. */
export const outputRecord = z
  .union([start, progress, kept, resumed, violation, verdictRecord])
  .describe('One line of heddle check --json.');

export type OutputRecord =
  | z.infer<typeof start>
  | z.infer<typeof progress>
  | z.infer<typeof kept>
  | z.infer<typeof resumed>
  | z.infer<typeof violation>
  | VerdictRecord;

export type VerdictRecord = Omit<Verdict, 'seconds'> & {
  readonly type: 'verdict';
  readonly seconds?: number;
  readonly modelHash: string;
};

/** The published JSON Schemas, by the name of their file. */
export function jsonSchemas(): Readonly<Record<string, unknown>> {
  // The form of what is read leaves room for fields that later versions add.
  return {
    'trace.json': z.toJSONSchema(traceFile, { io: 'input' }),
    'check-output.json': z.toJSONSchema(outputRecord, { io: 'input' }),
  };
}

/** The trace in a text, or what is wrong with it in one sentence. */
export function parseTrace(json: string): TraceFile | string {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    return 'it is not JSON';
  }
  const result = traceFile.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  return `${issue.path.join('.') || 'the file'}: ${issue.message}`;
}
