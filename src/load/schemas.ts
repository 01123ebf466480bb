/** The forms of what heddle writes for other programs, and readers of it that say what is wrong with it. */
import type { Manifest } from '../report/manifest.ts';
import type { Verdict } from '../search/verdict.ts';
import { manifestFile } from './evidence-schema.ts';
import { bounds, count, explanation, finding, text, z } from './forms.ts';
import type { TraceFile } from './traces.ts';
import { verdictFields, widest } from './verdict-schema.ts';

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
    'evidence.json': z.toJSONSchema(manifestFile, { io: 'input' }),
  };
}

/** The trace in a text, or what is wrong with it in one sentence. */
export function parseTrace(json: string): TraceFile | string {
  const read = parsed(json, traceFile);
  return typeof read === 'string' ? read : read.fitting;
}

/** The manifest in a text, with its fields in their order, or what is wrong with it in one sentence. */
export function parseManifest(json: string): Manifest | string {
  const read = parsed(json, manifestFile);
  return typeof read === 'string' ? read : (read.data as Manifest);
}

/** What a text holds, as it is and as the schema knows it; or what is wrong with it. */
function parsed<T>(
  json: string,
  schema: z.ZodType<T>,
): { readonly data: unknown; readonly fitting: T } | string {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    return 'it is not JSON';
  }
  const result = schema.safeParse(data);
  if (result.success) return { data, fitting: result.data };
  const [issue] = result.error.issues;
  return `${issue.path.join('.') || 'the file'}: ${issue.message}`;
}
