/** call_rcu, the callbacks it queues, and how they start (semantics.md section 6). */
import { changeWaits, checkLeftBehind, readersInside } from './contexts.ts';
import { headOf, loadWord, objectOfHead, storeWord } from './memory.ts';
import { NONE } from './program.ts';
import type { Run } from './run.ts';
import type { Code, State, Word } from './state.ts';
import { enter } from './state.ts';

/** A callback that may start in the softirq of this CPU: that of an object's head, or the first of a CPU's list. */
export interface Start {
  readonly cpu: number;
  readonly what: 'callback';
  readonly from: { readonly object: number } | { readonly list: number };
}

/** What the debug kernel puts in place of the callbacks of a head that was queued twice. */
const LEAKED = 'fn!leaked';

const FUNC = 1;
const NEXT = 0;

/**
 * Callbacks that may start on a CPU where softirqs may come: those it queued itself, or any on the offloaded thread,
 * which runs them as a softirq of its own.
 */
export function startable(code: Code, state: State, cpu: number): Start[] {
  const { callbacks, order } = code.program.rcu;
  const isThread = cpu === code.rcuo;
  if (cpu === code.kworker || (callbacks === 'offloaded' && !isThread)) return [];
  if (order === 'fifo') {
    return state.callbackLists.flatMap(({ first }, list): Start[] => {
      const isMine = first !== 'NULL' && (isThread || list === cpu);
      const waiting = state.queued[objectOfHead(code, first)]?.waiting ?? [];
      return isMine && waiting.length === 0 ? [{ cpu, what: 'callback', from: { list } }] : [];
    });
  }
  return state.queued.flatMap((one, object): Start[] => {
    const isMine = one !== null && (isThread || one.cpu === cpu);
    const isReady = isMine && one.waiting.length === 0;
    return isReady ? [{ cpu, what: 'callback', from: { object } }] : [];
  });
}

/** Unlinks a head, reads its func, clears it, and enters the function: one step. */
export function start(run: Run, from: Start['from']): void {
  const object = 'object' in from ? from.object : unlinkFirst(run, from.list);
  const head = headOf(run, object);
  const running = `running ${run.cpu}`;
  run.state.queued[object] = null;
  passOn(run.state, `head ${object}`, running);
  const func = loadWord(run, head, FUNC);
  storeWord(run, head, FUNC, 'NULL');
  if (func === LEAKED) {
    passOn(run.state, running, undefined);
    return;
  }
  if (!func.startsWith('fn:')) run.report('KASAN', func === 'NULL' ? 'null-call' : 'wild-call');
  run.frames = enter(run.code, func.slice('fn:'.length), -1, { head: object }, run.held);
}

function unlinkFirst(run: Run, index: number): number {
  const list = run.state.callbackLists[index];
  const object = objectOfHead(run.code, list.first);
  if (object === NONE) run.report('KASAN', 'wild-dereference');
  list.first = loadWord(run, list.first, NEXT);
  if (list.first === 'NULL') list.last = 'NULL';
  return object;
}

export function callRcu(run: Run, object: number, callback: string): void {
  if (object === NONE) run.report('KASAN', 'null-dereference');
  const { queued } = run.state;
  const { order, doubleQueue } = run.code.program.rcu;
  const head = headOf(run, object);
  if (queued[object] !== null) {
    run.report('DEBUG_OBJECTS_RCU_HEAD', 'double-call_rcu');
    if (doubleQueue === 'debug') {
      asCore(run, object, () => storeWord(run, head, FUNC, LEAKED));
      return;
    }
  }
  asCore(run, object, () => {
    storeWord(run, head, FUNC, `fn:${callback}`);
    storeWord(run, head, NEXT, 'NULL');
  });
  if (order === 'fifo') append(run, head);
  queued[object] = { cpu: run.cpu, waiting: readersInside(run) };
}

/** `*tail = head; tail = &head->next`, whatever has become of the object that the last head lies in. */
function append(run: Run, head: Word): void {
  const list = run.state.callbackLists[run.cpu];
  if (list.last === 'NULL') list.first = head;
  else asCore(run, objectOfHead(run.code, list.last), () => storeWord(run, list.last, NEXT, head));
  list.last = head;
}

/** The RCU core's own stores to a queued head are no report. */
function asCore(run: Run, object: number, stores: () => void): void {
  const { queued } = run.state;
  const before = queued[object];
  queued[object] = null;
  stores();
  queued[object] = before;
}

/** Callbacks that are queued, and those that run: what rcu_barrier waits for. */
export function pendingCallbacks(run: Run): string[] {
  const { queued, cpus } = run.state;
  const { functions } = run.code.program;
  const heads = queued.flatMap((one, object) => (one === null ? [] : [`head ${object}`]));
  const running = cpus.flatMap(({ softirq: [frame] }, cpu) => {
    const isCallback = frame && 'function' in frame && functions[frame.function].callback;
    return isCallback ? [`running ${cpu}`] : [];
  });
  return [...heads, ...running].sort();
}

/** Whoever waits in rcu_barrier for a callback waits for it in its new place, or no longer. */
function passOn(state: State, from: string, to: string | undefined): void {
  changeWaits(state, 'callbacks', (waited) => {
    if (!waited.includes(from)) return waited;
    const others = waited.filter((one) => one !== from);
    return to === undefined ? others : [...new Set([...others, to])].sort();
  });
}

/** A context has ended. */
export function finished(run: Run): void {
  if (run.context === 'softirq') passOn(run.state, `running ${run.cpu}`, undefined);
  checkLeftBehind(run);
}
