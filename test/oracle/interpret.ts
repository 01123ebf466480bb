/** One move of one context, from picking who moves to standing before the next step. */

import { beginWait, checkLeftBehind, forget, mask, waitIsOver } from './contexts.ts';
import * as memory from './memory.ts';
import type { Effect, LockName } from './program.ts';
import { compare } from './program.ts';
import * as rcu from './rcu.ts';
import { Disabled, type Run } from './run.ts';
import type { Code, Frame, Node, State } from './state.ts';
import { enter, topContext, zeros } from './state.ts';

type Who =
  | { readonly cpu: number; readonly what: 'goes on' | 'softirq' | 'hardirq' }
  | { readonly cpu: number; readonly what: 'work'; readonly work: number }
  | rcu.Start;

/** Chooses who moves and how, and does it to `run.state`; throws Disabled where that is no move. */
export function move(run: Run): void {
  const everybody = who(run.code, run.state);
  if (everybody.length === 0) throw new Disabled();
  const chosen = everybody[run.choose(everybody.length)];
  run.cpu = chosen.cpu;
  if (chosen.what === 'callback') {
    run.context = 'softirq';
    rcu.start(run, chosen.from);
  } else if (chosen.what === 'work') {
    startWork(run, chosen.work);
  } else if (chosen.what === 'goes on') {
    run.context = topContext(run.state.cpus[run.cpu]);
    run.goesOn = true;
    const node = findStep(run);
    if (node !== undefined) step(run, node);
  } else {
    // To start a handler is a step of its own, as an interrupt's entry is.
    run.context = chosen.what;
    run.frames = enter(run.code, run.code.cpus[run.cpu][chosen.what] as string, -1, {}, run.held);
  }
  settle(run);
  forget(run);
}

/** Everybody who may have a move: the highest context of each CPU, and what may come on top of it. */
function who(code: Code, state: State): Who[] {
  return state.cpus.flatMap((cpu, index): Who[] => {
    const handlers = code.cpus[index];
    const top = topContext(cpu);
    const found: Who[] = cpu[top].length > 0 ? [{ cpu: index, what: 'goes on' }] : [];
    const { bh = 0, irq = 0 } = cpu.masks;
    if (top === 'task' && bh === 0 && irq === 0) {
      if (handlers.softirq !== undefined) found.push({ cpu: index, what: 'softirq' });
      found.push(...rcu.startable(code, state, index));
    }
    if (index === code.kworker && cpu.task.length === 0) {
      state.works.forEach(({ queued }, work) => {
        if (queued) found.push({ cpu: index, what: 'work', work });
      });
    }
    if (top !== 'hardirq' && irq === 0 && handlers.hardirq !== undefined) {
      found.push({ cpu: index, what: 'hardirq' });
    }
    return found;
  });
}

/** Takes a queued work and enters its function, in task context. */
function startWork(run: Run, index: number): void {
  const work = run.state.works[index];
  work.queued = false;
  if (!work.func.startsWith('fn:')) throw new Error('a queued work has a function');
  run.frames = enter(run.code, work.func.slice(3), -1, {}, run.held);
}

function currentNode(run: Run): Node | undefined {
  const frame = run.frames.at(-1);
  if (frame === undefined || !('list' in frame)) return undefined;
  return run.code.lists[frame.list][frame.at];
}

/**
 * From where a context stands to a step: picks alternatives on the way, as long as there are any. Undefined where
 * an alternative comes to the end of the CPU's program without a step: ending is the move then.
 */
function findStep(run: Run): Node | undefined {
  for (;;) {
    const node = currentNode(run);
    if (node?.do !== 'choose') return node;
    const alternatives = run.code.below.get(node) as readonly number[];
    advance(run);
    run.frames.push({ list: alternatives[run.choose(alternatives.length)], at: 0 });
    settle(run);
  }
}

function advance(run: Run): void {
  (run.frames.at(-1) as { at: number }).at += 1;
}

