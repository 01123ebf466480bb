/** Grace periods, callbacks, and everything that waits for them. */
import {
  alloc,
  bool,
  call_rcu,
  check,
  claim,
  claimed,
  container_of,
  cpu,
  enumeration,
  free,
  ghost,
  heap,
  is_live,
  local_bh_disable,
  local_bh_enable,
  local_irq_restore,
  local_irq_save,
  type Macro,
  machine,
  model,
  NONE,
  never,
  preempt_disable,
  preempt_enable,
  type RcuOptions,
  rcu_barrier,
  rcu_head,
  rcu_head_is_queued,
  rcu_read_lock,
  rcu_read_unlock,
  reachable,
  record,
  ref,
  type StateOf,
  spin_lock,
  spin_lock_bh,
  spin_unlock,
  spin_unlock_bh,
  spinlock,
  synchronize_rcu,
  uint,
  word,
} from 'heddle';
import { describe, expect, test } from 'vitest';
import { clean, counts, found, schedule } from '../outcome.ts';
import { anywhere } from './look.ts';

type Section = readonly [name: string, enter: Macro<unknown>, leave: Macro<unknown>];

/** A reader looks up an object in a section; the updater takes it off and gives it to `reclaim`. */
function lookedUp(
  [, enter, leave]: Section,
  reclaim: 'call_rcu' | 'synchronize_rcu',
  rcu: RcuOptions = {},
  expected = {},
) {
  const state = machine(
    {
      lock: spinlock(),
      published: ref('box'),
      box: heap(1, record('box', { value: bool(), head: rcu_head() })),
    },
    { callbacks: ['release'] },
  );
  const target = (s: StateOf<typeof state>) => s.lock;
  const reader = state.fn('reader', { locals: { p: ref('box') } }, (b) => [
    b.call(enter, target),
    b.step('p = published', (s, l) => {
      l.p = s.published;
    }),
    b.when('p', (l) => l.p !== NONE, [
      b.step('read p->value', (s, l) => {
        s.box[l.p].value;
      }),
    ]),
    b.call(leave, target),
  ]);
  const updater = state.fn('updater', (b) => [
    b.step('published = NULL', (s) => {
      s.published = NONE;
    }),
    reclaim === 'call_rcu'
      ? b.step('call_rcu', (s) => call_rcu(s.box[0].head, 'release'))
      : [b.call(synchronize_rcu), b.step('free', (s) => free(s.box, 0))],
  ]);
  const release = state.fn('release', { params: { head: word() } }, (b) => [
    b.step('free', (s, l) => free(s.box, container_of(l.head, 'box', 'head'))),
  ]);
  return check(
    model({
      machine: state,
      cpus: [cpu({ task: reader }), cpu({ task: updater })],
      callbacks: { release },
      initial: (s) => {
        s.published = alloc(s.box, { value: true });
      },
      rcu,
    }),
    { expected },
  );
}

/** Whether the object is gone, in any state after its removal. */
function freed(design: ReturnType<typeof lookedUp>): boolean[] {
  return anywhere(design.model, (s) => !is_live(s.box[0]));
}

const sections: readonly Section[] = [
  ['rcu_read_lock', rcu_read_lock, rcu_read_unlock],
  ['preempt_disable', preempt_disable, preempt_enable],
  ['local_irq_save', local_irq_save, local_irq_restore],
];
const consolidated: readonly Section[] = [
  ['local_bh_disable', local_bh_disable, local_bh_enable],
  ['spin_lock', spin_lock as Macro<unknown>, spin_unlock as Macro<unknown>],
  ['spin_lock_bh', spin_lock_bh as Macro<unknown>, spin_unlock_bh as Macro<unknown>],
];

