/** `explore(check)`: the whole way from a check to its verdict and traces. */
import type { Bounds, Check } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import { type CompiledMachine, compileMachine, pointName } from '../machine/machine.ts';
import type { Move } from '../machine/moves.ts';
import { NeedsObtained } from '../machine/obtained.ts';
import { modesOf } from '../replay/cursor.ts';
import { formatSchedule } from '../replay/schedule.ts';
import type { Trace } from '../replay/trace.ts';
import { type Along, afterOf, asksPossibly, fromStart, refuseEnd, rootOf } from './after.ts';
import type { Board } from './board.ts';
import { expectedVerdict, judgeRow, knownOf, outcomeOf } from './judgement.ts';
import { isOutOfMemory, Limits, type Surroundings } from './limits.ts';
import { movesBetween } from './moves.ts';
import { type Order, originOf, type Way, wayOf } from './orders/order.ts';
import { decidePossible } from './possible.ts';
import { recheck } from './recheck.ts';
import type { ReduceChoice } from './reduce/choice.ts';
import { exploreReducing } from './reduce/explore.ts';
import { PaysNot, Retracted } from './reduce/reduced.ts';
import type { Rules } from './reduce/rules.ts';
import { ofReduced, scopeOf } from './scope.ts';
import { asMistake, Search } from './search.ts';
import type { Shortest } from './shortest.ts';
import type { Snapshot } from './snapshot.ts';
import { keepsAll, keepsParents, type StoreChoice, storeOf, TREE } from './stores/choice.ts';
import { retraced, retracedOrigin } from './stores/retraced.ts';
import { withSchedules } from './stores/schedules.ts';
import { toldOf, undecidedBy } from './stores/told.ts';
import { Asymmetric } from './symmetry/equivariance.ts';
import { ThreadLost } from './team/control.ts';
import type { Threads } from './team/team.ts';
import type { Mistake, Outcomes, StepCount, Verdict } from './verdict.ts';
import { widestField } from './widest.ts';
import { witness } from './witness.ts';

const BFS: Order = { name: 'bfs' };

export interface ExploreOptions extends Omit<Surroundings, 'onProgress'> {
  /** Name shown in the verdict; empty when absent. */
  readonly name?: string;
  readonly bounds?: Bounds;
  readonly modelHash?: string;
  /**
   * The same check from a second load of its module, for the second execution; the check itself
   * when absent.
   */
  readonly fresh?: Check;
  /** In which order states are visited; default breadth-first. */
  readonly order?: Order | undefined;
  /** How states are kept; default whole, and compressed where memory gets short. */
  readonly store?: StoreChoice | undefined;
  /** Where an earlier search of the same check was kept: this one goes on from there. */
  readonly from?: Snapshot | undefined;
  /** Threads for this search; it is by this one alone when absent. Breadth-first only. */
  readonly threads?: Threads | undefined;
  /** Which states may be left out because others stand for them; default none. */
  readonly reduce?: ReduceChoice | undefined;
  /**
   * Starts in the state that a schedule ends in, and says what can be violated from there, by whole schedules: no property and no check
   * holds because of it. Breadth-first, with whole states and no reductions.
   */
  readonly after?: Along | undefined;
  /** Which rules reductions keep to: for tests, that leave one out; default all. */
  readonly rules?: Rules | undefined;
  /** Ends after the level of the first violation that the check does not declare; default false. */
  readonly untilSurprise?: boolean | undefined;
  readonly onProgress?: (progress: Parameters<NonNullable<Surroundings['onProgress']>>[0]) => void;
}

/**
 * Searches every schedule of a check, breadth-first, and answers with a verdict per property and
 * the shortest schedule of each violation, replayed in the frozen engine. A mistake in the model is
 * the verdict `invalid`, not an exception.
 * @throws HeddleError `engines-disagree`: a bug of heddle. RangeError where there is no memory for what comes after the search.
 * @example const { verdict } = explore(lostUpdate); verdict.states === 13;
 */
