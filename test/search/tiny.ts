/** Programs of a few steps, run by hand: what is said around a schedule against all there is. */
import {
  always,
  at_rest,
  type Builder,
  type Check,
  check,
  cpu,
  machine,
  model,
  type Node,
  possibly,
  range,
} from 'heddle';

type Field = 'x' | 'y';
export type Op =
  | { readonly op: 'set'; readonly field: Field; readonly value: number }
  | { readonly op: 'load'; readonly field: Field }
  | { readonly op: 'store'; readonly field: Field }
  | { readonly op: 'wait'; readonly field: Field; readonly value: number }
  | {
      readonly op: 'if';
      readonly field: Field;
      readonly value: number;
      readonly yes: number;
      readonly no: number;
    };

export interface Tiny {
  readonly cpus: readonly (readonly Op[])[];
  /** Which CPUs do the same again for ever. */
  readonly again: readonly boolean[];
  /** What must not be: now, or once all have ended. */
  readonly bad: {
    readonly when: 'always' | 'at_rest';
    readonly x: number;
    readonly y: number | undefined;
  };
}

const VALUES = 3;
const m = machine({ x: range(VALUES), y: range(VALUES) });

export function checkOf(tiny: Tiny): Check {
  const { bad } = tiny;
  // biome-ignore lint/suspicious/noExplicitAny: the state of one machine.
  const isFine = (s: any): boolean => !(s.x === bad.x && (bad.y === undefined || s.y === bad.y));
  return check(modelOf(tiny), {
    properties: { 'B: it is not so': bad.when === 'always' ? always(isFine) : at_rest(isFine) },
  });
}

/** That from every state where x is `from`, some continuation reaches one where y is `to`. */
export function possiblyOf(tiny: Tiny, from: number, to: number): Check {
  // biome-ignore lint/suspicious/noExplicitAny: the state of one machine.
  const reaches = possibly<any>({ from: (s) => s.x === from, to: (s) => s.y === to });
  return check(modelOf(tiny), { properties: { 'P: it is reached': reaches } });
}

function modelOf({ cpus, again }: Tiny) {
  const tasks = cpus.map((ops, index) =>
    cpu({
      task: m.fn(`task${index}`, { locals: { t: range(VALUES) } }, (b) => {
        const body = ops.map((op, at) => nodesOf(b as never, op, `${at}`));
        return again[index] === true ? [b.loop(body)] : body;
      }),
    }),
  );
  return model({ machine: m, cpus: tasks });
}

// biome-ignore lint/suspicious/noExplicitAny: of one machine.
function nodesOf(b: Builder<any, any>, op: Op, at: string): Node {
  const { field } = op;
  switch (op.op) {
    case 'set':
      return b.step(`${at}: ${field} = ${op.value}`, (s) => {
        s[field] = op.value;
      });
    case 'load':
      return b.step(`${at}: t = ${field}`, (s, l) => {
        l.t = s[field];
      });
    case 'store':
      return b.step(`${at}: ${field} = t + 1`, (s, l) => {
        s[field] = (l.t + 1) % VALUES;
      });
    case 'wait':
      return b.until(`${at}: ${field} == ${op.value}`, (s) => s[field] === op.value);
    case 'if': {
      const set = (value: number, arm: string) =>
        b.step(`${at}${arm}: ${field} = ${value}`, (s) => {
          s[field] = value;
        });
      return b.test(
        `${at}: if ${field} == ${op.value}`,
        (s) => s[field] === op.value,
        [set(op.yes, 'a')],
        [set(op.no, 'b')],
      );
    }
  }
}

/** A state: the fields, and for each CPU its place, its arm of an `if`, and its local. */
export interface State {
  readonly x: number;
  readonly y: number;
  readonly cpus: readonly { readonly at: number; readonly arm: 0 | 1 | 2; readonly t: number }[];
}

export function start({ cpus }: Tiny): State {
  return { x: 0, y: 0, cpus: cpus.map(() => ({ at: 0, arm: 0 as const, t: 0 })) };
}

/** The next step of a CPU by its name, and the state it leads to; undefined where it waits or has ended. */
export function next(
  tiny: Tiny,
  state: State,
  cpu: number,
): { name: string; to: State } | undefined {
  const ops = tiny.cpus[cpu] as readonly Op[];
  const { at, arm, t } = state.cpus[cpu] as State['cpus'][0];
  const op = ops[at];
  if (op === undefined) return undefined;
  const goOn = (name: string, changed: Partial<State>, place: Partial<State['cpus'][0]> = {}) => {
    let where = { at: at + 1, arm: 0 as 0 | 1 | 2, t, ...place };
    if (where.at === ops.length)
      where = {
        ...where,
        at: tiny.again[cpu] === true ? 0 : where.at,
        t: tiny.again[cpu] === true ? where.t : 0,
      };
    const cpus = state.cpus.map((one, index) => (index === cpu ? where : one));
    return { name, to: { ...state, ...changed, cpus } };
  };
  const value = state[op.field];
  switch (op.op) {
    case 'set':
      return goOn(`${at}: ${op.field} = ${op.value}`, { [op.field]: op.value });
    case 'load':
      return goOn(`${at}: t = ${op.field}`, {}, { t: value });
    case 'store':
      return goOn(`${at}: ${op.field} = t + 1`, { [op.field]: (t + 1) % VALUES });
    case 'wait':
      return value === op.value ? goOn(`${at}: ${op.field} == ${op.value}`, {}) : undefined;
    case 'if': {
      if (arm === 0)
        return goOn(
          `${at}: if ${op.field} == ${op.value}`,
          {},
          { at, arm: value === op.value ? 1 : 2 },
        );
      const set = arm === 1 ? op.yes : op.no;
      return goOn(`${at}${arm === 1 ? 'a' : 'b'}: ${op.field} = ${set}`, { [op.field]: set });
    }
  }
}

