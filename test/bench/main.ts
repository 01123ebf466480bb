/**
 * `npm run bench`: heddle against SPIN, and against itself. Runs of a row alternate, because a machine is seldom quiet; medians are shown.
 *
 *   npm run bench -- [rows...]          some rows: spin, spin/counter, threads, stores, big, ...
 *     --quick                           smaller sizes, three rounds
 *     --rounds N                        default 5
 *     --output FILE                     where the results go; default test/bench/results/<date>.json
 *     --compare FILE                    beside the results of an earlier run
 *     --from FILE                       measures nothing: takes the results that are there
 *     --docs                            puts the table into docs/performance.md
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compared, notes, type Results, resultOf, table } from './results.ts';
import { type Row, rowsOf, type Way } from './rows.ts';
import { fromStart, heap, isKnown, type Measured, search } from './run.ts';
import { spin, spinVersion } from './spin.ts';

const root = process.cwd();
const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    output: { type: 'string' },
    compare: { type: 'string' },
    from: { type: 'string' },
    docs: { type: 'boolean', default: false },
  },
});

const version = spinVersion();

function machine(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const other = version ?? 'SPIN or gcc is not installed';
  return `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${memory}; Node ${process.version}; ${other}`;
}

/** Something to be measured again and again, and what is to be done after the last time. */
interface Ready {
  run(): Measured;
  remove?(): void;
}

/** A way made ready to run; undefined where what it needs is not installed. */
function ready(way: Way): Ready | undefined {
  switch (way.kind) {
    case 'search':
      return { run: () => search(way.check, way.flags) };
    case 'heap':
      return { run: () => heap(way.check, way.flags) };
    case 'start':
      return { run: () => fromStart(way.check, way.flags) };
    case 'frozen': {
      const file = fileURLToPath(new URL('frozen.js', import.meta.url));
      return {
        run: () => JSON.parse(execFileSync(process.execPath, [file], { encoding: 'utf8' })),
      };
    }
    case 'spin':
      return version === undefined
        ? undefined
        : spin({ ...way.twin, file: join(root, 'test', 'bench', way.twin.file) });
  }
}

/** All ways of a row in turn, `rounds` times. @throws Error where they count different states or steps and nothing is left out. */
function measure(row: Row, rounds: number) {
  const ways = row.ways.flatMap((way) => {
    const made = ready(way);
    return made === undefined ? [] : [{ name: way.name, made, runs: [] as Measured[] }];
  });
  // The heap is no matter of luck.
  const times = row.ways[0]?.kind === 'heap' ? 1 : rounds;
  for (let round = 0; round < times; round += 1) {
    for (const { made, runs } of ways) runs.push(made.run());
  }
  for (const { made } of ways) made.remove?.();
  if (!/^(engines|reduced)\b/.test(row.name))
    mustAgree(
      row.name,
      ways.flatMap(({ runs }) => runs),
    );
  return ways.map(({ name, runs }) => resultOf(row.name, name, runs));
}

function mustAgree(row: string, runs: readonly Measured[]): void {
  const exact = runs.find(({ isExact }) => isExact) as Measured;
  for (const { states, steps, isExact } of runs) {
    const digits = isExact ? exact.steps : Number(exact.steps?.toPrecision(8));
    if (states !== exact.states || steps !== digits) {
      throw new Error(
        `${row}: ${states} states and ${steps} steps, elsewhere ${exact.states} and ${exact.steps}`,
      );
    }
  }
}

function run(): Results {
  const rounds = Number(flags.rounds ?? (flags.quick ? 3 : 5));
  const rows = rowsOf(flags.quick, isKnown).filter(({ name, big }) =>
    names.length === 0
      ? big !== true
      : names.some((one) => name === one || name.startsWith(`${one}/`)),
  );
  if (rows.length === 0) throw new Error(`no row is called ${names.join(' or ')}`);
  if (version === undefined) {
    console.error(
      'SPIN or gcc is not installed (apt-get install spin build-essential): heddle alone is measured.',
    );
  }
  const results = rows.flatMap((row) => {
    console.error(`${row.name} ...`);
    return measure(row, rounds);
  });
  return {
    date: new Date().toISOString(),
    machine: machine(),
    quick: flags.quick,
    rounds,
    results,
  };
}

/** What stands above the table. */
function caption({ machine, date, rounds, quick }: Results): string {
  return `${machine}; ${date.slice(0, 10)}, medians of ${rounds} alternating runs${quick ? ', small sizes' : ''}.`;
}

function read(file: string): Results {
  return JSON.parse(readFileSync(file, 'utf8'));
}

const results = flags.from === undefined ? run() : read(flags.from);
if (flags.from === undefined) {
  const file =
    flags.output ??
    join(root, 'test', 'bench', 'results', `${results.date.replaceAll(':', '-')}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
  console.error(`results: ${file}`);
}
const shown = [caption(results), table(results), notes(results)].filter(Boolean).join('\n\n');
console.log(shown);
if (flags.compare !== undefined) {
  console.log(`\nSince ${flags.compare}:\n\n${compared(read(flags.compare), results)}`);
}
if (flags.docs) {
  const file = join(root, 'docs', 'performance.md');
  const [begin, end] = ['<!-- bench -->', '<!-- /bench -->'];
  const [above, rest] = readFileSync(file, 'utf8').split(begin);
  const below = rest?.split(end)[1];
  if (above === undefined || below === undefined)
    throw new Error(`${file} has no ${begin} ... ${end}`);
  writeFileSync(file, `${above}${begin}\n${shown}\n${end}${below}`);
}
