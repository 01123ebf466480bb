/**
 * The properties of a check as the search meets them: which are evaluated where, which finding
 * counts for which.
 */
import { type Check, propertyId } from '../design/check.ts';
import { HeddleError } from '../design/errors.ts';
import { FACILITIES, type Facility, Fault, type Finding } from '../design/processor.ts';
import type { Property } from '../design/property.ts';
import type { Engine } from '../machine/engine.ts';
import type { StepInstruction } from '../machine/instructions.ts';
import type { CompiledMachine } from '../machine/machine.ts';
import { isAtRest } from '../machine/moves.ts';
import { stepsCalled } from './allowed.ts';
import type { Occurrence } from './lockdep.ts';

export interface Row {
  /** Its place among the rows. */
  index: number;
  readonly id: string;
  readonly name: string;
  readonly kind: 'property' | 'facility' | 'goal';
  readonly property: Property<unknown> | undefined;
  evaluated: number;
  /** States that met a goal. */
  met: number;
  /** Steps of the shortest schedule that violates it, or -1. */
  depth: number;
  finding: Finding | undefined;
  /** The state whose expansion showed the finding. */
  foundIn: number;
  /** When a row that the check does not declare was first met. */
  since: Moment | undefined;
  /** A bound ended what decides it after the search. */
  undecided: boolean;
  /** For what is decided at the end of a search: where each half of it was seen. */
  halves: readonly Occurrence[];
}

/** A state being expanded, and how many moments were counted before. */
interface Moment {
  readonly state: number;
  readonly count: number;
}

/** What a board knows, as plain data. */
export interface BoardNotes {
  /** Those that the check declares come first, in its order. */
  readonly rows: readonly RowNotes[];
  readonly masked?: Mask;
}

interface RowNotes {
  readonly id: string;
  readonly kind: Row['kind'];
  readonly evaluated: number;
  readonly met: number;
  readonly depth: number;
  readonly foundIn: number;
  readonly finding?: Finding;
  readonly since?: Moment;
}

/** The first fatal violation: what any property not violated may be masked by. */
interface Mask {
  readonly by: string;
  readonly state: number;
}

/** What a property says of a state. */
export type Answer = typeof NOT_ASKED | typeof YES | typeof NO;
export const NOT_ASKED = 0;
export const YES = 1;
export const NO = 2;

/** What one instance of a `possibly` says of a state, as bits. */
export const ASKED = 1;
export const REACHED = 2;

/** Told of each violation: the row and what was found. */
export type Violated = (row: Row, finding: Finding) => void;

export class Board {
  readonly rows: Row[] = [];
  private readonly byId = new Map<string, Row>();
  readonly stateRows: readonly Row[];
  private readonly afterRows: Row[];
  private readonly facilityRows: Row[];
  /** Rows that are decided after the search. */
  readonly possibleRows: readonly Row[];
  private readonly engine: Engine;
  readonly watchesLeaks: boolean;
  private masked: Mask | undefined;
  private moments = 0;
  private readonly current: () => number;

  /** `current` is asked for the state being expanded. */
  constructor(check: Check, engine: Engine, current: () => number = () => -1) {
    this.engine = engine;
    this.current = current;
    for (const [name, property] of Object.entries(check.properties ?? {})) {
      this.add(
        propertyId(name),
        name,
        property.kind === 'reachable' ? 'goal' : 'property',
        property as never,
      );
    }
    for (const facility of FACILITIES) {
      if (engine.modes[facility] !== 'off') this.add(facility, facility, 'facility', undefined);
    }
    for (const id of Object.keys(check.expected ?? {})) {
      if (!this.byId.has(id)) {
        throw new HeddleError(
          'bad-check',
          `expected names '${id}', which is no property of this check`,
          check.place,
        );
      }
    }
    const ofKind = (...kinds: string[]): Row[] =>
      this.rows.filter(({ property }) => property !== undefined && kinds.includes(property.kind));
    this.stateRows = ofKind('always', 'whenever', 'at_rest', 'reachable');
    this.afterRows = ofKind('after');
    this.facilityRows = ofKind('facility');
    this.possibleRows = ofKind('possibly');
    for (const { name, property } of [...this.afterRows, ...this.possibleRows])
      refuseUnknownSteps(engine.compiled, check, name, property as Property<unknown>);
    this.watchesLeaks = engine.modes.leak !== 'off' && engine.compiled.layout.objects.length > 0;
  }

  private add(
    id: string,
    name: string,
    kind: Row['kind'],
    property: Property<unknown> | undefined,
  ): Row {
    const row: Row = {
      index: this.rows.length,
      id,
      name,
      kind,
      property,
      evaluated: 0,
      met: 0,
      depth: -1,
      finding: undefined,
      foundIn: -1,
      since: undefined,
      undecided: false,
      halves: [],
    };
    this.rows.push(row);
    this.byId.set(id, row);
    return row;
  }

