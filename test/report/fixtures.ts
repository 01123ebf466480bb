/** Traces written by hand: what the frozen engine would say about three small bugs. */
import type { Finding } from '../../src/design/processor.ts';
import type { Access, Change, Trace, TraceStep } from '../../src/replay/trace.ts';

/** `x=1` is a read, `x:0>1` a write that changed x, `x:1` a write that did not; `~` in front makes it atomic. */
function accessesOf(texts: readonly string[]): { accesses: Access[]; changes: Change[] } {
  const accesses: Access[] = [];
  const changes: Change[] = [];
  for (const text of texts) {
    const atomic = text.startsWith('~');
    const [, path, sign, value] = /^~?(.+?)([=:])(.*)$/.exec(text) as unknown as string[];
    const [before, after] = value.split('>');
    const write = sign === ':';
    accesses.push({ path, value: after ?? before, write, atomic });
    if (after !== undefined) changes.push({ path, before, after });
  }
  return { accesses, changes };
}

interface Extra extends Partial<TraceStep> {
  readonly did?: readonly string[];
  readonly local?: readonly string[];
}

/** One step: `where` is the stack from the outermost function, separated by blanks. */
export function step(cpu: number, where: string, label: string, extra: Extra = {}): TraceStep {
  const { did = [], local = [], ...rest } = extra;
  const { accesses, changes } = accessesOf(did);
  return {
    cpu,
    context: 'task',
    choice: 0,
    label,
    stack: where.split(' '),
    accesses,
    changes,
    locals: accessesOf(local).changes,
    findings: [],
    refused: false,
    ...rest,
  };
}

export function trace(steps: readonly TraceStep[], rest: Partial<Trace> = {}): Trace {
  const switches = steps.filter(
    (one, index) => index > 0 && steps[index - 1].cpu !== one.cpu,
  ).length;
  return {
    schemaVersion: 1,
    tool: '0.1.0',
    check: 'counter',
    modelHash: '',
    initial: 'initial',
    schedule: '0.1x2.0',
    property: '',
    cpus: ['CPU0', 'CPU1'],
    steps,
    switches,
    violation: '',
    finding: steps.at(-1)?.findings[0] ?? finding('property', '', '', ''),
    blocked: [],
    ...rest,
  };
}

function finding(
  facility: Finding['facility'],
  kind: string,
  object: string,
  message: string,
): Finding {
  return { facility, kind, object, message };
}

/** Two increments without a lock. */
export const lostUpdate = trace(
  [
    step(0, 'increment', 'r0 = READ_ONCE(x)', { did: ['x=0'] }),
    step(1, 'increment', 'r0 = READ_ONCE(x)', { did: ['x=0'] }),
    step(1, 'increment', 'WRITE_ONCE(x, r0 + 1)', { did: ['x:0>1'], local: ['increment.r0:0>1'] }),
    step(0, 'increment', 'WRITE_ONCE(x, r0 + 1)', {
      did: ['x:1'],
    }),
  ],
  {
    property: 'every increment is counted',
    violation: "'every increment is counted' is false in this state",
    finding: finding(
      'property',
      'every increment is counted',
      '',
      "'every increment is counted' is false in this state",
    ),
  },
);

const LOCK = 'spin_lock_bh(mm->context.lock)';
const UNLOCK = 'spin_unlock_bh(mm->context.lock)';

function lock(cpu: number, where: string, extra: Extra = {}): TraceStep[] {
  return [
    step(cpu, where, `${LOCK}: softirqs off`, extra),
    step(cpu, where, `${LOCK}: take lock`, { did: [`mm.lock.owner:NONE>CPU${cpu}`], ...extra }),
  ];
}

function unlock(cpu: number, where: string, extra: Extra = {}): TraceStep[] {
  return [
    step(cpu, where, `${UNLOCK}: release lock`, {
      did: [`mm.lock.owner:CPU${cpu}>NONE`],
      ...extra,
    }),
    step(cpu, where, `${UNLOCK}: softirqs on`, extra),
  ];
}

const softirq = { context: 'softirq' } as const;
const NOW = 'pte_free_now page_table_free';