/** Runs all code that is no step, up to the next step, a choice, or the end. */
export function settle(run: Run): void {
  for (let turns = 0; turns < 1000; turns += 1) {
    const frame = run.frames.at(-1);
    if (frame === undefined) return;
    if ('loop' in frame) run.frames.push({ list: frame.loop, at: 0 });
    else if ('function' in frame) leaveFunction(run, frame);
    else if ('scope' in frame) run.frames.pop();
    else {
      const node = currentNode(run);
      if (node === undefined) run.frames.pop();
      else if (!skip(run, node)) {
        // An operation of a client is over.
        if (node.do === 'choose' && node.between) checkLeftBehind(run);
        return;
      }
    }
  }
  throw new Error('a loop comes round without a step');
}

function leaveFunction(run: Run, frame: Extract<Frame, { function: string }>): void {
  const frames = run.frames;
  frames.pop();
  if (frame.held !== undefined && frame.held !== run.held) run.report('LOCKDEP', 'unbalanced');
  if (frame.caller >= 0) {
    const { results } = run.code.calls[frame.caller];
    for (const [to, from] of Object.entries(results)) run.setLocal(to, frame.locals[from]);
  }
  if (frames.length === 0) rcu.finished(run);
}

/** Does what is no step and says whether the node was such. */
function skip(run: Run, node: Node): boolean {
  const below = run.code.below.get(node) ?? [];
  switch (node.do) {
    case 'when':
      advance(run);
      run.frames.push({ list: below[run.test(node.guard) ? 0 : 1], at: 0 });
      return true;
    case 'loop':
      advance(run);
      run.frames.push({ loop: below[0] }, { list: below[0], at: 0 });
      return true;
    case 'scope':
      advance(run);
      run.frames.push({ scope: below[0], locals: zeros(node.locals) }, { list: below[0], at: 0 });
      return true;
    case 'local':
      advance(run);
      run.setLocal(node.to, run.value(node.value));
      return true;
    case 'call': {
      advance(run);
      const callee = run.code.program.functions[node.function];
      const args = Object.fromEntries(
        Object.entries(node.args).map(([name, value]) => [
          name,
          run.fit(callee.params[name], run.value(value)),
        ]),
      );
      run.frames.push(
        ...enter(run.code, node.function, run.code.calls.indexOf(node), args, run.held),
      );
      return true;
    }
    case 'leave':
      while (!('loop' in run.frames.at(-1)!)) run.frames.pop();
      run.frames.pop();
      return true;
    case 'return':
      while (!('function' in run.frames.at(-1)!)) run.frames.pop();
      return true;
    default:
      return false;
  }
}

// --- Steps -------------------------------------------------------------------------------------------------------------------

function step(run: Run, node: Node): void {
  run.did = node;
  switch (node.do) {
    case 'step':
      effects(run, node.effects);
      advance(run);
      return;
    case 'until':
    case 'spin_until':
    case 'test':
      guarded(run, node);
      return;
    case 'pick':
      run.variant = run.choose(node.choices);
      if (!run.test(node.guard)) throw new Disabled();
      effects(run, node.effects);
      advance(run);
      return;
    case 'stop':
      run.frames = [];
      rcu.finished(run);
      return;
    case 'take':
      take(run, lockOf(run, node.lock));
      advance(run);
      return;
    case 'release':
      release(run, lockOf(run, node.lock));
      advance(run);
      return;
    case 'mask':
      mask(run, node.what, node.on ? 1 : -1);
      advance(run);
      return;
    case 'wait begins':
      beginWait(run, node.what, rcu.pendingCallbacks(run));
      advance(run);
      return;
    case 'wait over':
      if (!waitIsOver(run, node.what)) throw new Disabled();
      advance(run);
      return;
    default:
      throw new Error(`${node.do} is no step`);
  }
}

function guarded(run: Run, node: Node & { do: 'until' | 'spin_until' | 'test' }): void {
  const { place, is, right } = node.guard;
  const holds = compare(memory.load(run, place), is, run.value(right));
  if (node.do === 'test') {
    advance(run);
    const below = run.code.below.get(node) as readonly number[];
    run.frames.push({ list: below[holds ? 0 : 1], at: 0 });
    return;
  }
  if (holds) {
    effects(run, node.effects);
    advance(run);
  } else if (node.do === 'until') {
    throw new Disabled();
  } else {
    throw new SelfLoop();
  }
}

