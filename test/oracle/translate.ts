/**
 * The same program in heddle's own language. This is the one file beside the tests that knows both sides; the
 * explorer of this folder does not import it.
 */
import * as heddle from 'heddle';
import type {
  Comparison,
  Effect,
  Func,
  ListWord,
  LockName,
  MaskForm,
  Node,
  Place,
  PlaceTest,
  Program,
  Property,
  SharedTest,
  Test,
  Type,
  Value,
  Variables,
} from './program.ts';
import { compare, compute } from './program.ts';

// biome-ignore lint/suspicious/noExplicitAny: the state's type is known only when the program is.
type Any = any;

/** What every facility can say, so that each kind gets a property of its own and a shortest schedule. */
export const reports: readonly (readonly [heddle.Facility, string])[] = [
  ['KASAN', 'use-after-free'],
  ['KASAN', 'uninitialised'],
  ['KASAN', 'double-free'],
  ['KASAN', 'wild-free'],
  ['KASAN', 'null-dereference'],
  ['KASAN', 'poison-dereference'],
  ['KASAN', 'wild-dereference'],
  ['KASAN', 'null-call'],
  ['KASAN', 'wild-call'],
  ['DEBUG_LIST', 'list-add-corruption'],
  ['DEBUG_LIST', 'list-del-corruption'],
  ['DEBUG_OBJECTS_RCU_HEAD', 'double-call_rcu'],
  ['DEBUG_OBJECTS_RCU_HEAD', 'store-to-queued-head'],
  ['LOCKDEP', 'self-deadlock'],
  ['LOCKDEP', 'unlock-by-other'],
  ['LOCKDEP', 'lock-left-behind'],
  ['LOCKDEP', 'mask-left-behind'],
  ['LOCKDEP', 'unbalanced'],
  ['LOCKDEP', 'sleep-in-atomic'],
  ['LOCKDEP', 'ipi-with-irqs-off'],
  ['LOCKDEP', 'lock-order-cycle'],
  ['LOCKDEP', 'softirq-unsafe'],
  ['LOCKDEP', 'softirq-safe-to-unsafe'],
  ['LOCKDEP', 'hardirq-unsafe'],
  ['LOCKDEP', 'hardirq-safe-to-unsafe'],
  ['RCU', 'unbalanced'],
  ['RCU', 'reader-left-behind'],
  ['RCU', 'sleep-in-atomic'],
  ['BUG_ON', 'bug-on'],
  ['WARN_ON', 'warn-on'],
  ['range', 'value-out-of-range'],
  ['leak', 'leak'],
  ['deadlock', 'deadlock'],
  ['deadlock', 'wait-cycle'],
];

/** A check whose verdict can be compared with what the oracle finds; the labels of its steps are added to `labels`. */
export function translate(program: Program, labels: string[] = []): heddle.Check {
  const callbacks = Object.keys(program.functions).filter(
    (name) => program.functions[name].callback,
  );
  const machine = heddle.machine(schemaOf(program), { callbacks }) as Any;
  const functions = new Map<string, heddle.AnyFn>();
  const fn = (name: string): heddle.AnyFn => {
    const known = functions.get(name);
    if (known !== undefined) return known;
    const made = new FunctionWriter(program, program.functions[name], fn, (label) =>
      labels.push(`${name}: ${label}`),
    ).write(machine, name);
    functions.set(name, made);
    return made;
  };
  const model = heddle.model({
    machine,
    cpus: program.cpus.map(({ count, task, softirq, hardirq }) =>
      heddle.cpu({
        count,
        task: task === undefined ? undefined : fn(task),
        softirq: softirq === undefined ? undefined : fn(softirq),
        hardirq: hardirq === undefined ? undefined : fn(hardirq),
      }),
    ),
    callbacks: Object.fromEntries(callbacks.map((name) => [name, fn(name)])) as Any,
    initial: (s: Any) => prepare(program, s),
    rcu: program.rcu,
  });
  // A body is written when it is first asked for, and may ask for more functions.
  for (const one of functions.values()) void one.body;
  const own = ownProperties(program, labels);
  return heddle.check(model, { properties: { ...own, ...reportProperties() } });
}

