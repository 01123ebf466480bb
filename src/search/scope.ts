/** What a HOLDS covers, in lines: a verdict without them would claim too much. */
import type { Check } from '../design/check.ts';
import { FACILITIES } from '../design/processor.ts';
import type { HeapObject } from '../machine/layout.ts';
import type { CompiledMachine } from '../machine/machine.ts';
import { formatSchedule } from '../replay/schedule.ts';
import { forbiddenTo, type Row } from './board.ts';
import type { Search } from './search.ts';
import type { StoreTold, Verdict } from './verdict.ts';

const CONSISTENT = 'sequentially consistent; barrier placement not checked';

export function scopeOf(
  check: Check,
  compiled: CompiledMachine,
  search: Search,
  store: StoreTold | undefined,
): string[] {
  const lines = [
    afterLine(search),
    sizeLine(compiled),
    ...((check.scope ?? []).some((line) => line.startsWith('bounded:'))
      ? []
      : [operationsLine(compiled)]),
    CONSISTENT,
    storeLine(store),
    racesLine(search),
    facilitiesLine(search),
    ...assumptions(compiled),
    ...protection(search),
    ...search.board.possibleRows.map(possibilityLine),
  ];
  const refused = search.engine.heap.refused;
  if (refused > 0)
    lines.push(`allocation found no free object ${refused} times: the model handles it`);
  if (check.model.source !== undefined) lines.push(check.model.source);
  return [...lines, ...(check.scope ?? [])].filter((line) => line !== '');
}

function afterLine({ roots }: Search): string {
  if (roots === undefined) return '';
  const { moves = [] } = roots[0] ?? {};
  return `only what can follow ${formatSchedule(moves) || 'the initial state'}: no verdict of the check`;
}

/** A verdict with a line in its scope for the states that were left out; which locals are read is not known without them. */
export function ofReduced({ unreadLocals, ...verdict }: Verdict): Verdict {
  const { scope, reduction, complete, states } = verdict;
  if (reduction === undefined || reduction.names.length === 0)
    return { ...verdict, ...(unreadLocals === undefined ? {} : { unreadLocals }) };
  const by = reduction.names.map((name) => (name === 'stubborn' ? 'stubborn sets' : name));
  const some = states.toLocaleString('en-US');
  const what = complete
    ? `all states: ${some} stand for the others`
    : 'states were left out that others stand for';
  const at = scope.indexOf(CONSISTENT) + 1;
  const line = `${what} (${by.join(', ')})`;
  return { ...verdict, scope: [...scope.slice(0, at), line, ...scope.slice(at)] };
}

function sizeLine({ cpuCount, cpus, layout }: CompiledMachine): string {
  const threads = cpus.slice(cpuCount).map(({ name }) => name);
  const heaps = new Map<string, number>();
  for (const { heap } of layout.objects as readonly HeapObject[])
    heaps.set(heap, (heaps.get(heap) ?? 0) + 1);
  const parts = [
    `${cpuCount} ${cpuCount === 1 ? 'CPU' : 'CPUs'}`,
    ...threads.map((name) => `thread ${name}`),
    ...[...heaps].map(([heap, count]) => counted(count, heap)),
  ];
  return parts.join(', ');
}

function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${count} ${noun}${/(s|x|ch|sh)$/.test(noun) ? 'es' : 's'}`;
}

function operationsLine({ cpus }: CompiledMachine): string {
  const clients = cpus.filter(({ slots }) =>
    slots[0]?.loaded.some(({ program }) =>
      program.instructions.some((one) => one.op === 'choose' && one.between),
    ),
  );
  return clients.length === 0 ? 'as many operations as the model does' : 'any number of operations';
}

function storeLine(store: StoreTold | undefined): string {
  switch (store?.name) {
    case undefined:
      return '';
    case 'tree': {
      const { compressedFrom: from } = store;
      if (from === undefined) return 'states compressed without loss (--store tree)';
      const since = `from ${from.toLocaleString('en-US')} states on`;
      return `memory got short: states compressed without loss ${since} (--store plain keeps them whole)`;
    }
    case 'fingerprint': {
      const { byCounts = 0, byGap = 0 } = store;
      const odds = `${byCounts.toExponential(1)} by their number, ${byGap.toExponential(1)} by the smallest gap`;
      return `states by fingerprints of 64 bits: the odds that two were taken for one are ${odds}`;
    }
    case 'bitstate':
      return `states by bits of a table of 2^${store.bits} (--store bitstate): some were left out`;
  }
}

function facilitiesLine({ engine }: Search): string {
  const on = FACILITIES.filter((facility) => engine.modes[facility] !== 'off');
  const off = FACILITIES.filter((facility) => engine.modes[facility] === 'off');
  const named = off.map((one) => (one === 'KCSAN' ? 'KCSAN (data races)' : one));
  return `facilities: ${on.join(', ')}${off.length === 0 ? '' : `; off: ${named.join(', ')}`}`;
}

function racesLine({ engine }: Search): string {
  return engine.isOn('KCSAN')
    ? 'KCSAN: data races between steps that two CPUs can take next; one that a plain or relaxed flag keeps apart is not seen'
    : '';
}

/** Steps declared atomic with their reasons, counters that wrap, how RCU is modelled. */
function assumptions({ cpus, layout, model }: CompiledMachine): string[] {
  const lines = new Set<string>();
  for (const { slots } of cpus) {
    for (const { program } of slots.flatMap((slot) => slot?.loaded ?? [])) {
      for (const one of program.instructions) {
        if (one.op === 'step' && one.node.atomic !== undefined) {
          lines.add(
            `one step by declaration: ${one.stack.at(-1)}: ${one.label} (${one.node.atomic})`,
          );
        }
      }
    }
  }
  const wrapping = layout.cells.filter(({ codec }) => codec.wraps).map(({ name }) => name);
  if (wrapping.length > 0) lines.add(`counters that wrap: ${wrapping.join(', ')}`);
  if (layout.heads.length > 0) lines.add(rcuLine(model.rcu));
  return [...lines];
}

function rcuLine(rcu: CompiledMachine['model']['rcu']): string {
  const order = rcu.order === 'any' ? 'callbacks in any order' : 'callbacks in order of call_rcu';
  const where = { both: 'in softirq or offloaded', softirq: 'in softirq', offloaded: 'offloaded' }[
    rcu.callbacks
  ];
  const readers = rcu.consolidated ? ', softirqs off count as readers' : '';
  return `RCU: ${order}, ${where}${readers}`;
}

/** What a `possibly` was asked about, and by what its continuations go. */
function possibilityLine(row: Row): string {
  const forbidden = forbiddenTo(row);
  const without = forbidden.length === 0 ? '' : `, without ${forbidden.join(', ')}`;
  return `${row.id}: some continuation, not every one; no client stops${without}`;
}

function protection({ discipline }: Search): string[] {
  return [...discipline.protectedWords()].map(
    ([lock, words]) => `always under ${lock}: ${words.join(', ')}`,
  );
}