describe('a grace period', () => {
  describe.each(['call_rcu', 'synchronize_rcu'] as const)('of %s', (reclaim) => {
    test.each(sections)('waits for a reader in %s', (...section) => {
      expect(counts(lookedUp(section, reclaim))).toMatchObject({ verdict: 'holds', violated: [] });
      expect(freed(lookedUp(section, reclaim))).toEqual([false, true]);
    });

    test.each(consolidated)('waits for %s where RCU is consolidated', (...section) => {
      expect(counts(lookedUp(section, reclaim, { consolidated: true }))).toMatchObject({
        verdict: 'holds',
        violated: [],
      });
      expect(freed(lookedUp(section, reclaim, { consolidated: true }))).toEqual([false, true]);
    });

    test.each(consolidated)('does not wait for %s by default', (...section) => {
      const early = lookedUp(section, reclaim, {}, { KASAN: 'violated' });
      expect(found(early, 'KASAN')).toMatchObject({
        kind: 'use-after-free',
        object: 'box[0].value',
      });
    });
  });

  test('ends the shortest schedule that frees too early', () => {
    const early = lookedUp(
      consolidated[0],
      'call_rcu',
      { callbacks: 'softirq' },
      { KASAN: 'violated' },
    );
    expect(schedule(early, 'KASAN')).toEqual([
      'CPU0 reader: local_bh_disable',
      'CPU0 reader: p = published',
      'CPU1 updater: published = NULL',
      'CPU1 updater: call_rcu',
      'CPU1 softirq release: start release',
      'CPU1 softirq release: free',
      'CPU0 reader: read p->value',
    ]);
  });
});