/** The initial state: as the oracle's `initialState`. */
function prepare(program: Program, s: Any): void {
  for (const list of numbers(program.lists)) heddle.INIT_LIST_HEAD(s[`list${list}`]);
  for (const [name, value] of Object.entries(program.initial)) {
    s[name] = shown(program.shared[name], value);
  }
  if (program.firstObject === 'free') return;
  // In the initial state every slot is free, and all look the same: the first one is taken.
  const first = heddle.alloc(s.object, { value: program.firstValue } as Any);
  if (program.firstObject === 'published') s.r = first;
  else heddle.list_add(s.object[first].node, s.list0);
}

function reportProperties(): Record<string, heddle.Property<Any>> {
  return Object.fromEntries(
    reports.map(([facility, kind]) => [
      `${facility} ${kind}`,
      heddle.no_report(facility, { kinds: [kind] }),
    ]),
  );
}

function ownProperties(
  program: Program,
  labels: readonly string[],
): Record<string, heddle.Property<Any>> {
  return Object.fromEntries(
    Object.entries(program.properties).map(([id, one]) => [id, propertyOf(program, one, labels)]),
  );
}

function propertyOf(
  program: Program,
  one: Property,
  labels: readonly string[],
): heddle.Property<Any> {
  if (one.kind === 'claimed') return heddle.claimed();
  if (one.kind === 'possibly') {
    const shifted = (test: SharedTest, k: number): SharedTest =>
      typeof test.right === 'number' ? { ...test, right: test.right + k } : test;
    return heddle.possibly({
      each: one.each,
      from: (s: Any, k) => sharedTest(program, s, shifted(one.from, k)),
      to: (s: Any, k) => sharedTest(program, s, shifted(one.to, k)),
      without: labels.filter((label) => one.without.some((kind) => label.includes(`: ${kind} `))),
    });
  }
  const predicate = (s: Any) => sharedTest(program, s, one.test);
  if (one.kind === 'always') return heddle.always(predicate);
  if (one.kind === 'at_rest') return heddle.at_rest(predicate);
  return heddle.whenever((s: Any) => !heddle.spin_is_locked(s[`lock${one.freeLock}`]), predicate);
}

export function sharedTest(program: Program, s: Any, { left, is, right }: SharedTest): boolean {
  const types = { ...program.shared, ...program.ghosts };
  const read = (name: string) => numeric(types[name], s[name]);
  return compare(read(left), is, typeof right === 'number' ? right : read(right));
}

// --- State -------------------------------------------------------------------------------------------------------------------

