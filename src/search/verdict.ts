/**
 * What a search says: a verdict per property and one for the check, with its scope. Plain data:
 * goes through workers and into JSON as it is.
 */
import type { Finding } from '../design/processor.ts';
import type { Trace } from '../replay/trace.ts';
import type { Forecast } from './forecast.ts';
import type { WidestField } from './widest.ts';

export type CellVerdict =
  | 'holds'
  | 'violated'
  /** Not violated, but some path was cut by the violation named in `maskedBy`. */
  | 'masked'
  /** Never evaluated, or a goal never met: says nothing. */
  | 'vacuous'
  | 'not_applicable'
  | 'incomplete';

export interface PropertyVerdict {
  /** The whole sentence, or the facility's name. */
  readonly name: string;
  readonly id: string;
  readonly kind: 'property' | 'facility' | 'goal';
  readonly verdict: CellVerdict;
  readonly expected: CellVerdict;
  /** Ended as declared, object and steps included. */
  readonly ok: boolean;
  /** Why it is not ok, in words. */
  readonly surprise?: string;
  /** Violated as declared, by a weakness the check calls known: not counted in the verdict of the check, but named beside it. */
  readonly known?: string;
  readonly finding?: Finding;
  readonly maskedBy?: string;
  /** States or steps it was evaluated on. */
  readonly evaluated: number;
  /** The shortest schedule, `0x3.1x2.0s` (breadth-first; else see `order`); with `initial` where there are several initial states. */
  readonly schedule?: string;
  readonly initial?: string;
  readonly steps?: number;
  readonly switches?: number;
  /** In another order than breadth-first: whether no schedule with fewer steps violates it. */
  readonly shortest?: boolean;
  /** Switches away from a CPU that could have gone on; where they are counted. */
  readonly preemptions?: number;
  /** For a goal: states that met it. */
  readonly met?: number;
}

export interface StepCount {
  /** `function: label`. */
  readonly step: string;
  readonly taken: number;
}

export interface Stop {
  readonly bound:
    | 'maxStates'
    | 'maxDepth'
    | 'timeLimit'
    | 'memoryLimit'
    | 'interrupt'
    | 'preemptions'
    | 'walks'
    | 'store';
  /** `50,000,000 states`, with its unit. */
  readonly value: string;
  /** The flag that lifts it: `--max-states`. */
  readonly flag: string;
  /** What to give it next, where that is known. */
  readonly next?: string;
}

/** An order of search other than breadth-first, and what was seen in it. */
export interface OrderTold {
  readonly name: 'dfs' | 'preemptions' | 'random';
  /** Preemptions of the schedules gone through, at most. */
  readonly preemptions?: number;
  /** Steps of the longest schedule that was followed. */
  readonly deepest: number;
  /** The preemptions or walks that were asked for. */
  readonly most?: number;
  readonly walk?: 'uniform' | 'pct';
  readonly seed?: number;
  /** For `pct`: one more than the changes of priority in a walk. */
  readonly bugDepth?: number;
  /** Random walks, each one schedule. */
  readonly walks?: number;
  /** Distinct states that some walk came to; `states` of the verdict also counts those one step beside. */
  readonly walked?: number;
}

/** How states were kept where that is not whole. */
export interface StoreTold {
  readonly name: 'tree' | 'fingerprint' | 'bitstate';
  /** States there were when they were compressed because memory got short; absent where that was asked for. */
  readonly compressedFrom?: number;
  /** For fingerprints: the odds that two states were taken for one, by their number, and by the smallest gap between two of them. */
  readonly byCounts?: number;
  readonly byGap?: number;
  /** For bitstate: the table has 2 to the power of `bits` bits; the share of them that is set. */
  readonly bits?: number;
  readonly filled?: number;
  /** New states that were taken for known ones, as many as are to be expected; what lies behind them is not among them. */
  readonly expectedOmissions?: number;
  /** Whether it was kept which move led to each state, so that schedules took no second search. */
  readonly parents?: boolean;
  /** Bytes of the states that were kept whole at a time, at most; `bytesPerState` is without them. */
  readonly wholeBytes?: number;
  /** Which schedules were not found again, and why. */
  readonly missing?: string;
}

