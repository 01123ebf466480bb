/** What the schedules of a lock order show together, and whether they meet: on random programs against all their states. */
import fc from 'fast-check';
import {
  call_rcu,
  check,
  cpu,
  explain,
  explore,
  machine,
  model,
  no_report,
  rcu_head,
  replay,
  spin_lock,
  spin_unlock,
  spinlock,
  type Trace,
} from 'heddle';
import { expect, test } from 'vitest';

type Name = 'a' | 'b' | 'c';
/** Locks that a CPU takes one in the other, and gives back in the opposite order. */
type Section = readonly Name[];
const NAMES: readonly Name[] = ['a', 'b', 'c'];
const runs = Number(process.env.HEDDLE_RUNS ?? 60);
const locks = machine({ a: spinlock(), b: spinlock(), c: spinlock() });

const section = fc.shuffledSubarray([...NAMES], { minLength: 1 });
const programs = fc.array(fc.array(section, { minLength: 1, maxLength: 2 }), {
  minLength: 2,
  maxLength: 3,
});

function checkOf(cpus: readonly (readonly Section[])[]) {
  const tasks = cpus.map((sections, index) =>
    cpu({
      task: locks.fn(`task${index}`, (b) =>
        sections.flatMap((names, at) => [
          ...names.map((name) => b.call(spin_lock, (s) => s[name], `${at}${name}`)),
          ...names.toReversed().map((name) => b.call(spin_unlock, (s) => s[name], `${at}${name}`)),
        ]),
      ),
    }),
  );
  return check(model({ machine: locks, cpus: tasks }));
}

/** Steps of the shortest schedule after which CPUs wait for each other in a circle with all of `wanted` held; -1 for none. */
function nearestMeeting(cpus: readonly (readonly Section[])[], wanted: readonly string[]): number {
  const programs = cpus.map((sections) =>
    sections.flatMap((names) => [
      ...names.map((name) => ({ name, takes: true })),
      ...names.toReversed().map((name) => ({ name, takes: false })),
    ]),
  );
  const distance = new Map([[cpus.map(() => 0).join(), 0]]);
  for (const [state, steps] of distance) {
    const at = state.split(',').map(Number);
    const owner = new Map<string, number>();
    programs.forEach((program, one) => {
      const held = new Set<string>();
      for (const { name, takes } of program.slice(0, at[one]))
        if (takes) held.add(name);
        else held.delete(name);
      for (const name of held) owner.set(name, one);
    });
    const waitsFor = programs.map((program, one) => {
      const op = program[at[one] as number];
      return op?.takes === true ? owner.get(op.name) : undefined;
    });
    const isStuck = cpus.some((_, one) => {
      let other: number | undefined = one;
      for (let hop = 0; hop <= cpus.length; hop += 1)
        other = other === undefined ? undefined : waitsFor[other];
      return other !== undefined;
    });
    if (isStuck && wanted.every((name) => owner.has(name))) return steps;
    programs.forEach((program, one) => {
      if (at[one] === program.length || waitsFor[one] !== undefined) return;
      const to = at.map((place, index) => (index === one ? place + 1 : place)).join();
      if (!distance.has(to)) distance.set(to, steps + 1);
    });
  }
  return -1;
}

function explained(
  checked: ReturnType<typeof checkOf>,
): { trace: Trace; words: string } | undefined {
  const trace = explore(checked).traces.find(({ property }) => property === 'LOCKDEP');
  const words = trace === undefined ? undefined : explain(checked, trace)?.words;
  return trace === undefined ? undefined : { trace, words: words ?? '' };
}

test('they meet where some schedule deadlocks with those locks held, and the shortest is shown', () => {
  const seen = { meet: 0, never: 0 };
  fc.assert(
    fc.property(programs, (program) => {
      const checked = checkOf(program);
      const found = explained(checked);
      if (found === undefined) return;
      const [, names = ''] = /: (.*)$/.exec(found.trace.finding.message) ?? [];
      const steps = nearestMeeting(program, names.split(' -> '));
      const [, schedule] = /They do meet: (\S+) ends/.exec(found.words) ?? [];
      if (steps === -1) {
        expect(found.words).toContain('No schedule of this check lets them meet');
        seen.never += 1;
        return;
      }
      const shown = replay(checked, schedule as string, { property: 'deadlock' });
      expect(shown.property).toBe('deadlock');
      expect(shown.steps).toHaveLength(steps);
      seen.meet += 1;
    }),
    { numRuns: runs },
  );
  expect(seen.meet).toBeGreaterThan(0);
  expect(seen.never).toBeGreaterThan(0);
});

test('both halves are told, and from which step on they meet', () => {
  const words = explained(checkOf([[['a', 'b']], [['b', 'a']]]))?.words;
  expect(words).toBe(
    "CPU0's 'spin_lock(0b)' takes b with a held; elsewhere a is taken with b held (1x2). " +
      'Where each has its first lock before one gets its second, all wait for ever. ' +
      'They do meet: 0.1 ends with all of them waiting for ever.',
  );
  const gated = explained(checkOf([[['c', 'a', 'b']], [['c', 'b', 'a']]]))?.words;
  expect(gated).toContain('No schedule of this check lets them meet (');
});

test.each([
  {
    early: true,
    meets: 'They do meet: 0x2.0sx2 ends with all of them waiting for ever. After CPU0 softirq',
  },
  { early: false, meets: 'No schedule of this check lets them meet (' },
])(
  'a lock taken in softirq meets who holds it only if it can come there: $early',
  ({ early, meets }) => {
    const m = machine({ lock: spinlock(), head: rcu_head() }, { callbacks: ['release'] });
    const release = m.fn('release', (b) => [
      b.call(spin_lock, (s) => s.lock, 'lock'),
      b.call(spin_unlock, (s) => s.lock, 'lock'),
    ]);
    const queue = m.fn('queue', (b) => {
      const called = b.step('call_rcu(&head, release)', (s) => call_rcu(s.head, 'release'));
      const held = [
        b.call(spin_lock, (s) => s.lock, 'lock'),
        b.call(spin_unlock, (s) => s.lock, 'lock'),
      ];
      return early ? [called, held] : [held, called];
    });
    const checked = check(
      model({
        machine: m,
        cpus: [cpu({ task: queue })],
        callbacks: { release },
        rcu: { callbacks: 'softirq' },
      }),
      { properties: { 'S: no softirq': no_report('LOCKDEP', { kinds: ['softirq-unsafe'] }) } },
    );
    const { traces } = explore(checked);
    const trace = traces.find(({ finding }) => finding.kind === 'softirq-unsafe') as Trace;
    const words = explain(checked, trace)?.words ?? '';
    expect(words).toMatch(
      /takes lock in softirq; elsewhere lock is held with softirqs on by CPU0 \(/,
    );
    expect(words).toContain('Where that softirq comes on top of who holds it, it waits for ever.');
    expect(words).toContain(meets);
    expect(explain(checked, trace, { maxStates: 0 })?.undecided).toEqual([
      'whether they can meet: more than 0 states to look at',
    ]);
  },
);
