/** A state of the oracle: plain data, whose JSON text is its identity. */
import type { LockName, MaskForm, Program, Node as ProgramNode, Variables } from './program.ts';
import { NONE } from './program.ts';

export type ContextName = 'task' | 'softirq' | 'hardirq';
export const contextNames: readonly ContextName[] = ['task', 'softirq', 'hardirq'];

/** NULL, LIST_POISON1, LIST_POISON2, `fn:name`, or `&place` of the first word of a struct. */
export type Word = string;

/** What a context does next: the innermost entry is the last one. */
export type Frame =
  | {
      readonly function: string;
      readonly caller: number;
      locals: Record<string, number>;
      /** What a balanced function was called with. */
      readonly held?: string;
    }
  | { readonly scope: number; locals: Record<string, number> }
  | { readonly loop: number }
  | { readonly list: number; at: number };

export interface Thing {
  /** null: never stored. */
  value: number | null;
  /** List node, then rcu_head, or one over the other; null: never stored. */
  words: (Word | null)[];
}

export interface Queued {
  /** The CPU whose list the head is on. */
  readonly cpu: number;
  /** Readers, as `cpu.context`, that were inside when it was queued and still are. */
  waiting: string[];
}

export interface CpuState {
  /** Empty: has ended, or does not run. */
  task: Frame[];
  softirq: Frame[];
  hardirq: Frame[];
  /** How deep what is nested: `bh`, `irq`, `rcu.task`. Sorted, and without what is 0, so that equal states are equal texts. */
  masks: Readonly<Record<string, number>>;
  /**
   * What is waited for, sorted: by `readers.task` in synchronize_rcu (`cpu.context`), by `callbacks.task` in rcu_barrier, by
   * `ipi.task` in ipi_sync (CPUs).
   */
  waits: Readonly<Record<string, readonly string[]>>;
}

export interface State {
  shared: Record<string, number>;
  perCpu: Record<string, number[]>;
  ghosts: Record<string, number>;
  locks: (string | null)[];
  lists: Word[][];
  objects: (Thing | null)[];
  queued: (Queued | null)[];
  /** In order of call_rcu, a list for each CPU: `rcu.order` is `fifo`. */
  callbackLists: CallbackList[];
  works: Work[];
  cpus: CpuState[];
}

/** A list threaded through the heads: the address of the first, and of the last while there is one. */
export interface CallbackList {
  first: Word;
  last: Word;
}

export interface Work {
  func: Word;
  queued: boolean;
}

type Simple<N> = N extends { do: 'lock' | 'unlock' | 'synchronize_rcu' | 'client' } ? never : N;

/** A node of the program, or one of the steps that its larger words are made of. */
export type Node =
  | Simple<ProgramNode>
  | { readonly do: 'take' | 'release'; readonly lock: LockName }
  | { readonly do: 'wait begins' | 'wait over'; readonly what: Wait };

/** What synchronize_rcu, rcu_barrier and ipi_sync wait for. */
export type Wait = 'readers' | 'callbacks' | 'ipi';

/** A program with its node lists numbered, so that a place in it is a number. */
export interface Code {
  readonly program: Program;
  readonly lists: readonly (readonly Node[])[];
  readonly bodies: Readonly<Record<string, number>>;
  /** Numbers of the lists below a node. */
  readonly below: ReadonlyMap<Node, readonly number[]>;
  readonly calls: readonly (Node & { do: 'call' })[];
  /** The alternative `stop` of each client. */
  readonly clientStops: ReadonlySet<Node>;
  /** The locals of a scope, by the number of its body. */
  readonly scopes: ReadonlyMap<number, Variables>;
  /** Per CPU: what runs there. The offloaded callback thread comes last, where there is one. */
  readonly cpus: readonly {
    readonly task?: string;
    readonly softirq?: string;
    readonly hardirq?: string;
  }[];
  /** Index of the offloaded callback thread, and of the thread that runs works; -1 where there is none. */
  readonly rcuo: number;
  readonly kworker: number;
}

export function compile(program: Program): Code {
  const lists: Node[][] = [];
  const below = new Map<Node, readonly number[]>();
  const calls: (Node & { do: 'call' })[] = [];
  const scopes = new Map<number, Variables>();
  const clientStops = new Set<Node>();
  const number = (source: readonly ProgramNode[]): number => {
    const index = lists.push([]) - 1;
    lists[index] = source.flatMap((node) => steps(node, number, below));
    for (const node of lists[index]) {
      if (node.do === 'call') calls.push(node);
      if (node.do === 'scope') scopes.set(below.get(node)![0], node.locals);
    }
    return index;
  };
  const bodies = Object.fromEntries(
    Object.entries(program.functions).map(([name, one]) => [name, number(one.body)]),
  );
  const declared = program.cpus.flatMap(({ count, ...one }) =>
    Array.from({ length: count }, () => one),
  );
  const offloads =
    program.rcu.callbacks !== 'softirq' && program.objects > 0 && hasCallbacks(program);
  const works = program.works > 0 && hasCallbacks(program);
  const cpus = [...declared, ...(offloads ? [{}] : []), ...(works ? [{}] : [])];
  const rcuo = offloads ? declared.length : -1;
  const kworker = works ? cpus.length - 1 : -1;
  for (const [choose, alternatives] of below) {
    if (choose.do !== 'choose' || choose.between !== true) continue;
    clientStops.add(lists[alternatives.at(-1) as number][0]);
  }
  return { program, lists, bodies, below, calls, clientStops, scopes, cpus, rcuo, kworker };
}

