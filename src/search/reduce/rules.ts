/** What keeps reductions sound, rule by rule: each is on; a test leaves one out and must lose a violation. */
export interface Rules {
  /** Queue proviso: a reduced set leads to a state of a later level, or all is expanded. */
  readonly proviso: boolean;
  /** A step back to its own state leads to no later level. */
  readonly selfReturn: boolean;
  /** Steps that change what a property looks at are not put off. */
  readonly visibility: boolean;
  /** What a guard that was false has looked at counts as read. */
  readonly guards: boolean;
  /** A lock keeps others out only where none of them stores to it, and where they block on it. */
  readonly discipline: boolean;
  /** Steps and properties that tell CPUs or objects apart are not reduced by exchanging them. */
  readonly equivariance: boolean;
  /** No step that finds something is joined to the one before, least of all one that ends its path. */
  readonly noJoinOverViolation: boolean;
  /** Where a step ends its path, all steps are made: it leads on for nobody. */
  readonly expandAtViolation: boolean;
  /** Callbacks and handlers that may start on a CPU belong to what it may still do. */
  readonly callbacks: boolean;
  /** A word that CPUs have touched without holding a token is not kept for who holds it. */
  readonly holders: boolean;
  /** A token that somebody clears who does not hold it is held by nobody. */
  readonly releases: boolean;
  /** A word of an object is not kept for who holds a token, while another has the object to itself. */
  readonly unpublished: boolean;
  /** A word of an object is kept by a token in the same object alone: others do not say that it is not freed meanwhile. */
  readonly ofObjects: boolean;
  /** A token does not keep a word where its own is kept too. */
  readonly grounds: boolean;
  /** No rule of soundness: who holds which token is found out. */
  readonly tokens: boolean;
  /** No rule of soundness: walks before the search. Off, nothing but the search itself finds what is violated. */
  readonly tour: boolean;
}

export const RULES: Rules = {
  proviso: true,
  selfReturn: true,
  visibility: true,
  guards: true,
  discipline: true,
  equivariance: true,
  noJoinOverViolation: true,
  expandAtViolation: true,
  callbacks: true,
  holders: true,
  releases: true,
  unpublished: true,
  ofObjects: true,
  grounds: true,
  tokens: true,
  tour: true,
};
