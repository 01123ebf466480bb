/** What a session of checks tells those who watch it, in order of time. */
import type { Bounds } from '../design/check.ts';
import type { Trace } from '../replay/trace.ts';
import type { Deeds } from '../search/mutants/deeds.ts';
import type { Mistake, Outcomes, Progress, PropertyVerdict } from '../search/verdict.ts';
import type { Kept } from './checkpoints.ts';
import type { Resumed } from './worker.ts';

export type SessionEvent =
  | {
      readonly type: 'start';
      readonly check: string;
      readonly modelHash: string;
      readonly bounds: Bounds;
    }
  | { readonly type: 'progress'; readonly check: string; readonly progress: Progress }
  | {
      readonly type: 'violation';
      readonly check: string;
      readonly property: PropertyVerdict;
      readonly trace: Trace;
      /** The file it was saved in, from the project's folder. */
      readonly file: string;
    }
  | { readonly type: 'kept'; readonly check: string; readonly kept: Kept }
  | { readonly type: 'resumed'; readonly check: string; readonly resumed: Resumed }
  | { readonly type: 'end'; readonly check: string; readonly result: Result };

/** How one check of a session ended. */
export interface Result {
  readonly check: string;
  readonly modelHash: string;
  readonly end: End;
  /** Files of the traces, by the name of the property they violate. */
  readonly files: Readonly<Record<string, string>>;
  /** The checkpoint from which the search can go on, where it did not come to an end. */
  readonly checkpoint?: string;
}

export type End =
  | {
      readonly kind: 'decided';
      readonly outcomes: Outcomes;
      /** What its steps do, where that was noted. */
      readonly deeds?: Deeds;
    }
  /** The session was interrupted before its turn came. */
  | { readonly kind: 'not_started' }
  /** A bug of heddle: no verdict. */
  | { readonly kind: 'bug'; readonly mistake: Mistake };
