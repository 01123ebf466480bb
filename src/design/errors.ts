/** Every error a user can meet: a stable slug, what it means, what to do next. */

interface Advice {
  readonly reason: string;
  readonly next: string;
}

const ADVICE = {
  'value-out-of-range': {
    reason:
      'A field holds only what its type declares, or two different states would look the same.',
    next: 'widen the type, or declare `uint(n, { wraps: true })` where the kernel counter wraps',
  },
  recursion: {
    reason: 'Calls are inlined into a finite frame, as on a kernel stack of known depth.',
    next: 'write the repetition as a loop',
  },
  'nondeterministic-step': {
    reason: 'A step must depend on the state only, or replay cannot be trusted.',
    next: 'use pick or choose for a choice the explorer should try both ways; keep state in the schema',
  },
  'foreign-locals': {
    reason: 'The locals of a CPU live in its own frame; no other CPU can reach them.',
    next: 'put what CPUs share into the schema',
  },
  'duplicate-label': {
    reason: 'A schedule is replayed by step names, so a name must mean one step of its function.',
    next: 'give each step of the function its own label',
  },
  'empty-choose': {
    reason:
      'A choice without alternatives can never be taken and would hang every CPU that meets it.',
    next: 'give choose at least one alternative',
  },
  'loop-without-step': {
    reason: 'A loop that comes round without a step never ends and never lets another CPU move.',
    next: 'put a step, an until or a test into the loop',
  },
  'coarse-step': {
    reason:
      'One step is one access to shared memory, unless every word involved is only ever accessed under a lock that is ' +
      'held there; hardware would let another CPU in between.',
    next: 'split the step, or declare it: b.atomic("why this is one step on hardware", b.step(...))',
  },
  'shared-access-in-local-code': {
    reason: 'Conditions and arguments written on locals are free; reading shared memory is a step.',
    next: 'read it with b.test or in a step that stores it in a local',
  },
  'ghost-steers': {
    reason: 'A ghost records history for properties; what real CPUs do must not depend on it.',
    next: 'declare the field client(...) if it is the client that decides by it, or make it real state',
  },
  'unknown-callback': {
    reason: 'A function word names one of the callbacks the machine declares.',
    next: 'list it in machine(schema, { callbacks: [...] }) and give its function in model({ callbacks })',
  },
  'bad-schema': {
    reason: 'The machine lays its state out from the schema before anything runs.',
    next: 'see docs/writing-a-model.md, "State"',
  },
  'bad-model': {
    reason: 'A model names its machine, its CPUs and what runs on them.',
    next: 'see docs/writing-a-model.md, "CPUs"',
  },
  'bad-check': {
    reason:
      'A check names a model, properties of it, steps that it has, and what it expects of each.',
    next: 'see docs/writing-a-model.md, "Checks"',
  },
  'step-threw': {
    reason: 'A recipe may only compute on the state it is given; it threw instead.',
    next: 'mend the line shown; replay the schedule to see the state it met',
  },
  'property-threw': {
    reason: 'A property must have an answer in every state.',
    next: 'ask `is_live(object)` before reading the fields of a heap object',
  },
  'no-such-step': {
    reason: 'A schedule fits a model only while every move it names is enabled.',
    next: 'replay it against the model it was found in, or search again',
  },
  'no-such-mutant': {
    reason:
      'Mutants are called by their function and what is wrong with it, or by an id made of that name.',
    next: 'npx heddle mutants NAME --list shows them all',
  },
  'bad-schedule': {
    reason: 'A schedule is written like 0x3.1x2.0s: CPU, context letter, choice, repetition.',
    next: 'copy the schedule as it was printed',
  },
  'bad-flag': {
    reason: 'An option that had to be guessed at could change a verdict unnoticed.',
    next: 'write limits with their unit, like 90s, 10m or 8GiB; see --help',
  },
  'bad-config': {
    reason: 'An option that heddle does not know would change nothing, unnoticed.',
    next: 'defineConfig takes checks (a folder) and bounds: maxStates, maxDepth, timeLimitMs, memoryLimitBytes',
  },
  'bad-trace': {
    reason: 'A trace is what heddle saved at a violation; its form is in schema/trace.json.',
    next: 'run the check again, or replay by name: heddle replay NAME --schedule 0x3.1x2.0',
  },
  'bad-evidence': {
    reason: 'Evidence is a folder that heddle evidence wrote; its form is in schema/evidence.json.',
    next: 'make it again: npx heddle evidence NAMES -o FOLDER',
  },
  'graph-too-large': {
    reason:
      'A graph is for looking at, and for tools that take all of it; it is written whole or not at all.',
    next: 'heddle export NAME --graph --max-states N, or a smaller model',
  },
  'bad-checkpoint': {
    reason:
      'A search goes on only from a checkpoint that is whole; each part of it has a checksum.',
    next: 'run the check again without --resume',
  },
  'other-checkpoint': {
    reason: 'A search goes on only as it began, or its counts would be those of no search.',
    next: 'run the check again without --resume, or put back what has changed',
  },
  'no-checks': {
    reason: 'Checks are the files below checks/, beside the models they are about.',
    next: 'npx heddle init',
  },
  'file-exists': {
    reason: 'Files of yours are never overwritten.',
    next: 'run it in an empty folder, or move the file away',
  },
  'unknown-name': {
    reason: 'Names are the paths of check files below checks/, without the ending.',
    next: 'npx heddle list',
  },
  'cannot-load': {
    reason: 'Models and checks are TypeScript modules; this one does not load.',
    next: 'mend the line shown',
  },
  'engines-disagree': {
    reason:
      'The same schedule ran differently in the packed and the frozen engine: a bug of heddle.',
    next: 'please report it with the file named above',
  },
  'internal-error': {
    reason: 'No model and no flag should be able to do this: a bug of heddle.',
    next: 'please report it with the file named above',
  },
} as const satisfies Record<string, Advice>;

export type Slug = keyof typeof ADVICE;

/**
 * A mistake in a model, a check or a command, with where it was made and what to do next. `code` is
 * stable: it is the anchor in docs/errors.md.
 */
export class HeddleError extends Error {
  readonly code: Slug;
  readonly reason: string;
  readonly next: string;
  /** The JavaScript stack of the place to show, when the mistake was made elsewhere than it was noticed. */
  readonly place: string | undefined;

  constructor(code: Slug, fact: string, place?: Declared | string) {
    super(fact);
    this.name = 'HeddleError';
    this.code = code;
    this.reason = ADVICE[code].reason;
    this.next = ADVICE[code].next;
    this.place = typeof place === 'object' ? place.stack : place;
  }
}

export function slugs(): readonly Slug[] {
  return Object.keys(ADVICE) as Slug[];
}

/** Where something was declared. Its stack is written out when it is asked for: through source maps and for every step that takes long. */
export interface Declared {
  readonly stack?: string;
}

/** The place of the caller, to be shown when something is found wrong with what it declares. */
export function here(): Declared {
  return new Error('declared here');
}
