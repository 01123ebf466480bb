/** `import 'heddle/vitest'`: matchers that search a check, or replay a schedule of it, in a test. */
import { relative } from 'node:path';
import { expect } from 'vitest';
import { type Bounds, type Check, check as checkOf } from './design/check.ts';
import { HeddleError } from './design/errors.ts';
import type { Model } from './design/model.ts';
import { type Keys, refuseUnknown } from './design/options.ts';
import { loadChecks } from './load/checks.ts';
import { isHeddleError } from './load/mistake.ts';
import { placeOf } from './load/place.ts';
import { openProject } from './load/project.ts';
import {
  type Answer,
  type Called,
  cannotReplay,
  expectHolds,
  expectReplayed,
  expectViolated,
  type WantedViolation,
} from './report/expectation.ts';
import { explained } from './search/explain.ts';
import { explore } from './search/explore.ts';
import type { ReduceChoice } from './search/reduce/choice.ts';
import type { Outcomes } from './search/verdict.ts';
import { replay, replayLabels } from './search/witness.ts';
import { defaultMemoryBytes } from './session/memory.ts';

/** Bounds of one search, above those of the check, and which states it may leave out; default `auto`, as `heddle check`. */
export interface SearchOptions extends Bounds {
  readonly reduce?: ReduceChoice;
}

/** Which violation is meant; without `property` any. */
export interface ViolationOptions extends SearchOptions, WantedViolation {}

export interface ReplayOptions extends WantedViolation {
  /** The initial state, where the model has several. */
  readonly initial?: string;
}

export interface HeddleMatchers<R = unknown> {
  /**
   * Searches every schedule of a check, or of a model with nothing but the facilities: no property may be violated or vacuous. A bound
   * that ends the search is a failure, also of `not`. Where nothing else is said the search ends before the timeout of the test.
   * @example await expect(check).toHold({ maxStates: 1_000_000 });
   */
  toHold(options?: SearchOptions): Promise<R>;
  /**
   * Searches every schedule of a check: a property, a facility, or any must be violated.
   * @example await expect(check).toBeViolated({ property: 'P5', object: 'page[0].rcu_head' });
   */
  toBeViolated(options?: ViolationOptions): Promise<R>;
  /**
   * Walks one schedule, `0x3.1x2.0` or a list of the names of its steps: it must end in a violation of the property, or of any.
   * @example await expect(check).toReplay('0.1x2.0', { property: 'every increment is counted' });
   */
  toReplay(schedule: string | readonly string[], options?: ReplayOptions): Promise<R>;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: as vitest declares it.
  interface Matchers<T = any> extends HeddleMatchers<T> {}
}

/** The part of a matcher's state that is looked at. */
interface Around {
  /** Undefined where there is no `not`, whatever its type says. */
  readonly isNot?: boolean;
  readonly task?: { readonly timeout?: number; readonly result?: { readonly startTime?: number } };
}

const SEARCH = {
  maxStates: true,
  maxDepth: true,
  timeLimitMs: true,
  memoryLimitBytes: true,
  reduce: true,
} satisfies Keys<SearchOptions>;
const VIOLATION = { ...SEARCH, property: true, object: true } satisfies Keys<ViolationOptions>;
const REPLAY = { initial: true, property: true, object: true } satisfies Keys<ReplayOptions>;

/** Of the time that a test has left: the rest is for the schedules, and for vitest. */
const SHARE_OF_TIMEOUT = 0.75;
/** At most so long is looked for the name of a check where a test has no timeout. */
const NAMING_MS = 10_000;
/** Schedules that are explained, the states that each may take, and the time there must be for it. */
const EXPLAINED = 3;
const EXPLAINING_STATES = 20_000;
const EXPLAINING_MS = 2_000;

expect.extend({
  async toHold(received: unknown, options: SearchOptions = {}) {
    refuseUnknown('bad-check', 'toHold(...)', options, SEARCH);
    const check = checkFrom(received, 'toHold');
    const { outcomes, timeoutMs } = await search(check, options, this);
    return told(this, check, outcomes, (called, shown) =>
      expectHolds(shown, { ...called, timeoutMs }),
    );
  },
  async toBeViolated(received: unknown, options: ViolationOptions = {}) {
    refuseUnknown('bad-check', 'toBeViolated(...)', options, VIOLATION);
    const check = checkFrom(received, 'toBeViolated');
    const { outcomes, timeoutMs } = await search(check, options, this);
    return told(this, check, outcomes, (called, shown) =>
      expectViolated(shown, options, { ...called, timeoutMs }),
    );
  },
  async toReplay(
    received: unknown,
    schedule: string | readonly string[],
    options: ReplayOptions = {},
  ) {
    refuseUnknown('bad-check', 'toReplay(...)', options, REPLAY);
    const check = checkFrom(received, 'toReplay');
    return told(this, check, undefined, (called) => replayed(check, schedule, options, called));
  },
});

function replayed(
  check: Check,
  schedule: string | readonly string[],
  options: ReplayOptions,
  called: Called,
): Answer {
  const { initial, property } = options;
  try {
    const trace =
      typeof schedule === 'string'
        ? replay(check, schedule, { initial, property })
        : replayLabels(check, { steps: schedule, initial, property: property ?? '' });
    return expectReplayed(trace, options, called);
  } catch (error) {
    if (!isHeddleError(error) || error.code !== 'no-such-step') throw error;
    return cannotReplay(error.message, called);
  }
}

