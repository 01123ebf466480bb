/** Steps in the frozen engine: random schedules of a small check, walked to their ends. Prints steps and seconds as JSON. */
import { check } from 'heddle';
import fragment_allocator from '../../models/bench/fragment_allocator.ts';
import { compileMachine } from '../../src/machine/machine.ts';
import type { Move } from '../../src/machine/moves.ts';
import { Cursor, walk } from '../../src/replay/cursor.ts';

const STEPS = 4000;
const one = check(fragment_allocator(3, 4));
const compiled = compileMachine(one.model);
let seed = 1;

/** Any schedule to the end of all CPUs. */
function schedule(): readonly Move[] {
  const cursor = new Cursor(one, undefined, compiled);
  for (;;) {
    const moves = cursor.enabled();
    if (moves.length === 0) return cursor.moves;
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    cursor.push(moves[(seed >>> 8) % moves.length] as Move);
  }
}

const schedules = [schedule(), schedule(), schedule(), schedule()];
let steps = 0;
const from = performance.now();
const cpu = process.cpuUsage();
while (steps < STEPS) {
  for (const moves of schedules) steps += walk(one, moves, undefined, compiled).length;
}
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - from) / 1000;
console.log(JSON.stringify({ steps, seconds, cpuSeconds: (user + system) / 1e6 }));