function schemaOf(program: Program): Any {
  const all = (variables: Variables, wrap: (type: Any) => Any) =>
    Object.entries(variables).map(([name, type]) => [name, wrap(typeOf(type))]);
  const members = { node: heddle.list_head(), head: heddle.rcu_head() };
  const words = program.overlay ? heddle.overlay(members) : members;
  const object = heddle.record('object', { value: heddle.range(program.maxValue), ...words });
  return Object.fromEntries([
    ...all(program.shared, (type) => type),
    ...all(program.perCpu, (type) => heddle.per_cpu(type)),
    ...all(program.ghosts, (type) => heddle.ghost(type)),
    ...numbers(program.locks).map((lock) => [`lock${lock}`, heddle.spinlock()]),
    ...numbers(program.lists).map((list) => [`list${list}`, heddle.list_head()]),
    ...numbers(program.works).map((work) => [`work${work}`, heddle.work_struct()]),
    ...(program.objects > 0 ? [['object', heddle.heap(program.objects, object)]] : []),
  ]);
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function typeOf(type: Type): Any {
  if (type.type === 'bool') return heddle.bool();
  if (type.type === 'ref') return heddle.ref('object');
  return heddle.range(type.max, { wraps: type.wraps ?? false });
}

/** The program computes with numbers; heddle's booleans are JavaScript's. */
function numeric(type: Type, value: unknown): number {
  return type.type === 'bool' ? Number(value) : (value as number);
}

function shown(type: Type, value: number): unknown {
  return type.type === 'bool' ? value !== 0 : value;
}

// --- Functions ---------------------------------------------------------------------------------------------------------------

/** What a recipe needs to run: the state, the locals, where it runs, and the variant of a pick. */
interface Here {
  readonly s: Any;
  readonly l: Any;
  readonly ctx: heddle.Context;
  readonly variant: number;
}

const masks: Readonly<Record<MaskForm, readonly [on: Any, off: Any]>> = {
  rcu: [heddle.rcu_read_lock, heddle.rcu_read_unlock],
  preempt: [heddle.preempt_disable, heddle.preempt_enable],
  bh: [heddle.local_bh_disable, heddle.local_bh_enable],
  irq: [heddle.local_irq_save, heddle.local_irq_restore],
};

const lockWords = {
  lock: { plain: heddle.spin_lock, bh: heddle.spin_lock_bh, irqsave: heddle.spin_lock_irqsave },
  unlock: {
    plain: heddle.spin_unlock,
    bh: heddle.spin_unlock_bh,
    irqsave: heddle.spin_unlock_irqrestore,
  },
} as const;

const listWords: Readonly<Record<ListWord, (node: Any, head: Any) => void>> = {
  list_add: heddle.list_add,
  list_add_tail: heddle.list_add_tail,
  list_del: heddle.list_del,
  list_del_init: heddle.list_del_init,
  INIT_LIST_HEAD: heddle.INIT_LIST_HEAD,
};

const waitWords = {
  synchronize_rcu: heddle.synchronize_rcu,
  rcu_barrier: heddle.rcu_barrier,
  ipi_sync: heddle.ipi_sync,
};

class FunctionWriter {
  private labels = 0;

  constructor(
    private readonly program: Program,
    private readonly source: Func,
    private readonly fn: (name: string) => heddle.AnyFn,
    private readonly labelled: (label: string) => void,
  ) {}

  write(machine: Any, name: string): heddle.AnyFn {
    const { params, locals, balanced, callback, body } = this.source;
    const types = (variables: Variables) =>
      Object.fromEntries(Object.entries(variables).map(([one, type]) => [one, typeOf(type)]));
    const frame = {
      params: { ...types(params), ...(callback === 'rcu' ? { head: heddle.word() } : {}) },
      locals: types(locals),
      ...(balanced === undefined ? {} : { balanced }),
    };
    return machine.fn(name, frame, (b: Any) => this.nodes(b, { ...params, ...locals }, body));
  }

  private nodes(b: Any, types: Variables, list: readonly Node[]): heddle.Nodes {
    return list.map((node) => this.node(b, types, node));
  }

  private label(text: string): string {
    this.labels += 1;
    const label = `${text} ${this.labels}`;
    if (text !== 'when') this.labelled(label);
    return label;
  }

  private node(b: Any, types: Variables, node: Node): heddle.Node {
    const below = (list: readonly Node[]) => this.nodes(b, types, list);
    const at = (s: Any, l: Any, ctx: heddle.Context, variant = 0): Here => ({ s, l, ctx, variant });
    switch (node.do) {
      case 'step': {
        const step = b.step(this.label('step'), (s: Any, l: Any, ctx: heddle.Context) =>
          this.effects(types, node.effects, at(s, l, ctx)),
        );
        return node.effects.flatMap(accessesOf).length > 1
          ? b.atomic('one move of the oracle', step)
          : step;
      }
      case 'until':
      case 'spin_until': {
        const step = b[node.do](
          this.label(node.do),
          (s: Any, l: Any, ctx: heddle.Context) => this.placeTest(types, node.guard, at(s, l, ctx)),
          (s: Any, l: Any, ctx: heddle.Context) => this.effects(types, node.effects, at(s, l, ctx)),
        );
        const guarded = JSON.stringify(node.guard.place);
        const isOneWord = node.effects.flatMap(accessesOf).every((place) => place === guarded);
        return isOneWord ? step : b.atomic('one move of the oracle', step);
      }
      case 'test':
        return b.test(
          this.label('test'),
          (s: Any, l: Any, ctx: heddle.Context) => this.placeTest(types, node.guard, at(s, l, ctx)),
          below(node.yes),
          below(node.no),
        );
      case 'pick': {
        const step = b.pick(
          this.label('pick'),
          node.choices,
          (s: Any, l: Any, variant: number, ctx: heddle.Context) => {
            const here = at(s, l, ctx, variant);
            if (!this.test(types, node.guard, here)) return false;
            this.effects(types, node.effects, here);
            return undefined;
          },
        );
        return node.effects.flatMap(accessesOf).length > 1
          ? b.atomic('one move of the oracle', step)
          : step;
      }
      case 'when':
        return b.when(
          this.label('when'),
          (l: Any) => this.test(types, node.guard, onLocals(l)),
          below(node.yes),
          below(node.no),
        );
      case 'loop':
        return b.loop(below(node.body));
      case 'leave':
        return b.leave();
      case 'choose':
        return b.choose(...node.alternatives.map(below));
      case 'client':
        return b.client(...node.operations.map(below));
      case 'call':
        return this.call(b, types, node);
      case 'scope':
        return b.scope(
          Object.fromEntries(
            Object.entries(node.locals).map(([name, type]) => [name, typeOf(type)]),
          ),
          (inner: Any) => this.nodes(inner, { ...types, ...node.locals }, node.body),
        );
      case 'local':
        return b.local((l: Any) =>
          this.set(types, l, node.to, this.value(types, node.value, onLocals(l))),
        );
      case 'return':
        return b.return();
      case 'stop':
        return b.stop();
      case 'lock':
      case 'unlock':
        return b.call(
          lockWords[node.do][node.form],
          (s: Any, l: Any) => s[`lock${lockOf(node.lock, l)}`],
          typeof node.lock === 'number' ? `lock${node.lock}` : 'a lock',
        );
      case 'mask':
        return b.call(masks[node.what][node.on ? 0 : 1]);
      case 'synchronize_rcu':
      case 'rcu_barrier':
      case 'ipi_sync':
        return b.call(waitWords[node.do]);
    }
  }

  private call(b: Any, types: Variables, node: Node & { do: 'call' }): heddle.Node {
    const { params, locals } = this.program.functions[node.function];
    const callee = { ...params, ...locals };
    return b.call(
      this.fn(node.function),
      (l: Any) =>
        Object.fromEntries(
          Object.entries(node.args).map(([name, value]) => [
            name,
            shown(params[name], this.value(types, value, onLocals(l))),
          ]),
        ),
      (l: Any, returned: Any) => {
        for (const [to, from] of Object.entries(node.results)) {
          this.set(types, l, to, numeric(callee[from], returned[from]));
        }
      },
    );
  }

  private value(types: Variables, value: Value, here: Here): number {
    return compute(value, (name) => this.get(types, here.l, name), here.variant);
  }

  private test(types: Variables, { left, is, right }: Test, here: Here): boolean {
    return compare(this.value(types, left, here), is, this.value(types, right, here));
  }

  /** A local as a number; in a callback, `head` is the object whose head it was called with. */
  private get(types: Variables, l: Any, name: string): number {
    if (name === 'head') return heddle.container_of(l.head, 'object', 'head');
    return numeric(types[name], l[name]);
  }

  private set(types: Variables, l: Any, name: string, value: number): void {
    l[name] = shown(types[name], value);
  }

  /** The record and field of a place. */
  private locate(types: Variables, place: Place, here: Here): readonly [Any, string, Type] {
    if ('shared' in place) return [here.s, place.shared, this.program.shared[place.shared]];
    if ('own' in place)
      return [here.s[place.own], String(place.of ?? here.ctx.cpu), this.program.perCpu[place.own]];
    return [
      here.s.object[this.get(types, here.l, place.object)],
      'value',
      { type: 'uint', max: this.program.maxValue },
    ];
  }

  private placeTest(types: Variables, { place, is, right }: PlaceTest, here: Here): boolean {
    const [record, field, type] = this.locate(types, place, here);
    return compare(numeric(type, record[field]), is as Comparison, this.value(types, right, here));
  }

  private effects(types: Variables, list: readonly Effect[], here: Here): void {
    for (const one of list) this.effect(types, one, here);
  }

  private effect(types: Variables, one: Effect, here: Here): void {
    const { s, l } = here;
    const set = (to: string, value: number) => this.set(types, l, to, value);
    const object = (name: string) => s.object[this.get(types, l, name)];
    switch (one.op) {
      case 'set':
        set(one.to, this.value(types, one.value, here));
        break;
      case 'load': {
        const [record, field, type] = this.locate(types, one.from, here);
        set(one.to, numeric(type, record[field]));
        break;
      }
      case 'store': {
        const [record, field, type] = this.locate(types, one.on, here);
        record[field] = shown(type, this.value(types, one.value, here));
        break;
      }
      case 'rmw':
      case 'xchg':
      case 'cmpxchg':
        this.atomic(types, one, here);
        break;
      case 'alloc': {
        const initial =
          one.value === undefined ? undefined : { value: this.value(types, one.value, here) };
        set(one.to, heddle.alloc(s.object, initial as Any));
        break;
      }
      case 'free':
        heddle.free(s.object, this.get(types, l, one.object));
        break;
      case 'call_rcu':
        heddle.call_rcu(object(one.object).head, one.callback);
        break;
      case 'queue_work':
        heddle.queue_work(s[`work${one.work}`], one.callback);
        break;
      case 'list':
        listWords[one.word](object(one.object).node, s[`list${one.list}`]);
        break;
      case 'list_first': {
        const list = s[`list${one.list}`];
        const first = heddle.list_empty(list)
          ? heddle.NONE
          : heddle.container_of(list.next, 'object', 'node');
        set(one.to, first);
        break;
      }
      case 'trylock':
        set(one.to, Number(heddle.spin_trylock(s[`lock${one.lock}`])));
        break;
      case 'claim':
        heddle.claim(one.id, this.test(types, one.holds, here));
        break;
      case 'BUG_ON':
        heddle.BUG_ON(this.test(types, one.when, here));
        break;
      case 'WARN_ON':
        heddle.WARN_ON(this.test(types, one.when, here));
        break;
      case 'ghost':
        s[one.name] = shown(this.program.ghosts[one.name], this.value(types, one.value, here));
        break;
    }
  }

  private atomic(
    types: Variables,
    one: Extract<Effect, { op: 'rmw' | 'xchg' | 'cmpxchg' }>,
    here: Here,
  ): void {
    const [record, field, type] = this.locate(types, one.on, here);
    const to = (value: unknown) => {
      if (one.to !== undefined) this.set(types, here.l, one.to, Number(value));
    };
    if (one.op === 'xchg') {
      to(heddle.xchg(record, field, shown(type, this.value(types, one.value, here))));
      return;
    }
    if (one.op === 'cmpxchg') {
      const [expected, value] = [one.expected, one.value].map((part) =>
        shown(type, this.value(types, part, here)),
      );
      to(heddle.cmpxchg(record, field, expected, value));
      return;
    }
    const by = this.value(types, one.by, here);
    if (one.how === 'xor') to(heddle.atomic_xor_bits(record, field, by));
    else if (one.how === 'inc_not_zero') to(heddle.atomic_inc_not_zero(record, field));
    else if (one.how === 'add') to(heddle.atomic_add_return(record, field, by));
    else to(heddle.atomic_sub_return(record, field, by));
  }
}

function lockOf(lock: LockName, l: Any): number {
  return typeof lock === 'number' ? lock : l[lock.local];
}

/** Where only locals are known. */
function onLocals(l: Any): Here {
  return { s: undefined, l, ctx: { cpu: 0, context: 'task' }, variant: 0 };
}

/** The shared words an effect touches, each as often as it does in one step. */
function accessesOf(one: Effect): string[] {
  switch (one.op) {
    case 'load':
      return [JSON.stringify(one.from)];
    case 'store':
    case 'rmw':
    case 'xchg':
    case 'cmpxchg':
      return [JSON.stringify(one.on)];
    case 'list':
    case 'list_first':
      return ['list', 'list'];
    case 'trylock':
      return [`lock${one.lock}`];
    case 'call_rcu':
    case 'free':
    case 'alloc':
      return ['heap'];
    default:
      return [];
  }
}
