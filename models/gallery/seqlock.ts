/** A seqlock (include/linux/seqlock.h, Linux 6.1): readers never wait for the lock, they look twice. */
import {
  atomic_inc,
  claim,
  cpu,
  ghost,
  machine,
  model,
  READ_ONCE,
  type StateOf,
  smp_load_acquire,
  spin_lock,
  spin_unlock,
  spinlock,
  uint,
  WRITE_ONCE,
} from 'heddle';

const m = machine({
  lock: spinlock(),
  sequence: uint(3),
  a: uint(2),
  b: uint(2),
  /** What the reader has come away with. */
  used: ghost(uint(2)),
});
export type State = StateOf<typeof m>;

/** KCSAN takes what lies inside of a sequence for marked (kcsan_nestable_atomic_begin, kcsan_atomic_next). */
const write = (value: number) =>
  m.fn('write', (b) => [
    b.call(spin_lock, (s) => s.lock),
    b.step('sequence++ (write_seqlock)', (s) => atomic_inc(s, 'sequence')),
    b.step(`a = ${value}`, (s) => WRITE_ONCE(s, 'a', value)),
    b.step(`b = ${value}`, (s) => WRITE_ONCE(s, 'b', value)),
    b.step('sequence++ (write_sequnlock)', (s) => atomic_inc(s, 'sequence')),
    b.call(spin_unlock, (s) => s.lock),
  ]);

/** Two writers, one write each, and a reader. `wait`: whether the reader waits for an even sequence. */
export default function seqlock(wait: boolean) {
  const locals = { sequence: uint(3), a: uint(2), b: uint(2) };
  const read = m.fn('read', { locals }, (b) => [
    b.loop([
      b.loop([
        b.step('sequence = smp_load_acquire(&s->sequence)', (s, l) => {
          l.sequence = smp_load_acquire(s, 'sequence');
        }),
        b.when('even', (l) => !wait || l.sequence % 2 === 0, [b.leave()]),
      ]),
      b.step('read a', (s, l) => {
        l.a = READ_ONCE(s, 'a');
      }),
      b.step('read b', (s, l) => {
        l.b = READ_ONCE(s, 'b');
      }),
      b.test('!read_seqretry()', (s, l) => READ_ONCE(s, 'sequence') === l.sequence, [b.leave()]),
    ]),
    b.step('use a and b', (s, l) => {
      claim('S1', l.a === l.b);
      s.used = l.a;
    }),
  ]);
  return model({
    machine: m,
    cpus: [
      cpu({ task: write(1), name: 'writer 1' }),
      cpu({ task: write(2), name: 'writer 2' }),
      cpu({ task: read, name: 'reader' }),
    ],
    source: 'include/linux/seqlock.h (Linux 6.1): write_seqlock, read_seqbegin, read_seqretry',
  });
}
