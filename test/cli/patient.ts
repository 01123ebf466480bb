/** A check that takes a second or more, with something of all that a search notes: races, lock orders, shortages, goals, violations. */
export const PATIENT = `import {
  alloc, always, check, cpu, free, heap, machine, model, NONE, per_cpu, possibly, reachable, record, ref, spin_lock, spin_unlock,
  spinlock, uint, WRITE_ONCE,
} from 'heddle';
const m = machine({
  lock: spinlock(),
  other: spinlock(),
  n: per_cpu(uint(6)),
  total: uint(3, { wraps: true }),
  seen: uint(1),
  box: heap(1, record('box', { v: uint(1) })),
});
const locals = { o: ref('box') };
const work = m.fn('work', { locals }, (b) => [
  b.loop([
    b.step('n + 1', (s, _l, ctx) => { s.n[ctx.cpu] = (s.n[ctx.cpu] + 1) % 24; }),
    b.call(spin_lock, (s) => s.lock),
    b.atomic('a test', b.step('total + 1', (s) => { s.total = s.total + 1; })),
    b.call(spin_unlock, (s) => s.lock),
    b.step('o = kmalloc()', (s, l) => { l.o = alloc(s.box, { v: 1 }); }),
    b.call(spin_lock, (s) => s.other),
    b.step('seen = 1', (s) => { s.seen = 1; }),
    b.call(spin_unlock, (s) => s.other),
    b.when('got one', (l) => l.o !== NONE, [b.step('kfree(o)', (s, l) => free(s.box, l.o))]),
  ]),
]);
const nested = m.fn('nested', (b) => [
  b.call(spin_lock, (s) => s.lock),
  b.call(spin_lock, (s) => s.other),
  b.step('seen = 0', (s) => { WRITE_ONCE(s, 'seen', 0); }),
  b.call(spin_unlock, (s) => s.other),
  b.call(spin_unlock, (s) => s.lock),
  b.step('seen = 0 once more', (s) => { s.seen = 0; }),
]);
export default check(model({ machine: m, cpus: [cpu({ count: 2, task: work }), cpu({ task: nested })], source: 'test' }), {
  facilities: { KCSAN: 'soft' },
  properties: {
    'P1: both come far': reachable((s) => s.n[0] === 20 && s.n[1] === 20),
    'P2: total is not 7 where n is 20': always((s) => s.total !== 7 || s.n[0] !== 20),
    'P3: seen can be taken back': possibly({ from: (s) => s.seen === 1, to: (s) => s.seen === 0 }),
  },
  expected: { KCSAN: 'violated', P2: 'violated', P3: 'violated' },
});
`;