/** Thrown by a failed attempt of spin_until: a move that leads back to where it came from. */
export class SelfLoop extends Error {}

function effects(run: Run, list: readonly Effect[]): void {
  for (const one of list) effect(run, one);
}

function effect(run: Run, one: Effect): void {
  switch (one.op) {
    case 'set':
      run.setLocal(one.to, run.value(one.value));
      break;
    case 'load':
      run.setLocal(one.to, memory.load(run, one.from));
      break;
    case 'store':
      memory.store(run, one.on, run.value(one.value));
      break;
    case 'rmw':
    case 'xchg':
    case 'cmpxchg':
      atomic(run, one);
      break;
    case 'alloc': {
      const value = one.value === undefined ? undefined : run.value(one.value);
      run.setLocal(one.to, memory.allocate(run, value));
      break;
    }
    case 'free':
      memory.release(run, run.local(one.object));
      break;
    case 'call_rcu':
      rcu.callRcu(run, run.local(one.object), one.callback);
      break;
    case 'queue_work': {
      const work = run.state.works[one.work];
      if (!work.queued) run.state.works[one.work] = { func: `fn:${one.callback}`, queued: true };
      break;
    }
    case 'list':
      memory.listWord(run, one.word, run.local(one.object), one.list);
      break;
    case 'list_first':
      run.setLocal(one.to, memory.firstOf(run, one.list));
      break;
    case 'trylock': {
      const free = run.state.locks[one.lock] === null;
      if (free) run.state.locks[one.lock] = run.self;
      run.seen.add(free ? 'trylock succeeds' : 'trylock fails');
      run.setLocal(one.to, free ? 1 : 0);
      break;
    }
    case 'claim':
      if (!run.test(one.holds)) run.findings.push(one.id);
      break;
    case 'BUG_ON':
      if (run.test(one.when)) run.report('BUG_ON', 'bug-on');
      break;
    case 'WARN_ON':
      if (run.test(one.when)) run.report('WARN_ON', 'warn-on');
      break;
    case 'ghost':
      run.state.ghosts[one.name] = run.fit(run.code.program.ghosts[one.name], run.value(one.value));
      break;
  }
}

function atomic(run: Run, one: Extract<Effect, { op: 'rmw' | 'xchg' | 'cmpxchg' }>): void {
  const old = memory.load(run, one.on);
  if (one.op === 'xchg') {
    memory.store(run, one.on, run.value(one.value));
    run.setLocal(one.to, old);
    return;
  }
  if (one.op === 'cmpxchg') {
    if (old === run.value(one.expected)) memory.store(run, one.on, run.value(one.value));
    run.setLocal(one.to, old);
    return;
  }
  const by = run.value(one.by);
  const next = {
    add: old + by,
    sub: old - by,
    xor: old ^ by,
    inc_not_zero: old === 0 ? 0 : old + 1,
  }[one.how];
  const stored = memory.store(run, one.on, next);
  if (one.to !== undefined)
    run.setLocal(one.to, one.how === 'inc_not_zero' ? Number(old !== 0) : stored);
}

function lockOf(run: Run, lock: LockName): number {
  return typeof lock === 'number' ? lock : run.local(lock.local);
}

function release(run: Run, lock: number): void {
  if (run.state.locks[lock] !== run.self) run.report('LOCKDEP', 'unlock-by-other');
  run.state.locks[lock] = null;
}

function take(run: Run, lock: number): void {
  const owner = run.state.locks[lock];
  if (owner?.startsWith(`${run.cpu}.`)) run.report('LOCKDEP', 'self-deadlock');
  if (owner !== null) {
    run.seen.add('waits for a lock');
    run.waitsFor = Number(owner.split('.')[0]);
    throw new Disabled();
  }
  run.state.locks[lock] = run.self;
  run.waited = true;
}