export function explore(check: Check, options: ExploreOptions = {}): Outcomes {
  const { reduce, rules, order, store, from } = options;
  const bounds = { ...check.bounds, ...definedOf(options.bounds ?? {}) };
  const isPlain = (order ?? BFS).name === 'bfs' && store === undefined && from === undefined;
  if (options.after !== undefined) return exploreOnce(check, onlyAfter(options));
  if (isPlain && reduce !== undefined) {
    const once = { ...options, keeper: undefined };
    const alone = { ...once, threads: undefined };
    const start = options.now?.() ?? 0;
    const outcomes = exploreReducing(check, reduce, rules, bounds, {
      whole: (within) =>
        exploreOnce(check, { ...options, bounds: within }, undefined, false, start),
      part: (within, until = []) => {
        const way = until.length === 0 ? undefined : wayUntil(until);
        return exploreOnce(check, { ...once, bounds: within }, way);
      },
      reduced: (way, obtains) => exploreOnce(check, alone, way, obtains, start),
    });
    return { ...outcomes, verdict: ofReduced(outcomes.verdict) };
  }
  const outcomes = exploreOnce(check, options);
  if (keepsParents(storeOf(store))) return outcomes;
  const again = (closer: Bounds) =>
    exploreOnce(check, { ...options, store: { name: 'tree' }, bounds: closer, keeper: undefined });
  return withSchedules(outcomes, bounds, again, ({ store }, missing) =>
    store === undefined ? {} : { store: { ...store, missing } },
  );
}

/** What is left of options where a search starts after a schedule. */
function onlyAfter(options: ExploreOptions): ExploreOptions {
  return {
    ...options,
    order: undefined,
    store: undefined,
    from: undefined,
    keeper: undefined,
    reduce: undefined,
  };
}

/** Breadth-first, as far as it takes to violate some rows. */
function wayUntil(ids: readonly string[]): Way {
  return {
    ...wayOf(BFS),
    visit: (search) =>
      search.visitLevels(() => {
        const { rows } = search.board;
        return ids.every((id) => rows.some((row) => row.id === id && row.depth !== -1));
      }),
  };
}

/** Starts again where it must, with the time that was spent before, that of a search it went on from included. */
function exploreOnce(
  check: Check,
  options: ExploreOptions,
  way = wayOf(options.order),
  obtains = options.from?.obtains ?? false,
  start = options.now?.() ?? 0,
): Outcomes {
  const again = (changed: Partial<ExploreOptions>, watches: boolean): Outcomes => {
    const once = { ...options, ...changed };
    const spentMs = (once.from === undefined ? options.from?.spentMs : 0) ?? 0;
    try {
      return exploreLaidOut(check, once, watches, way, start - spentMs);
    } catch (thrown) {
      if (thrown instanceof NeedsObtained) return again({ ...changed, from: undefined }, true);
      if (thrown instanceof ThreadLost) return again({ ...changed, threads: undefined }, watches);
      throw thrown;
    }
  };
  return again({}, obtains);
}

/**
 * `start` is a reading of the clock when it began.
 * @throws NeedsObtained where the model looks something up under RCU and `obtains` is false.
 */
