/** One search of a check, whole or reduced, and all that must be the same of both; without schedules and second executions. */
import type { Check, Model } from 'heddle';
import { type CompiledMachine, compileMachine } from '../../src/machine/machine.ts';
import { NeedsObtained } from '../../src/machine/obtained.ts';
import { modesOf } from '../../src/replay/cursor.ts';
import { judgeRow } from '../../src/search/judgement.ts';
import { Limits } from '../../src/search/limits.ts';
import type { Way } from '../../src/search/orders/order.ts';
import type { Reduction } from '../../src/search/reduce/choice.ts';
import { Course, refusalOf } from '../../src/search/reduce/course.ts';
import type { Points } from '../../src/search/reduce/points.ts';
import { PaysNot, Retracted } from '../../src/search/reduce/reduced.ts';
import type { Rules } from '../../src/search/reduce/rules.ts';
import { asMistake, Search } from '../../src/search/search.ts';
import { PLAIN } from '../../src/search/stores/choice.ts';
import { Asymmetric } from '../../src/search/symmetry/equivariance.ts';
import type { Outcomes } from '../../src/search/verdict.ts';

export interface Searched {
  /** False where a bound ended the search: then nothing below says anything. */
  readonly complete: boolean;
  /** `id verdict`, sorted; of a check that is refused, the refusal alone. */
  readonly rows: readonly string[];
  /** Pairs of steps that race, by number; sorted. */
  readonly races: readonly number[];
  /** States without a move that leads on, packed. */
  readonly ends: readonly Uint32Array[];
  readonly states: number;
  readonly search: Search | undefined;
  /** Of a reduced search. */
  readonly course?: Course;
}

const breadthFirst: Way = {
  canResume: true,
  visit: (search) => search.visitLevels(),
  schedules: () => [],
  told: () => undefined,
};

/** Searches all states, at most `maxStates`. */
export function searchWhole(check: Check, maxStates: number, maxDepth?: number): Searched {
  try {
    return searchBy(check, maxStates, breadthFirst, false, maxDepth);
  } catch (thrown) {
    if (!(thrown instanceof NeedsObtained)) throw thrown;
    return searchBy(check, maxStates, breadthFirst, true, maxDepth);
  }
}

/** What a course keeps to itself. */
interface Learned {
  points: Points | undefined;
  obtains: boolean;
}

/** What a reduced search has learned of points. */
export function pointsOf({ course }: Searched): Points | undefined {
  return (course as unknown as Learned | undefined)?.points;
}

/** Searches those states that stand for all. */
export function searchReduced(
  check: Check,
  maxStates: number,
  reductions: readonly Reduction[],
  rules?: Rules,
  known?: Points,
  maxDepth?: number,
): Searched {
  const refused = refusalOf(check);
  if (refused !== undefined) throw new Error(refused);
  const course = new Course(reductions, rules);
  if (known !== undefined) (course as unknown as Learned).points = known;
  let searched: Searched | undefined;
  try {
    course.run((way, obtains) => {
      try {
        searched = searchBy(check, maxStates, way, obtains, maxDepth);
      } catch (thrown) {
        if (!(thrown instanceof NeedsObtained)) throw thrown;
        searched = searchBy(check, maxStates, way, true, maxDepth);
      }
      return { verdict: {}, traces: [] } as unknown as Outcomes;
    });
  } catch (thrown) {
    if (!(thrown instanceof PaysNot)) throw thrown;
    return searchWhole(check, maxStates, maxDepth);
  }
  return { ...(searched as Searched), course };
}

/** The machines of the models searched last: one that is searched again and again is compiled once. */
const machines = new WeakMap<Model, Map<boolean, CompiledMachine>>();

function compiledOf(model: Model, obtains: boolean): CompiledMachine {
  let both = machines.get(model);
  if (both === undefined) {
    both = new Map();
    machines.set(model, both);
  }
  const compiled = both.get(obtains) ?? compileMachine(model, obtains);
  both.set(obtains, compiled);
  return compiled;
}

/** @throws NeedsObtained, Retracted, Asymmetric */
export function searchBy(
  check: Check,
  maxStates: number,
  way: Way,
  obtains: boolean,
  maxDepth?: number,
): Searched {
  const limits = new Limits({ maxStates, maxDepth }, {});
  let search: Search | undefined;
  try {
    const compiled = compiledOf(check.model, obtains);
    search = new Search(check, compiled, modesOf(check), limits, undefined, PLAIN);
    way.prepare?.(search);
    const complete = search.run((one) => way.visit(one, limits));
    if (complete) search.decideGranularity();
    search.decideLocks();
    return toldOf(check, search, complete);
  } catch (thrown) {
    if ([NeedsObtained, Retracted, PaysNot, Asymmetric].some((one) => thrown instanceof one))
      throw thrown;
    const { code } = asMistake(thrown);
    return { complete: true, rows: [`invalid ${code}`], races: [], ends: [], states: 0, search };
  }
}

function toldOf(check: Check, search: Search, complete: boolean): Searched {
  const rows = search.board.rows.map((row) => {
    const { id, verdict } = judgeRow(check, search, row, complete, [], []);
    return `${id} ${verdict}`;
  });
  return {
    complete,
    rows: rows.sort(),
    races: search.kcsan
      .notes()
      .map(([race]) => race)
      .sort((one, other) => one - other),
    ends: complete ? endsOf(search) : [],
    states: search.visited.count,
    search,
  };
}

function endsOf(search: Search): Uint32Array[] {
  const { successors, visited } = search;
  successors.onRecord = undefined;
  const ends: Uint32Array[] = [];
  for (let id = 0; id < visited.count; id += 1) {
    if (successors.collect(id, false)) continue;
    const packed = new Uint32Array(visited.width);
    visited.loadPacked(id, packed);
    ends.push(packed);
  }
  return ends;
}
