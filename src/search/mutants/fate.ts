/** What became of a mutant in one check: killed by whatever did not end as the check declares, or not. */
import type { Outcomes, PropertyVerdict, Verdict } from '../verdict.ts';

export type Fate =
  | (Kill & { readonly kind: 'killed' })
  /** Searched to the end, and everything as declared. */
  | { readonly kind: 'survived'; readonly states: number; readonly generated: number }
  /** A bound ended the search, with nothing bad so far. */
  | { readonly kind: 'undecided'; readonly bound: string }
  /** It is no model: what is wrong makes it one that cannot run. */
  | { readonly kind: 'stillborn'; readonly why: string };

export interface Kill {
  /** Id of the property or facility; or the slug of the error that makes the mutant no verdict. */
  readonly property: string;
  /** What was found, or what is not as declared. */
  readonly found: string;
  /** The shortest schedule that shows it, where one does. */
  readonly schedule?: string;
  readonly initial?: string;
  readonly steps?: number;
}

/** Mistakes that running the model shows, and that no right model makes. */
const SHOWN_BY_RUNNING = [
  'coarse-step',
  'step-threw',
  'property-threw',
  'value-out-of-range',
  'ghost-steers',
  'foreign-locals',
];

export function fateOf({ verdict }: Outcomes): Fate {
  const { error, properties, complete } = verdict;
  if (error !== undefined) return ofMistake(verdict);
  const violated = properties
    .filter((one) => !one.ok && one.verdict === 'violated')
    .sort((one, other) => (one.steps ?? 0) - (other.steps ?? 0));
  const [first] = [
    ...violated.filter(({ expected }) => expected !== 'violated'),
    ...(complete ? [...violated, ...properties.filter(({ ok }) => !ok)] : []),
  ];
  if (first !== undefined) return { kind: 'killed', ...killBy(first) };
  if (complete) {
    const { states, generated } = verdict;
    return { kind: 'survived', states, generated };
  }
  const { value = 'nothing', flag = '' } = verdict.stopped ?? {};
  return { kind: 'undecided', bound: flag === '' ? value : `${value} (${flag})` };
}

function killBy({
  id,
  finding,
  surprise,
  schedule,
  initial,
  steps,
  expected,
}: PropertyVerdict): Kill {
  const found = expected === 'violated' ? surprise : (finding?.message ?? surprise);
  return {
    property: id,
    found: found || (surprise ?? ''),
    ...(schedule === undefined ? {} : { schedule }),
    ...(initial === undefined ? {} : { initial }),
    ...(steps === undefined ? {} : { steps }),
  };
}

function ofMistake({ error }: Verdict): Fate {
  const { code = '', fact = '', schedule } = error ?? {};
  if (!SHOWN_BY_RUNNING.includes(code)) return { kind: 'stillborn', why: `${code}: ${fact}` };
  return {
    ...{ kind: 'killed', property: code, found: fact },
    ...(schedule === undefined ? {} : { schedule }),
  };
}