export function ended(tiny: Tiny, state: State): boolean {
  return state.cpus.every(({ at }, cpu) => at === (tiny.cpus[cpu] as readonly Op[]).length);
}

/** Whether a state violates `B`, or is a deadlock. */
export function violates(tiny: Tiny, state: State, property: string): boolean {
  if (property === 'deadlock') {
    const moves = tiny.cpus
      .map((_, cpu) => next(tiny, state, cpu))
      .filter((one) => one !== undefined);
    return !ended(tiny, state) && moves.every(({ to }) => key(to) === key(state));
  }
  const { when, x, y } = tiny.bad;
  const isSo = state.x === x && (y === undefined || state.y === y);
  return isSo && (when === 'always' || ended(tiny, state));
}

export function key(state: State): string {
  return JSON.stringify(state);
}

/**
 * Every state from which something goes well: it never violates and ends, or goes on for ever with every CPU moving that always could.
 * By fixed points (Emerson and Lei 1986) over the whole graph.
 */
export function fineStates(tiny: Tiny, property: string): ReadonlySet<string> {
  const states = new Map<string, State>([[key(start(tiny)), start(tiny)]]);
  const edges = new Map<string, { cpu: number; to: string }[]>();
  for (const [name, state] of states) {
    const found: { cpu: number; to: string }[] = [];
    tiny.cpus.forEach((_, cpu) => {
      const move = next(tiny, state, cpu);
      if (move === undefined) return;
      const to = key(move.to);
      states.set(to, move.to);
      found.push({ cpu, to });
    });
    edges.set(name, found);
  }
  const isBad = (name: string): boolean => violates(tiny, states.get(name) as State, property);
  const good = new Set([...states.keys()].filter((name) => !isBad(name)));
  const moving = (name: string) => (edges.get(name) ?? []).filter(({ to }) => to !== name);
  const reaching = (within: ReadonlySet<string>, goals: ReadonlySet<string>): Set<string> => {
    const found = new Set(goals);
    for (let size = -1; size !== found.size; ) {
      size = found.size;
      for (const name of within) if (moving(name).some(({ to }) => found.has(to))) found.add(name);
    }
    return found;
  };
  let forever = new Set(good);
  for (let size = -1; size !== forever.size; ) {
    size = forever.size;
    tiny.cpus.forEach((_, cpu) => {
      const inside = (name: string) => moving(name).filter(({ to }) => forever.has(to));
      const served = [...forever].filter(
        (name) =>
          inside(name).some((one) => one.cpu === cpu) ||
          !moving(name).some((one) => one.cpu === cpu),
      );
      const able = reaching(forever, new Set(served));
      forever = new Set([...forever].filter((name) => able.has(name) && inside(name).length > 0));
    });
  }
  const ends = [...good].filter((name) => ended(tiny, states.get(name) as State));
  return reaching(good, new Set([...ends, ...forever]));
}

/** Orders of the steps of a schedule, by CPU; as far as each can be taken, and whether it violates on the way. */
export function ordersOf(
  tiny: Tiny,
  schedule: readonly number[],
  property: string,
): { cpus: readonly number[]; taken: number; violates: boolean }[] {
  let state = start(tiny);
  const names = tiny.cpus.map((): string[] => []);
  for (const cpu of schedule) {
    const move = next(tiny, state, cpu) as { name: string; to: State };
    (names[cpu] as string[]).push(move.name);
    state = move.to;
  }
  const orders: number[][] = [];
  const put = (order: number[], left: readonly number[]): void => {
    if (order.length === schedule.length) orders.push(order);
    left.forEach((count, cpu) => {
      if (count > 0)
        put(
          [...order, cpu],
          left.map((one, at) => (at === cpu ? one - 1 : one)),
        );
    });
  };
  put(
    [],
    names.map(({ length }) => length),
  );
  return orders.map((cpus) => {
    let at = start(tiny);
    const done = names.map(() => 0);
    for (const [taken, cpu] of cpus.entries()) {
      if (violates(tiny, at, property)) return { cpus, taken, violates: true };
      const move = next(tiny, at, cpu);
      if (move === undefined || move.name !== names[cpu]?.[done[cpu] as number])
        return { cpus, taken, violates: false };
      done[cpu] = (done[cpu] as number) + 1;
      at = move.to;
    }
    return { cpus, taken: cpus.length, violates: violates(tiny, at, property) };
  });
}

/** Every state that can follow one, itself included. */
export function followers(tiny: Tiny, state: State): State[] {
  const found = new Map([[key(state), state]]);
  for (const one of found.values()) {
    tiny.cpus.forEach((_, cpu) => {
      const move = next(tiny, one, cpu);
      if (move !== undefined && !found.has(key(move.to))) found.set(key(move.to), move.to);
    });
  }
  return [...found.values()];
}
