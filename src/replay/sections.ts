/** What CPUs were inside of while a schedule ran: locks held, readers, masked interrupts, grace periods waited for. */
import type { ContextName } from '../design/processor.ts';
import type { FrozenEngine } from '../machine/frozen.ts';
import type { CompiledCpu, CompiledMachine } from '../machine/machine.ts';
import type { Cursor } from './cursor.ts';

export type SectionKind =
  /** A lock is held. */
  | 'lock'
  /** Inside `rcu_read_lock`. */
  | 'reader'
  | 'softirqs off'
  | 'interrupts off'
  | 'preemption off'
  /** Waits for a grace period, for callbacks, or for other CPUs to take an IPI. */
  | 'grace period'
  | 'callbacks'
  | 'ipi'
  /** A head or work is queued, and its function has not begun. */
  | 'queued';

/** From the step that began it to the one that ended it. */
export interface Section {
  readonly kind: SectionKind;
  /** The lock, or the head that is queued; else empty. */
  readonly name: string;
  readonly cpu: number;
  readonly context: ContextName;
  /** Steps done when it was first there: 0 where it began in the initial state. */
  readonly from: number;
  /** Steps done when it was first gone; absent where it was there to the end. */
  readonly to?: number;
}

type Inside = Omit<Section, 'from' | 'to'>;

const LEVELS: readonly ContextName[] = ['task', 'softirq', 'hardirq'];

/** The sections of a walked schedule, by CPU, then in the order in which they began. */
export function sectionsOf(cursor: Cursor): Section[] {
  const open = new Map<string, { inside: Inside; from: number }>();
  const found: Section[] = [];
  for (let at = 0; at <= cursor.length; at += 1) {
    const now = new Map(insideAt(cursor, at).map((one) => [keyOf(one), one]));
    for (const [key, { inside, from }] of open) {
      if (now.has(key)) continue;
      found.push({ ...inside, from, to: at });
      open.delete(key);
    }
    for (const [key, inside] of now) if (!open.has(key)) open.set(key, { inside, from: at });
  }
  for (const { inside, from } of open.values()) found.push({ ...inside, from });
  return found.sort((one, other) => one.cpu - other.cpu || one.from - other.from);
}

function keyOf({ kind, name, cpu, context }: Inside): string {
  return [cpu, context, kind, name].join('\n');
}

function insideAt(cursor: Cursor, at: number): Inside[] {
  const { engine, compiled } = cursor;
  engine.show(cursor.state(at));
  return [...compiled.cpus.flatMap((cpu) => ofCpu(engine, cpu)), ...queued(engine, compiled)];
}

function ofCpu(engine: FrozenEngine, cpu: CompiledCpu): Inside[] {
  const { memory, contexts } = engine;
  const isSet = (cell: number): boolean => cell !== -1 && memory.isSet(cell);
  const found: Inside[] = [];
  for (const [level, context] of LEVELS.entries()) {
    const add = (kind: SectionKind, name = ''): void => {
      found.push({ kind, name, cpu: cpu.index, context });
    };
    for (const lock of contexts.heldBy(cpu.index * 3 + level)) add('lock', lock);
    if (isSet(cpu.rcu[level] ?? -1)) add('reader');
    if (isSet(cpu.preempt[level] ?? -1)) add('preemption off');
    if (level > 0) continue;
    if (isSet(cpu.bh)) add('softirqs off');
    if (isSet(cpu.irq)) add('interrupts off');
    if (isSet(cpu.readersWait)) add('grace period');
    if (isSet(cpu.callbacksWait)) add('callbacks');
    if (isSet(cpu.ipiWait)) add('ipi');
  }
  return found;
}

function queued({ memory }: FrozenEngine, { layout }: CompiledMachine): Inside[] {
  return [...layout.heads, ...layout.works].flatMap(({ plan, cells }) => {
    const code = memory.code(cells.queued as number);
    if (code === 0) return [];
    return [{ kind: 'queued', name: plan.name, cpu: code - 1, context: 'task' } as const];
  });
}