describe('call_rcu', () => {
  const state = machine(
    {
      a: rcu_head(),
      b: rcu_head(),
      reader: ghost(enumeration('before', 'inside', 'after')),
      entered: ghost(enumeration('never', 'early', 'late')),
      called: ghost(bool()),
      ran: ghost(bool()),
      order: ghost(enumeration('none', 'a', 'b', 'ab', 'ba')),
    },
    { callbacks: ['ran_a', 'ran_b'] },
  );
  type State = StateOf<typeof state>;
  const note = (name: 'a' | 'b') =>
    state.fn(`ran_${name}`, (b) => [
      b.step(`${name} ran`, (s) => {
        s.ran = true;
        s.order = s.order === 'none' ? name : s.order === 'a' ? 'ab' : 'ba';
        claim('R', !(s.entered === 'early' && s.reader === 'inside'));
      }),
    ]);
  const callbacks = { ran_a: note('a'), ran_b: note('b') };
  const orders = (rcu: RcuOptions, count = 1) => {
    const queue = state.fn('queue', (b) => [
      b.step('call_rcu(a)', (s) => call_rcu(s.a, 'ran_a')),
      b.step('call_rcu(b)', (s) => call_rcu(s.b, 'ran_b')),
    ]);
    const one = state.fn('one', (b) => [b.step('call_rcu(b)', (s) => call_rcu(s.b, 'ran_b'))]);
    const other = state.fn('other', (b) => [b.step('call_rcu(a)', (s) => call_rcu(s.a, 'ran_a'))]);
    const cpus = count === 1 ? [cpu({ task: queue })] : [cpu({ task: other }), cpu({ task: one })];
    const design = model({ machine: state, cpus, callbacks, rcu });
    return anywhere(design, (s) => s.order).filter((order) => order.length === 2);
  };

  test('a callback never runs while a reader from before is inside, and may with one from later', () => {
    const reader = state.fn('reader', (b) => [
      b.call(rcu_read_lock),
      b.step('inside', (s) => {
        s.reader = 'inside';
        s.entered = s.called ? 'late' : 'early';
      }),
      b.step('leaves', (s) => {
        s.reader = 'after';
      }),
      b.call(rcu_read_unlock),
    ]);
    const queue = state.fn('queue', (b) => [
      b.step('call_rcu(a)', (s) => {
        s.called = true;
        call_rcu(s.a, 'ran_a');
      }),
    ]);
    const waited = check(
      model({ machine: state, cpus: [cpu({ task: reader }), cpu({ task: queue })], callbacks }),
      {
        properties: {
          'R: no callback runs under an earlier reader': claimed(),
          'G: one runs under a later reader': reachable(
            (s) => s.ran && s.reader === 'inside' && s.entered === 'late',
          ),
        },
      },
    );
    expect(counts(waited)).toMatchObject({ verdict: 'holds', violated: [] });
  });

  test('runs callbacks in any order by default, of one CPU and of two', () => {
    expect(orders({ callbacks: 'softirq' })).toEqual(['ab', 'ba']);
    expect(orders({ callbacks: 'softirq' }, 2)).toEqual(['ab', 'ba']);
    expect(orders({ callbacks: 'offloaded' })).toEqual(['ab', 'ba']);
  });

  test('runs those of one CPU in order of call_rcu where it is told to, those of two in any', () => {
    expect(orders({ callbacks: 'softirq', order: 'fifo' })).toEqual(['ab']);
    expect(orders({ callbacks: 'softirq', order: 'fifo' }, 2)).toEqual(['ab', 'ba']);
  });

  test('the first of a fifo list holds up those behind it', () => {
    const queue = state.fn('queue', (b) => [
      b.step('call_rcu(a)', (s) => call_rcu(s.a, 'ran_a')),
      b.step('call_rcu(b)', (s) => call_rcu(s.b, 'ran_b')),
    ]);
    const reader = state.fn('reader', (b) => [
      b.call(rcu_read_lock),
      b.step('inside', (s) => {
        s.reader = 'inside';
        s.entered = 'early';
      }),
      b.until('b queued', (s) => rcu_head_is_queued(s.b)),
      b.step('leaves', (s) => {
        s.reader = 'after';
      }),
      b.call(rcu_read_unlock),
    ]);
    const listed = check(
      model({
        machine: state,
        cpus: [cpu({ task: reader }), cpu({ task: queue })],
        callbacks,
        rcu: { order: 'fifo', callbacks: 'softirq' },
      }),
      { properties: { 'B: b never runs first': never((s) => s.order === 'b') } },
    );
    expect(counts(listed).violated).not.toContain('B');
  });

  test('runs a softirq where softirqs are on, an offloaded thread anywhere', () => {
    const task = state.fn('task', (b) => [
      b.call(local_bh_disable),
      b.step('call_rcu(a)', (s) => call_rcu(s.a, 'ran_a')),
      b.step('inside', (s) => {
        s.reader = 'inside';
      }),
      b.step('after', (s) => {
        s.reader = 'after';
      }),
      b.call(local_bh_enable),
    ]);
    const under = (where: RcuOptions['callbacks']) =>
      anywhere(
        model({ machine: state, cpus: [cpu({ task })], callbacks, rcu: { callbacks: where } }),
        (s: State) => s.ran && s.reader === 'inside',
      ).includes(true);
    expect(under('softirq')).toBe(false);
    expect(under('offloaded')).toBe(true);
    expect(under('both')).toBe(true);
  });

  test('clears func before the callback runs, and the head may be queued again', () => {
    const heads = machine({ head: rcu_head(), func: word() }, { callbacks: ['look'] });
    const look = heads.fn('look', (b) => [
      b.step('func = head->func', (s) => {
        claim('F', s.head.func === 0);
        claim('Q', !rcu_head_is_queued(s.head));
      }),
    ]);
    const queue = heads.fn('queue', (b) => [
      b.step('call_rcu', (s) => call_rcu(s.head, 'look')),
      b.call(rcu_barrier),
      b.step('call_rcu again', (s) => call_rcu(s.head, 'look')),
    ]);
    const again = check(
      model({
        machine: heads,
        cpus: [cpu({ task: queue })],
        callbacks: { look },
        rcu: { callbacks: 'softirq' },
      }),
      { properties: { 'F: func is NULL': claimed(), 'Q: it is not queued': claimed() } },
    );
    expect(counts(again)).toMatchObject({ verdict: 'holds', violated: [] });
  });

  test('tells each callback which head it was called with', () => {
    const heads = machine(
      { box: heap(2, record('box', { head: rcu_head(), n: uint(2) })), done: ghost(uint(2)) },
      { callbacks: ['release'] },
    );
    const queue = heads.fn('queue', (b) => [
      b.step('call_rcu(box[0])', (s) => call_rcu(s.box[0].head, 'release')),
      b.step('call_rcu(box[1])', (s) => call_rcu(s.box[1].head, 'release')),
    ]);
    const release = heads.fn('release', { params: { head: word() } }, (b) => [
      b.step('free', (s, l) => free(s.box, container_of(l.head, 'box', 'head'))),
    ]);
    const both = check(
      model({
        machine: heads,
        cpus: [cpu({ task: queue })],
        callbacks: { release },
        initial: (s) => {
          alloc(s.box, {});
          alloc(s.box, {});
        },
      }),
      { facilities: { leak: 'soft' } },
    );
    // Neither freed twice nor forgotten; while nothing points to a queued box, its queued head keeps it.
    expect(counts(both)).toMatchObject({ verdict: 'holds', violated: [] });
  });
});