function exploreLaidOut(
  check: Check,
  options: ExploreOptions,
  obtains: boolean,
  way: Way,
  start: number,
): Outcomes {
  const { from } = options;
  const compresses = options.store === undefined;
  const wasCompressed = from?.compressedFrom !== undefined;
  const store = compresses && wasCompressed ? TREE : storeOf(options.store);
  const isWhole = keepsAll(store);
  if (!isWhole && !way.canResume)
    throw new HeddleError('bad-check', `store ${store.name}: for breadth-first only`);
  if (from !== undefined && !isWhole)
    throw new HeddleError('other-checkpoint', `store ${store.name} keeps no whole states`);
  if (from !== undefined && !way.canResume)
    throw new HeddleError('other-checkpoint', 'a search goes on breadth-first only');
  const keeper = way.canResume && isWhole ? options.keeper : undefined;
  const bounds = { ...check.bounds, ...definedOf(options.bounds ?? {}) };
  const limits = new Limits(bounds, { ...options, keeper }, start);
  const modes = modesOf(check);
  let search: Search | undefined;
  let complete = false;
  let unread: readonly string[] = [];
  const found: Shortest[] = [];
  let compiled: CompiledMachine;
  try {
    compiled = compileMachine(check.model, obtains);
    search = new Search(
      check,
      compiled,
      modes,
      limits,
      isWhole ? options.threads : undefined,
      store,
      compresses,
    );
    const { visited } = search;
    if (options.after !== undefined) search.roots = [rootOf(check, options.after)];
    way.prepare?.(search);
    limits.widest = () => widestField(visited, compiled.layout);
    if (options.untilSurprise === true) limits.isEnough = surpriseIn(search.board, check);
    complete = withinMemory(search, way, limits, from);
    refuseEnd(search);
    const decidesMore = complete && keeper !== undefined && search.board.possibleRows.length > 0;
    const whole = decidesMore ? search.snapshot(search.visited.count) : undefined;
    if (complete && !isWhole) complete = undecidedBy(search, store, limits);
    else if (complete) search.decideGranularity();
    search.decideLocks();
    // Whoever looks for surprises has searched the check as it is, and that was executed twice.
    if (options.untilSurprise !== true) unread = recheck(search, options.fresh ?? check, modes);
    if (complete && isWhole && asksPossibly(search)) found.push(...decidePossible(search, limits));
    if (whole !== undefined && limits.stopped !== undefined && limits.isDue) limits.keep(whole);
  } catch (thrown) {
    const isForOthers = [NeedsObtained, ThreadLost, Retracted, PaysNot, Asymmetric].some(
      (one) => thrown instanceof one,
    );
    if (isForOthers || isOutOfMemory(thrown)) throw thrown;
    const mistake = asMistake(thrown);
    return { verdict: invalid(check, options, search, mistake), traces: [] };
  }
  if (isWhole) found.push(...way.schedules(search, complete));
  else if (keepsParents(store))
    found.push(...retraced(search, new Search(check, compiled, modes, limits)));
  const whole = found.map((one) => fromStart(one, search));
  whole.sort((one, other) => one.row.index - other.row.index);
  const naming = { check: options.name ?? '', modelHash: options.modelHash ?? '' };
  const traces = whole.map((one) => {
    const origin = isWhole ? originOf(way.told(), one) : retracedOrigin(store);
    const trace = witness(check, one, naming, compiled);
    return origin === undefined ? trace : { ...trace, origin };
  });
  return {
    verdict: {
      ...judge(check, options, search, complete, whole, traces, limits, way),
      // Before the end nobody knows what is never read.
      ...(complete && options.after === undefined && unread.length > 0
        ? { unreadLocals: unread }
        : {}),
    },
    traces,
  };
}

/** Whether a row is violated of which the check declares that it is not. */
function surpriseIn({ rows }: Board, { expected = {} }: Check): () => boolean {
  return () =>
    rows.some(({ id, depth }) => depth !== -1 && expectedVerdict(expected[id]) !== 'violated');
}

/** Searches; where the memory for one more state is not there, what was found before stands. */
function withinMemory(
  search: Search,
  way: Way,
  limits: Limits,
  from: Snapshot | undefined,
): boolean {
  try {
    return search.run((one) => way.visit(one, limits), from);
  } catch (thrown) {
    if (!isOutOfMemory(thrown)) throw thrown;
    return !limits.stopFull();
  }
}

function definedOf(bounds: Bounds): Bounds {
  return Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== undefined));
}

function judge(
  check: Check,
  options: ExploreOptions,
  search: Search,
  complete: boolean,
  found: readonly Shortest[],
  traces: readonly Trace[],
  limits: Limits,
  way: Way,
): Verdict {
  const widest = widestField(search.visited, search.engine.compiled.layout);
  // A bound may also have ended what comes after the search.
  const whole = complete && limits.stopped === undefined;
  const after = afterOf(search);
  const properties = search.board.rows.map((row) =>
    judgeRow(check, search, row, complete && after === undefined, found, traces),
  );
  const order = way.told();
  const told = toldOf(search);
  return {
    ...counts(search),
    ...(order === undefined ? {} : { order, depth: 0, levels: [] }),
    ...(told === undefined ? {} : { store: told }),
    ...named(check, options),
    ...(after === undefined ? {} : { after }),
    verdict: outcomeOf(properties, whole && after === undefined),
    ok: properties.every(({ ok }) => ok),
    complete: whole,
    ...(limits.stopped === undefined ? {} : { stopped: limits.stopped }),
    seconds: limits.elapsedMs / 1000,
    properties,
    scope: scopeOf(check, search.engine.compiled, search, told),
    ...(widest === undefined ? {} : { widestField: widest }),
  };
}