/** Two page tables of one page deferred through one rcu_head, with a callback in between. */
export const sharedRcuHead = trace(
  [
    step(0, 'client pte_free_defer', 'mmgrab(mm)', { did: ['~mm.mm_count:1>2'] }),
    step(0, 'client pte_free_defer', 'page->pt_mm = mm + h', { did: ['page[0].pt_mm:NONE>0'] }),
    step(0, 'client pte_free_defer', 'call_rcu(&page->rcu_head, pte_free_now)', {
      did: [
        'page[0].rcu_head.func:LIST_POISON2>pte_free_now',
        'page[0].rcu_head.next:LIST_POISON1>NULL',
        'page[0].rcu_head.queued:no>CPU0',
      ],
    }),
    step(1, 'client pte_free_defer', 'mmgrab(mm)', { did: ['~mm.mm_count:2>3'] }),
    step(1, 'client pte_free_defer', 'page->pt_mm = mm + h', { did: ['page[0].pt_mm:0>1'] }),
    step(0, 'pte_free_now', 'pte_free_now', {
      ...softirq,
      enters: 'pte_free_now',
      did: ['page[0].rcu_head.func:pte_free_now>NULL', 'page[0].rcu_head.queued:CPU0>no'],
    }),
    step(0, 'pte_free_now', 'h = page->pt_mm & 7', { ...softirq, did: ['page[0].pt_mm=1'] }),
    ...lock(0, NOW, softirq),
    step(0, NOW, 'mask = atomic_xor_bits(&page->_refcount, 0x11 << h)', {
      ...softirq,
      did: ['~page[0].refcount:3>33'],
    }),
    step(0, NOW, 'list_add(&page->lru, &mm->pgtable_list)', {
      ...softirq,
      did: [
        'mm.pgtable_list.next=&mm.pgtable_list',
        'mm.pgtable_list.prev:&mm.pgtable_list>&page[0].lru',
        'page[0].lru.next:NULL>&mm.pgtable_list',
        'page[0].lru.prev:NULL>&mm.pgtable_list',
        'mm.pgtable_list.next:&mm.pgtable_list>&page[0].lru',
      ],
    }),
    ...unlock(0, NOW, softirq),
    step(0, NOW, 'mask = atomic_xor_bits(&page->_refcount, 0x10 << h)', {
      ...softirq,
      did: ['~page[0].refcount:33>1'],
    }),
    step(0, 'client pte_free_defer', 'return to client', {}),
    step(1, 'client pte_free_defer', 'call_rcu(&page->rcu_head, pte_free_now)', {
      did: [
        'page[0].rcu_head.func:&mm.pgtable_list>pte_free_now',
        'page[0].rcu_head.next:&mm.pgtable_list>NULL',
        'page[0].rcu_head.queued:no>CPU1',
      ],
      findings: [
        finding(
          'DEBUG_OBJECTS_RCU_HEAD',
          'overlay',
          'page[0].rcu_head',
          'call_rcu() on page[0].rcu_head writes over page[0].lru, which is still linked',
        ),
      ],
      refused: true,
    }),
  ],
  {
    check: 's390_pgtable/v1',
    property:
      'P6: page->lru is never written while the rcu_head is queued, nor the other way round',
    violation: 'call_rcu() on page[0].rcu_head writes over page[0].lru, which is still linked',
    schedule: '0x3.1x2.0sx8.0.1',
  },
);

/** Three CPUs in a circle: each takes a lock and waits for the next one's. */
export const threeLocks = trace(
  [
    step(0, 'transfer', 'spin_lock(account[0].lock)', { did: ['account[0].lock.owner:NONE>CPU0'] }),
    step(1, 'transfer', 'spin_lock(account[1].lock)', { did: ['account[1].lock.owner:NONE>CPU1'] }),
    step(2, 'transfer', 'spin_until(READ_ONCE(ready))', { did: ['ready=0'] }),
    step(2, 'transfer', 'spin_until(READ_ONCE(ready))', { did: ['ready=0'] }),
    step(2, 'transfer', 'spin_until(READ_ONCE(ready))', { did: ['ready=0'] }),
    step(1, 'transfer', 'WRITE_ONCE(ready, 1)', { did: ['ready:0>1'] }),
    step(2, 'transfer', 'spin_until(READ_ONCE(ready))', { did: ['ready=1'] }),
    step(2, 'transfer', 'spin_lock(account[2].lock)', {
      did: ['account[2].lock.owner:NONE>walker'],
    }),
    step(2, 'transfer', 'sum = account[0].balance + account[1].balance', {
      did: ['account[0].balance=10', 'account[1].balance=7'],
      local: ['transfer.sum:0>17'],
    }),
  ],
  {
    check: 'bank/circle',
    cpus: ['CPU0', 'CPU1', 'walker'],
    property: 'deadlock',
    violation: 'no CPU can go on, and not all have finished',
    finding: finding('deadlock', 'deadlock', '', 'no CPU can go on, and not all have finished'),
    schedule: '0.1.2x3.1.2x3',
    blocked: [
      { cpu: 0, on: 'transfer: spin_lock(account[1].lock)' },
      { cpu: 1, on: 'transfer: spin_lock(account[2].lock)' },
      { cpu: 2, on: 'transfer: spin_lock(account[0].lock)' },
    ],
  },
);
