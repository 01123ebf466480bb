/** How a check of a run ended, as the documents for other programs are told it. */
import type { TraceStep } from '../replay/trace.ts';
import type { Outcomes, PropertyVerdict } from '../search/verdict.ts';

/** A position in a file of a project: its path with slashes, from the folder that the document is about; both count from 1. */
export interface PlaceInFile {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * `as_declared` and `surprise` are decided; `incomplete` was ended by a bound, `allowed` too, where the run was told that this is good
 * enough; `invalid` could not be checked, `bug` is heddle's own, `not_started` was interrupted before its turn.
 */
export type Standing =
  | 'as_declared'
  | 'surprise'
  | 'incomplete'
  | 'allowed'
  | 'invalid'
  | 'bug'
  | 'not_started';

export interface EndedCheck {
  readonly check: string;
  readonly standing: Standing;
  /** What there is to say of it, in a line. */
  readonly line: string;
  /** What a terminal shows of it: verdict, scope, diagrams, the next command; ASCII, many lines. */
  readonly text: string;
  /** Seconds searched; absent where times are left out. */
  readonly seconds?: number;
  readonly outcomes?: Outcomes;
  /** Where it is declared, or where the mistake is that made it invalid. */
  readonly place?: PlaceInFile;
  /** Where a step of its traces is written; undefined for what no file of the user's says. */
  readonly placeOf?: (step: TraceStep) => PlaceInFile | undefined;
}

/** A name without blanks and signs, the same in every run: `P5`, `KASAN`, `every-increment-is-counted`. */
export function slugOf(id: string): string {
  const slug = id
    .normalize('NFKD')
    .replace(/[^\w.]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'property' : slug;
}

/** What is not as declared, in words: `P5: an rcu_head has one user: declared holds, ended violated`. */
export function surpriseOf({ name, surprise, verdict }: PropertyVerdict): string {
  return `${name}: ${surprise ?? `ended ${verdict}`}`;
}