describe('a head queued twice', () => {
  const state = machine(
    { a: rcu_head(), b: rcu_head(), ran: ghost(uint(2)) },
    { callbacks: ['note'] },
  );
  const note = state.fn('note', (b) => [
    b.step('ran', (s) => {
      s.ran += 1;
    }),
  ]);
  const twice = (rcu: RcuOptions) => {
    const queue = state.fn('queue', (b) => [
      b.step('call_rcu(a)', (s) => call_rcu(s.a, 'note')),
      b.step('call_rcu(b)', (s) => call_rcu(s.b, 'note')),
      b.step('call_rcu(a) again', (s) => call_rcu(s.a, 'note')),
    ]);
    return model({
      machine: state,
      cpus: [cpu({ task: queue })],
      callbacks: { note },
      rcu: { callbacks: 'softirq', ...rcu },
    });
  };

  test('loses both callbacks on a debug kernel', () => {
    const debug = check(twice({}), { expected: { DEBUG_OBJECTS_RCU_HEAD: 'violated' } });
    expect(found(debug, 'DEBUG_OBJECTS_RCU_HEAD')).toMatchObject({
      kind: 'double-call_rcu',
      object: 'a',
    });
    // a ran before it was queued again, or never: 1 or 3 run, with b.
    expect(
      anywhere(twice({}), (s) => s.ran, { expected: { DEBUG_OBJECTS_RCU_HEAD: 'violated' } }),
    ).toEqual([0, 1, 2, 3]);
  });

  const broken = (between: boolean) => {
    const queue = state.fn('queue', (b) => [
      b.step('call_rcu(a)', (s) => call_rcu(s.a, 'note')),
      between ? b.step('call_rcu(b)', (s) => call_rcu(s.b, 'note')) : [],
      b.step('call_rcu(a) again', (s) => call_rcu(s.a, 'note')),
    ]);
    return model({
      machine: state,
      cpus: [cpu({ task: queue })],
      callbacks: { note },
      rcu: { callbacks: 'softirq', order: 'fifo', doubleQueue: 'real' },
    });
  };
  const unwatched = { facilities: { DEBUG_OBJECTS_RCU_HEAD: 'off' } } as const;

  test('points to itself on a production kernel where it is the last: its func is called again, now NULL', () => {
    const looped = check(broken(false), { ...unwatched, expected: { KASAN: 'violated' } });
    expect(found(looped, 'KASAN')).toEqual({
      facility: 'KASAN',
      kind: 'null-call',
      object: 'a',
      // Queued twice, taken and run; taken again.
      steps: 5,
      switches: 0,
    });
  });

  test('cuts off those behind it on a production kernel: b never runs', () => {
    const ran = anywhere(broken(true), (s) => [s.ran, rcu_head_is_queued(s.b)], unwatched);
    // Where a ran before it was queued again, all three runs happen; else a runs once and b stays queued.
    expect(ran).toContainEqual([3, false]);
    expect(ran).toContainEqual([1, true]);
    const lost = check(broken(true), {
      ...unwatched,
      properties: {
        'G: a ran and nothing is left on the list but b': reachable(
          (s) => s.ran === 1 && s.a.next === 0 && s.b.next !== 0 && !rcu_head_is_queued(s.a),
        ),
      },
    });
    expect(counts(lost)).toMatchObject({ verdict: 'holds' });
  });
});

