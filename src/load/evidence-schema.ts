/** The form of the manifest of evidence. */
import { FACILITIES } from '../design/processor.ts';
import { bounds, count, explanation, text, z } from './forms.ts';
import { verdictFields } from './verdict-schema.ts';

const sum = text.describe('SHA-256, in hexadecimal digits');

const searchOptions = z
  .object({
    bounds,
    order: z
      .object({
        name: z.enum(['bfs', 'dfs', 'preemptions', 'random']),
        most: count.optional(),
        walk: z.enum(['uniform', 'pct']).optional(),
        walks: count.optional(),
        seed: z.number().int().optional(),
        bugDepth: count.optional(),
      })
      .optional()
      .describe('absent for breadth-first'),
    store: z
      .object({
        name: z.enum(['plain', 'tree', 'fingerprint', 'bitstate']),
        bits: count.optional(),
        parents: z.boolean().optional(),
      })
      .optional()
      .describe('absent for whole states'),
    reduce: z.union([
      z.enum(['auto', 'none']),
      z.array(z.enum(['symmetry', 'transactions', 'stubborn'])),
    ]),
  })
  .describe('how the check was searched, and is searched again by heddle verify');

const { schemaVersion: _version, check: _check, bytesPerState: _bytes, ...stable } = verdictFields;

const checkRecord = z.object({
  check: text,
  modelHash: sum.describe('SHA-256 of the bundled check'),
  size: z.enum(['small', 'large']),
  design: text.optional().describe('its row of the matrix'),
  options: searchOptions,
  facilities: z
    .record(z.enum(FACILITIES), z.enum(['fatal', 'soft', 'off']))
    .describe('how each reacts to what it sees'),
  verdict: z.object({
    ...stable,
    steps: z.record(text, count).describe('how often each step was taken, by its name'),
  }),
  schedules: z
    .array(
      z.object({
        property: text,
        initial: text,
        schedule: text,
        switches: count,
        origin: text.optional(),
        related: z
          .array(z.object({ text, initial: text, schedule: text, switches: count }))
          .optional(),
        explanation: explanation.optional(),
      }),
    )
    .describe('one for each violated property, with what replaying it does not say'),
});

const matrixCell = z.object({
  verdict: z.enum(['holds', 'violated', 'masked', 'not_applicable', 'incomplete']),
  schedule: text.nullable(),
  initial: text.nullable(),
  check: text.nullable().describe('the check that the schedule is of'),
  behind: z
    .object({
      facilities: z.array(z.enum(FACILITIES)),
      schedule: text,
      check: text,
      initial: text.nullable(),
    })
    .nullable()
    .describe('the violation behind what masks it'),
});

const killTable = z
  .object({
    schemaVersion: z.literal(1),
    check: text.describe('what its checks have in common: their folder and the design'),
    checks: z.array(text).describe('in the order in which they were tried'),
    mutants: z.array(
      z.object({
        id: text,
        what: text.describe('what is wrong in it'),
        kind: text,
        place: text.optional(),
        killedBy: z
          .object({
            check: text,
            property: text,
            found: text,
            schedule: text.optional(),
            initial: text.optional(),
            steps: count.optional(),
          })
          .optional(),
        survived: z.enum(['equivalent', 'hole']).optional(),
        why: text.optional(),
        undecided: z.literal(true).optional(),
        stillborn: z.literal(true).optional(),
        refuted: z.literal(true).optional(),
      }),
    ),
    stale: z.array(text).describe('what the checks call equivalent and no mutant is called'),
  })
  .describe('which check kills which mutant of the models');

/** `manifest.json` of an evidence bundle. */
export const manifestFile = z
  .object({
    schemaVersion: z.literal(1),
    tool: text.describe('name and version of the tool'),
    form: z.enum(['whole', 'text']).describe('whole has the trace files and the page too'),
    sources: z.record(text, sum).describe("by path, the user's files that checks are made of"),
    checks: z.array(checkRecord),
    matrices: z
      .record(text, z.record(text, z.record(text, matrixCell)))
      .optional()
      .describe('by folder of checks, design and property'),
    killTables: z.array(killTable).optional(),
    files: z.record(text, sum).describe('the other files of the bundle, but for machine.json'),
  })
  .describe('What heddle evidence says of each check: the same bytes from the same input.');