  /**
   * The rows a finding counts for: the properties it matches, else its own facility. A claim nobody
   * declared gets a row.
   */
  rowsOf(finding: Finding): readonly Row[] {
    if (finding.facility === 'claim') {
      return [this.undeclared(finding.kind, 'property')];
    }
    const matching = this.facilityRows.filter(({ property }) =>
      matches(property as never, finding),
    );
    if (matching.length > 0) return matching;
    // A facility that is off has no row, but what ends a path (an oops) must be seen all the same.
    const { facility } = finding;
    return [this.undeclared(facility, 'facility')];
  }

  /** The row of what the check may not declare; where it was first met decides on its place. */
  private undeclared(id: string, kind: Row['kind']): Row {
    const known = this.byId.get(id);
    const state = this.current();
    if (known !== undefined && (known.since === undefined || known.since.state <= state))
      return known;
    const row = known ?? this.add(id, id, kind, undefined);
    row.since = { state, count: this.moments };
    this.moments += 1;
    this.sort();
    return row;
  }

  /** Declared rows in their order, the others as they were met. */
  private sort(): void {
    this.rows.sort(({ since: one, index: at }, { since: other, index }) => {
      if (one === undefined || other === undefined)
        return one === other ? at - index : one === undefined ? -1 : 1;
      return one.state - other.state || one.count - other.count;
    });
    for (const [index, row] of this.rows.entries()) row.index = index;
  }

  /** Notes a violation after so many steps, unless one after fewer is known, or one that was met before. */
  found(row: Row, finding: Finding, steps: number): void {
    this.foundIn(row, finding, steps, this.current());
  }

  private foundIn(row: Row, finding: Finding, steps: number, state: number): void {
    if (row.depth !== -1 && (row.depth - steps || row.foundIn - state) <= 0) return;
    row.depth = steps;
    row.finding = finding;
    row.foundIn = state;
  }

  /** Notes a violation that ends its path. */
  mask(finding: Finding): void {
    const by = this.rowsOf(finding)[0]?.id;
    if (by !== undefined) this.maskIn({ by, state: this.current() });
  }

  private maskIn(mask: Mask): void {
    if (this.masked === undefined || mask.state < this.masked.state) this.masked = mask;
  }

  /** The first violation that ended a path. */
  get maskedBy(): string | undefined {
    return this.masked?.by;
  }

  /** What the search has told so far; what is decided after it is not among that. */
  notes(): BoardNotes {
    const rows = this.rows.map(
      ({ id, kind, evaluated, met, depth, foundIn, finding, since }): RowNotes => ({
        ...{ id, kind, evaluated, met, depth, foundIn },
        ...(finding === undefined ? {} : { finding }),
        ...(since === undefined ? {} : { since }),
      }),
    );
    return { rows, ...(this.masked === undefined ? {} : { masked: this.masked }) };
  }

  /** Adds what another board was told. */
  absorb({ rows, masked }: BoardNotes): void {
    for (const [index, one] of rows.entries()) {
      const row = one.since === undefined ? (this.rows[index] as Row) : this.met(one, one.since);
      row.evaluated += one.evaluated;
      row.met += one.met;
      if (one.finding !== undefined) this.foundIn(row, one.finding, one.depth, one.foundIn);
    }
    this.sort();
    if (masked !== undefined) this.maskIn(masked);
  }

  private met({ id, kind }: RowNotes, since: Moment): Row {
    const row = this.byId.get(id) ?? this.add(id, id, kind, undefined);
    if (row.since === undefined || since.state < row.since.state) row.since = since;
    return row;
  }

  /** Counts from zero from here on. */
  clearCounts(): void {
    for (const row of this.rows) {
      row.evaluated = 0;
      row.met = 0;
    }
  }

  /** Whether what a facility reports may count for a row. */
  mayCount(row: Row, facility: Facility): boolean {
    if (row.property?.kind === 'facility') return row.property.facilities.includes(facility);
    return row.id === facility;
  }

  /** Whether states alone violate a row, and no move does. */
  isOfStates(row: Row): boolean {
    return this.stateRows.includes(row) || row.id === 'deadlock' || row.id === 'leak';
  }

  /** The row of each claim that a step has evaluated. */
  rowsOfClaims(ids: readonly string[]): readonly Row[] {
    return ids.map((id) => this.undeclared(id, 'property'));
  }

  /** The properties that are asked of the state a step leads to. */
  rowsAfter(step: Pick<StepInstruction, 'stack' | 'label'> | undefined): readonly Row[] {
    if (step === undefined || this.afterRows.length === 0) return [];
    const full = `${step.stack.at(-1)}: ${step.label}`;
    return this.afterRows.filter(({ property }) => {
      const { label } = property as Extract<Property<unknown>, { kind: 'after' }>;
      return label === step.label || label === full;
    });
  }

  /**
   * Evaluates every property of states on the one in memory. `count` is false where a state is
   * looked at a second time.
   */
  state(violated: Violated, count = true): void {
    for (const row of this.stateRows) this.credit(row, this.answer(row), violated, count);
    const objects = this.watchesLeaks ? this.leaked() : undefined;
    if (objects !== undefined) this.creditLeaks(objects, violated, count);
  }

