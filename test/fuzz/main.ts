/**
 * `npm run fuzz`: searches random programs whole and reduced, compares what is said of them, and leaves out one rule after the other,
 * which must be noticed.
 *
 *   npm run fuzz -- [ways...]       some reductions: stubborn, transactions, both, symmetry, all; default all of them
 *     --programs N                  default 2000
 *     --seed N                      default 1
 *     --no-doubles                  leaves no rule out
 */
import { parseArgs } from 'node:util';
import { Fuzz } from './fuzz.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    programs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    'no-doubles': { type: 'boolean', default: false },
  },
});
const programs = Number(flags.programs);
const fuzz = new Fuzz(Number(flags.seed), positionals, !flags['no-doubles']);
const started = Date.now();
let told = started;
while (fuzz.compared < programs) {
  fuzz.runSome(Math.min(100, programs - fuzz.compared));
  if (Date.now() - told < 30_000) continue;
  told = Date.now();
  const alive = flags['no-doubles'] ? [] : fuzz.alive();
  const rules = alive.length === 0 ? '' : `; not missed yet: ${alive.join(', ')}`;
  console.error(
    `${fuzz.compared} of ${programs} programs, ${fuzz.failures.length} failures${rules}`,
  );
}
console.log(fuzz.told());
console.log(`${Math.round((Date.now() - started) / 1000)} s`);
if (fuzz.wrong().length > 0) process.exitCode = 1;
