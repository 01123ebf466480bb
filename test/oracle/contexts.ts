/** Masks, readers and waits of the contexts of a CPU (semantics.md sections 5 and 6). */
import type { MaskForm } from './program.ts';
import type { Run } from './run.ts';
import type { ContextName, CpuState, State, Wait } from './state.ts';
import { contextNames, entry, maskName, nesting, topContext } from './state.ts';

/** Nests a mask or reader, or ends one; one end too many is a report and changes nothing. */
export function mask(run: Run, what: MaskForm, by: 1 | -1): void {
  const cpu = run.state.cpus[run.cpu];
  const count = nesting(cpu, what, run.context) + by;
  if (count < 0) {
    run.report(what === 'rcu' ? 'RCU' : 'LOCKDEP', 'unbalanced');
    return;
  }
  if (count > 7) run.report('range', 'value-out-of-range');
  cpu.masks = entry(cpu.masks, maskName(what, run.context), count === 0 ? undefined : count);
}

// --- Readers -----------------------------------------------------------------------------------------------------------------

function isReader(run: Run, cpu: number, context: ContextName): boolean {
  const one = run.state.cpus[cpu];
  if (nesting(one, 'rcu', context) > 0 || nesting(one, 'preempt', context) > 0) return true;
  // A handler runs with interrupts off.
  if (context === 'hardirq' && one.hardirq.length > 0) return true;
  // Nothing starts on top while interrupts are off, so they belong to the highest context.
  if (nesting(one, 'irq', context) > 0 && context === topContext(one)) return true;
  return run.code.program.rcu.consolidated && isAtomic(run, cpu, context);
}

/** What consolidated RCU also takes for a reader: a handler, softirqs off, a lock held. */
function isAtomic(run: Run, cpu: number, context: ContextName): boolean {
  const one = run.state.cpus[cpu];
  if (context !== 'task') return one[context].length > 0;
  // A softirq that runs has started with softirqs on: it has switched them off itself.
  const masked = nesting(one, 'bh', 'task') > 0 && one.softirq.length === 0;
  return masked || run.state.locks.includes(`${cpu}.task`);
}

/** All readers inside a section now, as `cpu.context`. */
export function readersInside(run: Run): string[] {
  return run.state.cpus.flatMap((_, cpu) =>
    contextNames.filter((name) => isReader(run, cpu, name)).map((name) => `${cpu}.${name}`),
  );
}

/** After a move: whoever is inside no longer is waited for no longer, and who has interrupts on has taken its IPI. */
export function forget(run: Run): void {
  const { state } = run;
  const inside = readersInside(run);
  const isInside = (reader: string) => inside.includes(reader);
  for (const one of state.queued) if (one !== null) one.waiting = one.waiting.filter(isInside);
  changeWaits(state, 'readers', (waited) => waited.filter(isInside));
  changeWaits(state, 'ipi', (waited) =>
    waited.filter((cpu) => hasIrqsOff(state.cpus[Number(cpu)])),
  );
}

function hasIrqsOff(cpu: CpuState): boolean {
  return nesting(cpu, 'irq', 'task') > 0 || cpu.hardirq.length > 0;
}

// --- Waits -------------------------------------------------------------------------------------------------------------------

/** Changes what everybody waits for in one way. */
export function changeWaits(
  state: State,
  what: Wait,
  change: (waited: readonly string[]) => readonly string[],
): void {
  for (const cpu of state.cpus) {
    for (const [name, waited] of Object.entries(cpu.waits)) {
      if (name.startsWith(what)) setWaits(cpu, name, change(waited));
    }
  }
}

function setWaits(cpu: CpuState, name: string, waited: readonly string[]): void {
  cpu.waits = entry(cpu.waits, name, waited.length === 0 ? undefined : waited);
}

/** The first step of synchronize_rcu, rcu_barrier (with the callbacks that are pending) or ipi_sync. */
export function beginWait(run: Run, what: Wait, pendingCallbacks: readonly string[]): void {
  const { cpus } = run.state;
  if (what !== 'ipi') mustBeAbleToSleep(run);
  else if (nesting(cpus[run.cpu], 'irq', run.context) > 0)
    run.report('LOCKDEP', 'ipi-with-irqs-off');
  const others = cpus.flatMap((cpu, index) =>
    index !== run.cpu && hasIrqsOff(cpu) ? [String(index)] : [],
  );
  const waited = { readers: readersInside(run), callbacks: pendingCallbacks, ipi: others }[what];
  setWaits(cpus[run.cpu], `${what}.${run.context}`, waited);
}

export function waitIsOver(run: Run, what: Wait): boolean {
  return run.state.cpus[run.cpu].waits[`${what}.${run.context}`] === undefined;
}

function mustBeAbleToSleep(run: Run): void {
  const cpu = run.state.cpus[run.cpu];
  const isMasked = (['bh', 'irq', 'preempt'] as const).some(
    (what) => nesting(cpu, what, 'task') > 0,
  );
  const holdsLock = run.state.locks.includes(run.self);
  if (run.context !== 'task' || holdsLock || isMasked) run.report('LOCKDEP', 'sleep-in-atomic');
  else if (nesting(cpu, 'rcu', 'task') > 0) run.report('RCU', 'sleep-in-atomic');
}

/** What a context still holds at its end, or at the end of a client's operation. */
export function checkLeftBehind(run: Run): void {
  const cpu = run.state.cpus[run.cpu];
  const isLeft = (what: MaskForm) => nesting(cpu, what, run.context) > 0;
  if (run.state.locks.includes(run.self)) run.report('LOCKDEP', 'lock-left-behind');
  if (isLeft('rcu')) run.report('RCU', 'reader-left-behind');
  // A hardirq may come where softirqs are off: that is not its doing.
  const softirqsOff = isLeft('bh') && run.context !== 'hardirq';
  if (softirqsOff || isLeft('irq') || isLeft('preempt')) run.report('LOCKDEP', 'mask-left-behind');
  if (isLeft('irq') && run.context !== 'task') run.seen.add('a handler leaves interrupts off');
}