  /** Evaluates properties on the state in memory, which a step has led to. */
  after(rows: readonly Row[], violated: Violated, count = true): void {
    for (const row of rows) this.credit(row, this.answer(row), violated, count);
  }

  /** What a property says of the state in memory. */
  answer(row: Row): Answer {
    const property = row.property as Extract<Property<unknown>, { predicate: unknown }>;
    if (property.kind === 'at_rest' && !isAtRest(this.engine)) return NOT_ASKED;
    if (property.kind === 'whenever' && !this.ask(row, property.condition)) return NOT_ASKED;
    return this.ask(row, property.predicate) ? YES : NO;
  }

  /** Counts an answer, and tells of it where it violates. */
  credit(row: Row, answer: Answer, violated: Violated, count = true): void {
    if (answer === NOT_ASKED) return;
    if (count) row.evaluated += 1;
    if (row.property?.kind === 'reachable') {
      if (answer === YES && count) row.met += 1;
    } else if (answer === NO) violated(row, falseHere(row));
  }

  /** The objects leaked in the state in memory; undefined where it is not at rest. */
  leaked(): readonly string[] | undefined {
    return isAtRest(this.engine) ? this.engine.heap.leaked() : undefined;
  }

  get leakRow(): Row {
    return this.byId.get('leak') as Row;
  }

  creditLeaks(objects: readonly string[], violated: Violated, count = true): void {
    if (count) this.leakRow.evaluated += 1;
    for (const object of objects) {
      const finding: Finding = {
        facility: 'leak',
        kind: 'leak',
        object,
        message: `${object} is live at rest, and nothing leads to it any more`,
      };
      for (const one of this.rowsOf(finding)) violated(one, finding);
    }
  }

  /** Whether instance `k` of a `possibly` is asked (`from`), or has been reached (`to`), in the state in memory. */
  isPossible(row: Row, side: 'from' | 'to', k: number): boolean {
    const property = row.property as Extract<Property<unknown>, { kind: 'possibly' }>;
    return this.ask(row, (s) => property[side](s, k));
  }

  /** What instance `k` of a `possibly` says of the state in memory: `ASKED`, `REACHED`, both or 0. */
  possible(row: Row, k: number): number {
    const asked = this.isPossible(row, 'from', k) ? ASKED : 0;
    return this.isPossible(row, 'to', k) ? asked | REACHED : asked;
  }

  /** Asks every instance of every `possibly` of the state in memory, for what asking does. */
  askPossible(): void {
    for (const row of this.possibleRows)
      for (let k = 0; k < instancesOf(row); k += 1) this.possible(row, k);
  }

  private ask(row: Row, predicate: (s: unknown) => boolean): boolean {
    try {
      let answer = false;
      this.engine.prepare(() => {
        answer = predicate(this.engine.state);
      });
      return answer;
    } catch (thrown) {
      const text = thrown instanceof Fault ? thrown.finding.message : String(thrown);
      throw new HeddleError(
        'property-threw',
        `'${row.name}' has no answer in a state: ${text}`,
        thrown instanceof Error ? thrown.stack : undefined,
      );
    }
  }
}

/** @throws HeddleError `bad-check` for a property that names a step which the model does not have. */
function refuseUnknownSteps(
  compiled: CompiledMachine,
  check: Check,
  name: string,
  property: Property<unknown>,
): void {
  const labels =
    property.kind === 'possibly' ? property.without : [(property as { label: string }).label];
  const unknown = labels.find((label) => stepsCalled(compiled, [label]).size === 0);
  if (unknown === undefined) return;
  const fact = `'${name}' names '${unknown}', which is no step of the model`;
  throw new HeddleError('bad-check', fact, check.place);
}

/** What a `possibly` row has found wrong: instance `k` is asked after `steps` steps, and nothing that can follow reaches it. */
export function nothingReaches(row: Row, k: number, steps: number): Finding {
  const { property } = row;
  const object = (property?.kind === 'possibly' && property.instances[k]) || '';
  const where = steps === 0 ? 'initial state' : `state after step ${steps}`;
  const message = `from the ${where} no continuation reaches it${object && `: ${object}`}`;
  return { facility: 'possibly', kind: row.id, object, message };
}

/** How many instances a row has. */
export function instancesOf({ property }: Row): number {
  return property?.kind === 'possibly' ? property.instances.length : 0;
}

/** The steps that no continuation of a row may take. */
export function forbiddenTo({ property }: Row): readonly string[] {
  return property?.kind === 'possibly' ? property.without : [];
}

function falseHere(row: Row): Finding {
  return {
    facility: 'property',
    kind: row.id,
    object: '',
    message: `'${row.name}' is false in this state`,
  };
}

function matches(
  property: Extract<Property<unknown>, { kind: 'facility' }>,
  finding: Finding,
): boolean {
  return (
    property.facilities.includes(finding.facility as never) &&
    (property.kinds === undefined || property.kinds.includes(finding.kind)) &&
    (property.object === undefined || property.object.test(finding.object))
  );
}