function checkFrom(received: unknown, matcher: string): Check {
  const { kind } = (received ?? {}) as { readonly kind?: string };
  if (kind === 'check') return received as Check;
  if (kind === 'model') {
    const model = received as Model;
    return { ...checkOf(model), place: model.place };
  }
  const fact = `expect(...).${matcher}() takes what check(...) or model(...) gives`;
  throw new HeddleError('bad-check', fact);
}

async function search(
  check: Check,
  options: SearchOptions,
  { task }: Around,
): Promise<{ readonly outcomes: Outcomes; readonly timeoutMs: number | undefined }> {
  // Lets vitest say first which test is running: the search leaves it no time.
  await new Promise((resolve) => setTimeout(resolve));
  const { maxStates, maxDepth, timeLimitMs, memoryLimitBytes, reduce = 'auto' } = options;
  const own = timeLimitMs ?? check.bounds?.timeLimitMs;
  const left = own === undefined ? leftOf(task) : undefined;
  const bounds = {
    ...{ maxStates, maxDepth },
    timeLimitMs: own ?? left,
    memoryLimitBytes: memoryLimitBytes ?? check.bounds?.memoryLimitBytes ?? defaultMemoryBytes(),
  };
  const outcomes = explore(check, {
    bounds,
    // A bound on levels is about all schedules of that length.
    reduce: maxDepth === undefined ? reduce : 'none',
    now: () => performance.now(),
    memory: (idle) => process.memoryUsage.rss() - idle,
  });
  return { outcomes, timeoutMs: left === undefined ? undefined : task?.timeout };
}

/** Milliseconds that the running test may search; undefined where it has no timeout. */
function leftOf(task: Around['task']): number | undefined {
  const { timeout, result } = task ?? {};
  if (timeout === undefined || timeout <= 0 || !Number.isFinite(timeout)) return undefined;
  const spent = Date.now() - (result?.startTime ?? Date.now());
  return Math.max(1, Math.round((timeout - spent) * SHARE_OF_TIMEOUT));
}

/** What vitest is told. Neither an expectation nor its opposite is met by what nobody knows. */
async function told<T extends Outcomes | undefined>(
  around: Around,
  check: Check,
  outcomes: T,
  answer: (called: Called, outcomes: T) => Answer,
): Promise<{ pass: boolean; message: () => string }> {
  const isNot = around.isNot === true;
  const quick = answer({ name: 'the check', isCommand: false }, outcomes);
  const pass = quick.is === 'undecided' ? isNot : quick.is === 'met';
  if (pass !== isNot) return { pass, message: () => quick.text };
  // Only a failure is read: its name and why it came to that take long to find.
  const why = outcomes === undefined ? outcomes : explainedInTime(check, outcomes, around.task);
  const { text } = answer(await calledInTime(check, around.task), why as T);
  return { pass, message: () => text };
}

/** The first schedules with what they come from, where the test has the time for it. */
function explainedInTime(check: Check, outcomes: Outcomes, task: Around['task']): Outcomes {
  const isShort = (leftOf(task) ?? EXPLAINING_MS) < EXPLAINING_MS;
  if (isShort) return outcomes;
  const traces = outcomes.traces.map((trace, index) =>
    index < EXPLAINED ? explained(check, trace, { maxStates: EXPLAINING_STATES }) : trace,
  );
  return { ...outcomes, traces };
}

/** The name of a check, or its place where finding the name would take the test beyond its timeout. */
async function calledInTime(check: Check, task: Around['task']): Promise<Called> {
  const stack = check.place.stack;
  const place = stack === undefined ? undefined : placeOf(stack);
  if (place === undefined) return { name: 'the check', isCommand: false };
  const shown = `the check of ${relative(process.cwd(), place.file)}:${place.line}`;
  const byPlace = { name: shown, isCommand: false };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, (leftOf(task) ?? NAMING_MS) / 2, undefined);
  });
  const name = await Promise.race([nameOf(check, place.file), late]);
  clearTimeout(timer);
  return name === undefined ? byPlace : { name, isCommand: true };
}

/** The name that `npx heddle` knows a check of this file by; undefined where it does not. */
async function nameOf(check: Check, file: string): Promise<string | undefined> {
  const project = await openProject(file).catch(() => undefined);
  if (project === undefined) return undefined;
  const path = relative(project.checksFolder, file).replaceAll('\\', '/');
  if (path.startsWith('..')) return undefined;
  const { loaded } = await loadChecks(project, (one) => one === path);
  const same = loaded.filter((one) => loaded.length === 1 || alike(one.check, check));
  return same.length === 1 ? same[0].name : undefined;
}

/** Two loads of one check: what they say of themselves is the same. */
function alike(one: Check, other: Check): boolean {
  const said = ({ claim, properties, expected, bounds, model }: Check) =>
    JSON.stringify([claim, Object.keys(properties ?? {}), expected, bounds, model.cpus]);
  return said(one) === said(other);
}