/** Which states were left out because others stand for them. */
export interface ReductionTold {
  /** What was done: nothing where that is refused. */
  readonly names: readonly ('symmetry' | 'transactions' | 'stubborn')[];
  /** CPUs and objects that were exchanged: `CPU0, CPU1`; and the most states that one may stand for. */
  readonly exchanged?: readonly string[];
  readonly order?: number;
  /** Why others were not. */
  readonly toldApart?: readonly string[];
  /** States in which some moves were put off, and steps that were joined to the one before. */
  readonly putOff: number;
  readonly joined: number;
  /** Times that an assumption on what a step touches proved wrong, and the search began again. */
  readonly retractions: number;
  /** Words that CPUs touch only while they hold a bit, of any schedule: `page[0].pte[0]: bit 0 of page[0].refcount`. */
  readonly held?: readonly string[];
  /** States of a search without reductions for the shortest schedules. */
  readonly unreduced?: number;
  /** Why nothing was left out. */
  readonly refused?: string;
  /** Which schedules were not found, and why. */
  readonly missing?: string;
}

/** The schedule after which a search has started. */
export interface AfterTold {
  readonly initial: string;
  readonly schedule: string;
  readonly steps: number;
  /** The fatal violation that has ended some of what can follow. */
  readonly maskedBy?: string;
}

export type Outcome = 'holds' | 'violated' | 'vacuous' | 'incomplete' | 'invalid';

export interface Verdict {
  readonly schemaVersion: 1;
  readonly check: string;
  readonly verdict: Outcome;
  /** What the check declares: `violated` where it expects any property to be (known weaknesses apart), else `holds`. */
  readonly expected: 'holds' | 'violated';
  /** Every property ended as declared. */
  readonly ok: boolean;
  /** The frontier emptied and no bound cut anything. */
  readonly complete: boolean;
  readonly stopped?: Stop;
  /** Only what can follow this schedule was searched, all of it where `complete`: so nothing is said to hold. Absent for a whole search. */
  readonly after?: AfterTold;
  readonly states: number;
  readonly generated: number;
  /** Absent for breadth-first. */
  readonly order?: OrderTold;
  /** Absent for whole states. */
  readonly store?: StoreTold;
  /** Absent where no state was left out; `states`, `levels` and the counts of steps are those that were not. */
  readonly reduction?: ReductionTold;
  /** Breadth-first levels, the initial one counted as 1; 0 in another order. */
  readonly depth: number;
  /** States without a successor. */
  readonly dead: number;
  /** New states per level. */
  readonly levels: readonly number[];
  readonly seconds: number;
  readonly bytesPerState: number;
  readonly properties: readonly PropertyVerdict[];
  /** Lines that say what a HOLDS covers: CPUs, objects, memory model, facilities, assumptions. */
  readonly scope: readonly string[];
  readonly steps: readonly StepCount[];
  readonly notTaken: readonly string[];
  /** Locals never read (`function.local`), seen on searches small enough to be executed twice: each splits states for nothing. */
  readonly unreadLocals?: readonly string[];
  /** Times an allocation found no free object. */
  readonly allocationsRefused: number;
  /** The field with the most distinct values, once a search has passed the warning level. */
  readonly widestField?: WidestField;
  readonly claim?: string;
  readonly source?: string;
  /** For `invalid`: the mistake. */
  readonly error?: Mistake;
}

/** A `HeddleError` as data. */
export interface Mistake {
  readonly code: string;
  readonly fact: string;
  readonly reason: string;
  readonly next: string;
  readonly stack?: string;
  readonly schedule?: string;
}

export interface Progress extends Forecast {
  readonly check: string;
  readonly states: number;
  readonly generated: number;
  readonly depth: number;
  readonly frontier: number;
  /** Frontier of the level before. */
  readonly lastFrontier: number;
  readonly seconds: number;
  /** Bytes this check takes: the process without what the other checks in it take. */
  readonly memoryBytes: number;
  /** From a million states on: the field with the most distinct values in an even sample of the states so far. */
  readonly widestField?: WidestField;
}

/** A verdict with one trace per violated property, replayed in the frozen engine. */
export interface Outcomes {
  readonly verdict: Verdict;
  readonly traces: readonly Trace[];
}