function named(
  check: Check,
  options: ExploreOptions,
): Pick<Verdict, 'schemaVersion' | 'check' | 'expected' | 'claim' | 'source'> {
  const expectsViolation = Object.values(check.expected ?? {}).some(
    (one) => expectedVerdict(one) === 'violated' && knownOf(one) === undefined,
  );
  return {
    schemaVersion: 1,
    check: options.name ?? '',
    expected: expectsViolation ? 'violated' : 'holds',
    ...(check.claim === undefined ? {} : { claim: check.claim }),
    ...(check.source === undefined ? {} : { source: check.source }),
  };
}

function counts(
  search: Search,
): Pick<
  Verdict,
  | 'states'
  | 'generated'
  | 'depth'
  | 'dead'
  | 'levels'
  | 'bytesPerState'
  | 'steps'
  | 'notTaken'
  | 'allocationsRefused'
> {
  const { visited, levelStarts } = search;
  const starts = [...levelStarts];
  if (starts.at(-1) !== visited.count) starts.push(visited.count);
  const levels = starts.slice(1).map((end, at) => end - (starts[at] as number));
  return {
    states: visited.count,
    generated: search.generated,
    depth: levels.length,
    dead: search.dead,
    levels,
    bytesPerState: visited.bytesPerState,
    ...stepCounts(search),
    allocationsRefused: search.engine.heap.refused,
  };
}

/** How often each step was taken, over all CPUs and calls that contain it; and those never even refused. */
function stepCounts(search: Search): { steps: StepCount[]; notTaken: string[] } {
  const { cpus, stepBase } = search.engine.compiled;
  const taken = new Map<string, number>();
  const refused = new Set<string>();
  for (const { slots } of cpus) {
    for (const { program, id } of slots.flatMap((slot) => slot?.loaded ?? [])) {
      for (let point = 1; point < program.points.length; point += 1) {
        if (program.instructions[program.points[point] as number]?.op !== 'step') continue;
        const name = pointName(program, point);
        const index = (stepBase[id] as number) + point;
        taken.set(name, (taken.get(name) ?? 0) + (search.stepCounts[index] as number));
        if (search.stepRefused[index] === 1) refused.add(name);
      }
    }
  }
  const steps = [...taken].map(([step, count]) => ({ step, taken: count }));
  const never = steps.filter((one) => one.taken === 0 && !refused.has(one.step));
  return { steps, notTaken: never.map(({ step }) => step) };
}

function invalid(
  check: Check,
  options: ExploreOptions,
  search: Search | undefined,
  mistake: HeddleError,
): Verdict {
  const schedule = search === undefined ? undefined : scheduleTo(search);
  const error: Mistake = {
    code: mistake.code,
    fact: mistake.message,
    reason: mistake.reason,
    next: mistake.next,
    ...(mistake.place === undefined ? {} : { stack: mistake.place }),
    ...(schedule === undefined ? {} : { schedule }),
  };
  // Where it ends among the states of a level differs by the number of threads.
  const none = {
    states: 0,
    generated: 0,
    depth: 0,
    dead: 0,
    levels: [],
    bytesPerState: 0,
    steps: [],
    notTaken: [],
    allocationsRefused: 0,
  };
  return {
    ...none,
    ...named(check, options),
    verdict: 'invalid',
    ok: false,
    complete: false,
    seconds: 0,
    properties: [],
    scope: [],
    error,
  };
}

/** A schedule to the state whose expansion went wrong, along first discoveries; the wrong step comes next. */
function scheduleTo(search: Search): string | undefined {
  if (!search.visited.keepsAll) return undefined;
  const moves: Move[] = [];
  for (let state = search.current; state > 0; ) {
    const parent = search.visited.parent(state);
    if (parent < 0) break;
    const move = firstMove(search, parent, state);
    if (move === undefined) return undefined;
    moves.push(move);
    state = parent;
  }
  return formatSchedule(moves.reverse());
}

function firstMove(search: Search, from: number, to: number): Move | undefined {
  let found: Move | undefined;
  try {
    movesBetween(search, from, to, (move) => {
      found ??= move;
    });
  } catch {
    // A model that throws once may throw anywhere: then there is no schedule to show.
  }
  return found;
}
