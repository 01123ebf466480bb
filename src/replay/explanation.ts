/** What explains a violation: where it became unavoidable, which order it takes, who believed what. Plain data, carried by its trace. */

/** From where on nothing goes well any more. */
export interface Critical {
  /** Index into `Trace.steps`: after this step no continuation is fine, before it one was. */
  readonly step: number;
  readonly words: string;
  /** A schedule that goes well up to an end, as one did before that step; absent where all that go well go on for ever. */
  readonly fine?: string;
}

/** Two steps, by index: no order of the steps of the schedule in which `before` does not come first violates. */
export interface Ordered {
  readonly before: number;
  readonly after: number;
  readonly words: string;
}

/** What a CPU had in a local when it went on, against what was true there. */
export interface Belief {
  /** Index into `Trace.cpus`. */
  readonly cpu: number;
  /** The local, by the name it has in its function. */
  readonly local: string;
  /** Its value. */
  readonly believed: string;
  /** Where the value came from: `page[0].refcount`. */
  readonly place: string;
  /** What is there at the violation, or was when this CPU used it last. */
  readonly truth: string;
  /** Index of the step that read it. */
  readonly step: number;
}

/** Orders of a schedule's steps, every CPU's own in their own order: all there are, and those that violate the property. */
export interface OrderCount {
  readonly all: number;
  readonly violating: number;
}

export interface Explanation {
  /** The critical switch. Exact, from the graph of what can follow; absent where that is too large, or there is none. */
  readonly critical?: Critical;
  /** The fewest pairs that say it all: what follows from them and from each CPU's own order is left out. */
  readonly orders: readonly Ordered[];
  /** Absent where they are too many to count. */
  readonly counted?: OrderCount;
  /** Only beliefs that others have made false. */
  readonly beliefs: readonly Belief[];
  /** The whole in a line of words. */
  readonly words: string;
  /** What was too large to be decided, in words. */
  readonly undecided?: readonly string[];
}