/** The simple nodes that a node is made of; numbers the lists below it. */
function steps(
  source: ProgramNode,
  number: (list: readonly ProgramNode[]) => number,
  below: Map<Node, readonly number[]>,
): Node[] {
  // A copy, so that no two places of the tree are the same object.
  const remember = (node: Node, lists: readonly (readonly ProgramNode[])[]): Node[] => {
    const copy = { ...node };
    below.set(copy, lists.map(number));
    return [copy];
  };
  switch (source.do) {
    case 'lock':
    case 'unlock': {
      const isLock = source.do === 'lock';
      const lock: Node = { do: isLock ? 'take' : 'release', lock: source.lock };
      if (source.form === 'plain') return [lock];
      const mask: Node = { do: 'mask', what: source.form === 'bh' ? 'bh' : 'irq', on: isLock };
      return isLock ? [mask, lock] : [lock, mask];
    }
    case 'synchronize_rcu':
    case 'rcu_barrier':
    case 'ipi_sync': {
      const what = (
        { synchronize_rcu: 'readers', rcu_barrier: 'callbacks', ipi_sync: 'ipi' } as const
      )[source.do];
      return [
        { do: 'wait begins', what },
        { do: 'wait over', what },
      ];
    }
    case 'client': {
      const stop: ProgramNode = { do: 'stop' };
      const choose: ProgramNode = {
        do: 'choose',
        alternatives: [...source.operations, [stop]],
        between: true,
      };
      return remember({ do: 'loop', body: [choose] }, [[choose]]);
    }
    default:
      return remember(source, branches(source));
  }
}

/** The node lists directly below a node. */
function branches(node: Simple<ProgramNode>): readonly (readonly ProgramNode[])[] {
  switch (node.do) {
    case 'test':
    case 'when':
      return [node.yes, node.no];
    case 'loop':
    case 'scope':
      return [node.body];
    case 'choose':
      return node.alternatives;
    default:
      return [];
  }
}

function hasCallbacks(program: Program): boolean {
  return Object.values(program.functions).some((one) => one.callback !== undefined);
}

export function zeros(variables: Variables): Record<string, number> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, type]) => [name, type.type === 'ref' ? NONE : 0]),
  );
}

/** `heldBy` of a context that holds nothing. */
const nothing = '0,0,0,0 ';

/** Every list head points to itself, every object is free, every lock too. */
export function initialState(code: Code): State {
  const { program } = code;
  const cpuCount = program.cpus.reduce((sum, one) => sum + one.count, 0);
  const { firstObject } = program;
  const things: (Thing | null)[] = Array(program.objects).fill(null);
  const lists = Array.from({ length: program.lists }, (_, index) => [
    `&list${index}`,
    `&list${index}`,
  ]);
  if (firstObject !== 'free') {
    things[0] = { value: program.firstValue, words: Array(program.overlay ? 2 : 4).fill(null) };
  }
  if (firstObject === 'listed') {
    things[0]?.words.splice(0, 2, '&list0', '&list0');
    lists[0] = ['&obj0.node', '&obj0.node'];
  }
  const published: Record<string, number> = firstObject === 'published' ? { r: 0 } : {};
  return {
    shared: { ...zeros(program.shared), ...program.initial, ...published },
    perCpu: Object.fromEntries(
      Object.entries(zeros(program.perCpu)).map(([name, zero]) => [
        name,
        Array(cpuCount).fill(zero),
      ]),
    ),
    ghosts: zeros(program.ghosts),
    locks: Array(program.locks).fill(null),
    lists,
    objects: things,
    queued: Array(program.objects).fill(null),
    callbackLists: (program.rcu.order === 'fifo' ? code.cpus : []).map(() => ({
      first: 'NULL',
      last: 'NULL',
    })),
    works: Array.from({ length: program.works }, () => ({ func: 'NULL', queued: false })),
    cpus: code.cpus.map((one) => ({
      task: one.task === undefined ? [] : enter(code, one.task, -1, {}, nothing),
      softirq: [],
      hardirq: [],
      masks: {},
      waits: {},
    })),
  };
}

/** The frames of a function that was just called by a context that holds this. */
export function enter(
  code: Code,
  name: string,
  caller: number,
  args: Readonly<Record<string, number>>,
  held: string,
): Frame[] {
  const one = code.program.functions[name];
  const locals = { ...zeros(one.params), ...zeros(one.locals), ...args };
  return [
    { function: name, caller, locals, ...(one.balanced ? { held } : {}) },
    { list: code.bodies[name], at: 0 },
  ];
}

/** Masks, readers and locks of one context, as a text. */
export function heldBy(state: State, cpu: number, context: ContextName): string {
  const locks = state.locks.flatMap((owner, lock) => (owner === `${cpu}.${context}` ? [lock] : []));
  const masks = (['bh', 'irq', 'rcu', 'preempt'] as const).map((what) =>
    nesting(state.cpus[cpu], what, context),
  );
  return `${masks} ${locks}`;
}

/** The context of a CPU that runs; the others stand still. */
export function topContext(cpu: CpuState): ContextName {
  if (cpu.hardirq.length > 0) return 'hardirq';
  return cpu.softirq.length > 0 ? 'softirq' : 'task';
}

/** How deep a mask or reader is nested: those of RCU and of preemption for each context, the others for the CPU. */
export function nesting(cpu: CpuState, what: MaskForm, context: ContextName): number {
  return cpu.masks[maskName(what, context)] ?? 0;
}

export function maskName(what: MaskForm, context: ContextName): string {
  return what === 'rcu' || what === 'preempt' ? `${what}.${context}` : what;
}

/** A record with one entry changed, in canonical form: sorted, `undefined` left out. */
export function entry<T>(
  all: Readonly<Record<string, T>>,
  name: string,
  value: T | undefined,
): Record<string, T> {
  const { [name]: _, ...others } = all;
  const entries = Object.entries(value === undefined ? others : { ...others, [name]: value });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
