/**
 * heddle against SPIN on Promela twins: the same states, the same steps, and how long each takes. `npm run bench`; runs alternate,
 * because a machine is seldom quiet, and medians are shown.
 */
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { check, explore } from 'heddle';
import { describe, expect, test } from 'vitest';
import lost_update from '../../models/classic/lost_update.ts';
import philosophers from '../../models/classic/philosophers.ts';
import { type Measured, spin, spinVersion } from './spin.ts';

const ROUNDS = 5;

const expected = { deadlock: 'violated' } as const;
const BENCHES = [
  ...[12, 14].map((size) => ({
    name: 'philosophers',
    size,
    run: () => explore(check(philosophers(size), { properties: {}, expected }), { now }),
  })),
  {
    name: 'lost_update',
    size: 7,
    run: () => explore(check(lost_update(7), { properties: {} }), { now }),
  },
];

function now(): number {
  return performance.now();
}

function heddle(bench: (typeof BENCHES)[number]): Measured {
  const { states, generated: steps, seconds, bytesPerState } = bench.run().verdict;
  return { states, steps, seconds, bytesPerState };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function line(who: string, runs: readonly Measured[]): string {
  const { states, steps, bytesPerState } = runs[0] as Measured;
  const seconds = median(runs.map((run) => run.seconds));
  const rate = (steps / seconds / 1e6).toFixed(2);
  return `  ${who.padEnd(7)} ${seconds.toFixed(2).padStart(7)} s  ${rate.padStart(6)} M steps/s  ${bytesPerState} bytes a state  (${states} states)`;
}

const version = spinVersion();
console.log(`${cpus()[0]?.model} x ${cpus().length}, Node ${process.version}`);
console.log(version ?? 'SPIN or gcc is not installed: heddle alone, and nothing is compared');

describe('against SPIN', () => {
  test.each(BENCHES)('$name of $size', (bench) => {
    const twin = fileURLToPath(new URL(`${bench.name}.pml`, import.meta.url));
    const other = version === undefined ? undefined : spin(twin, bench.size);
    const ours: Measured[] = [];
    const theirs: Measured[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(heddle(bench));
      if (other === undefined) continue;
      theirs.push(other());
      const { states, steps } = theirs[0] as Measured;
      expect({ states, steps }).toEqual({ states: ours[0]?.states, steps: ours[0]?.steps });
    }
    const shown = [`${bench.name} ${bench.size}`, line('heddle', ours)];
    if (theirs.length > 0) {
      const ratio =
        median(theirs.map((run) => run.seconds)) / median(ours.map((run) => run.seconds));
      shown.push(line('SPIN', theirs), `  heddle is ${ratio.toFixed(2)} times as fast`);
    }
    console.log(shown.join('\n'));
  });
});
