/** Masks, readers, grace periods and callbacks (semantics.md sections 5 and 6). */

import { headOf, loadWord, storeWord } from './memory.ts';
import { type MaskForm, NONE } from './program.ts';
import type { Run } from './run.ts';
import type { Code, ContextName, CpuState, State } from './state.ts';
import { contextNames, enter, entry, maskName, nesting, topContext } from './state.ts';

/** A callback that may start: of the head of this object, in the softirq of this CPU. */
export interface Start {
  readonly cpu: number;
  readonly what: 'callback';
  readonly object: number;
}

/**
 * Callbacks that may start on a CPU where softirqs may come: those it queued itself, or any on the offloaded thread,
 * which runs them as a softirq of its own.
 */
export function startable(code: Code, state: State, cpu: number): Start[] {
  const isThread = cpu === code.rcuo;
  if (code.program.callbacks === 'offloaded' && !isThread) return [];
  return state.queued.flatMap((one, object): Start[] => {
    const isMine = one !== null && (isThread || one.cpu === cpu);
    return isMine && one.waiting.length === 0 ? [{ cpu, what: 'callback', object }] : [];
  });
}

/** Unlinks a head, reads its func, clears it, and enters the function: one step. */
export function start(run: Run, object: number): void {
  const head = headOf(run, object);
  run.state.queued[object] = null;
  const running = `running ${run.cpu}`;
  passOn(run.state, `head ${object}`, running);
  const word = loadWord(run, head, 1);
  storeWord(run, head, 1, 'NULL');
  if (word === LEAKED) {
    passOn(run.state, running, undefined);
    return;
  }
  if (!word.startsWith('fn:')) run.report('KASAN', word === 'NULL' ? 'null-call' : 'wild-call');
  run.frames = enter(run.code, word.slice(3), -1, { head: object });
}

/** Whoever waits in rcu_barrier for a callback waits for it in its new place, or no longer. */
function passOn(state: State, from: string, to: string | undefined): void {
  changeWaits(state, 'callbacks', (waited) => {
    if (!waited.includes(from)) return waited;
    const others = waited.filter((one) => one !== from);
    return to === undefined ? others : [...new Set([...others, to])].sort();
  });
}

/** Changes what everybody in synchronize_rcu or rcu_barrier waits for. */
function changeWaits(
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

type Wait = 'readers' | 'callbacks';

/** What the debug kernel puts in place of the callbacks of a head that was queued twice. */
const LEAKED = 'fn!leaked';

function isReader(cpu: CpuState, context: ContextName): boolean {
  if (nesting(cpu, 'rcu', context) > 0 || nesting(cpu, 'preempt', context) > 0) return true;
  // Nothing starts on top while interrupts are off, so they belong to the highest context.
  return nesting(cpu, 'irq', context) > 0 && context === topContext(cpu);
}

export function readersInside(state: State): string[] {
  return state.cpus.flatMap((cpu, index) =>
    contextNames
      .filter((context) => isReader(cpu, context))
      .map((context) => `${index}.${context}`),
  );
}

export function callRcu(run: Run, object: number, callback: string): void {
  if (object === NONE) run.report('KASAN', 'null-dereference');
  const head = headOf(run, object);
  if (run.state.queued[object] !== null) {
    run.report('DEBUG_OBJECTS_RCU_HEAD', 'double-call_rcu');
    storeInQueued(run, object, LEAKED);
    return;
  }
  storeWord(run, head, 1, `fn:${callback}`);
  storeWord(run, head, 0, 'NULL');
  run.state.queued[object] = { cpu: run.cpu, waiting: readersInside(run.state) };
}

/** The RCU core's own store to the func of a queued head. */
function storeInQueued(run: Run, object: number, word: string): void {
  const queued = run.state.queued[object];
  run.state.queued[object] = null;
  storeWord(run, headOf(run, object), 1, word);
  run.state.queued[object] = queued;
}

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
  forgetReaders(run.state);
}

/** Whoever is inside no longer is waited for no longer. */
function forgetReaders(state: State): void {
  const inside = readersInside(state);
  const still = (reader: string) => inside.includes(reader);
  for (const one of state.queued) if (one !== null) one.waiting = one.waiting.filter(still);
  changeWaits(state, 'readers', (waited) => waited.filter(still));
}

export function beginWait(run: Run, what: Wait): void {
  mustBeAbleToSleep(run);
  const waited = what === 'readers' ? readersInside(run.state) : pendingCallbacks(run);
  setWaits(run.state.cpus[run.cpu], `${what}.${run.context}`, waited);
}

export function waitIsOver(run: Run, what: Wait): boolean {
  return run.state.cpus[run.cpu].waits[`${what}.${run.context}`] === undefined;
}

/** Callbacks that are queued, and those that run. */
function pendingCallbacks(run: Run): string[] {
  const { queued, cpus } = run.state;
  const heads = queued.flatMap((one, object) => (one === null ? [] : [`head ${object}`]));
  const running = cpus.flatMap(({ softirq }, cpu) => {
    const [frame] = softirq;
    const isCallback =
      frame && 'function' in frame && run.code.program.functions[frame.function].callback;
    return isCallback ? [`running ${cpu}`] : [];
  });
  return [...heads, ...running].sort();
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

/** A context has ended. */
export function finished(run: Run): void {
  if (run.context === 'softirq') passOn(run.state, `running ${run.cpu}`, undefined);
  checkLeftBehind(run);
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
}