describe('synchronize_rcu and rcu_barrier', () => {
  test('rcu_barrier waits for callbacks that are queued, and for those that run', () => {
    const state = machine({ head: rcu_head(), done: bool() }, { callbacks: ['finish'] });
    const queue = state.fn('queue', (b) => [
      b.step('call_rcu', (s) => call_rcu(s.head, 'finish')),
      b.call(rcu_barrier),
      b.step('after the barrier', (s) => claim('B', s.done)),
    ]);
    const finish = state.fn('finish', (b) => [
      b.step('begin', () => {}),
      b.step('done = true', (s) => {
        s.done = true;
      }),
    ]);
    const waited = (rcu: RcuOptions) =>
      counts(
        check(model({ machine: state, cpus: [cpu({ task: queue })], callbacks: { finish }, rcu }), {
          properties: { 'B: the callback has run': claimed() },
        }),
      );
    for (const callbacks of ['softirq', 'offloaded', 'both'] as const) {
      expect(waited({ callbacks })).toMatchObject({ verdict: 'holds', violated: [] });
    }
    // Before call_rcu; then the callback is queued, begun, half done or done, before the barrier and in it; past it; ended.
    expect(waited({ callbacks: 'softirq' })).toEqual(clean(11, 12));
  });

  test('synchronize_rcu does not wait for callbacks', () => {
    const state = machine({ head: rcu_head(), done: bool() }, { callbacks: ['finish'] });
    const queue = state.fn('queue', (b) => [
      b.step('call_rcu', (s) => call_rcu(s.head, 'finish')),
      b.call(synchronize_rcu),
      b.step('afterwards', (s) => claim('B', s.done)),
    ]);
    const finish = state.fn('finish', (b) => [
      b.step('done = true', (s) => {
        s.done = true;
      }),
    ]);
    const passed = check(
      model({ machine: state, cpus: [cpu({ task: queue })], callbacks: { finish } }),
      { properties: { 'B: the callback has run': claimed() }, expected: { B: 'violated' } },
    );
    expect(found(passed, 'B')).toMatchObject({ steps: 4, switches: 0 });
  });

  test('synchronize_rcu waits for readers inside now, not for later ones', () => {
    const state = machine({ x: bool(), inside: ghost(bool()), over: ghost(bool()) });
    const waiter = state.fn('waiter', (b) => [
      b.call(synchronize_rcu),
      b.step('over', (s) => {
        s.over = true;
      }),
    ]);
    const reader = state.fn('reader', (b) => [
      b.call(rcu_read_lock),
      b.step('inside', (s) => {
        s.inside = true;
      }),
      b.step('still inside', (s) => {
        s.inside = false;
      }),
      b.call(rcu_read_unlock),
    ]);
    const overtaken = check(
      model({ machine: state, cpus: [cpu({ task: waiter }), cpu({ task: reader })] }),
      {
        properties: {
          'G: over while a later reader is inside': reachable((s) => s.over && s.inside),
        },
      },
    );
    expect(counts(overtaken)).toMatchObject({ verdict: 'holds', violated: [] });
  });
});
