/** The command line: commands, flags and help. Commands are imported when they are called. */
import { createRequire } from 'node:module';
import type * as commander from 'commander';
import { VERSION } from '../design/version.ts';
import { mistake } from '../load/mistake.ts';
import type { CheckFlags } from './check.ts';
import { addSome, type Declaring, type WithColor } from './declaring.ts';
import type { EstimateFlags } from './estimate.ts';
import { declareEvidence } from './evidence-arguments.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { declareExport } from './export-arguments.ts';
import { parseCount, parseWhole } from './flags.ts';
import type { MatrixFlags } from './matrix.ts';
import { declareMutants } from './mutant-arguments.ts';
import type { AskedReporter, ReporterName } from './open-reporters.ts';
import { openOutput } from './output.ts';
import type { ReplayFlags } from './replay.ts';
import type { ReportFlags } from './report.ts';

export type Command = commander.Command;
export type Option = commander.Option;

// Required, not imported: what a CommonJS module exports is guessed by reading it once more, and that takes longer than running it.
const { Command, CommanderError, InvalidArgumentError, Option } = createRequire(import.meta.url)(
  'commander',
) as typeof commander;

const COMMANDS = [
  'list',
  'check',
  'estimate',
  'replay',
  'report',
  'export',
  'matrix',
  'mutants',
  'why',
  'evidence',
  'verify',
  'diff',
  'init',
] as const;

const SHORT_HELP = `heddle ${VERSION} puts a concurrent design through every order of events

  npx heddle init                 writes a first model and a check of it
  npx heddle check                runs the checks of this project
  npx heddle replay               walks the latest bad schedule, forwards and backwards

Commands: ${COMMANDS.join(', ')}. All flags: npx heddle <command> --help
`;

const CHECK_HELP = `
A name is the path of a check file below checks/ without its ending; a folder or a glob means all below it.
Limits also come from HEDDLE_MAX_STATES, HEDDLE_MAX_DEPTH, HEDDLE_TIME_LIMIT and HEDDLE_MEMORY_LIMIT, from the
check itself and from heddle.config.ts; the first of flag, environment, check, configuration wins.

A search that takes long, or is interrupted, is kept in .heddle/checkpoints; --resume goes on with it.

Exit codes: 0 every check ended as it declares, 1 a surprise, 2 could not check, 3 a limit ended the search,
70 a bug of heddle, 130 interrupted.

Examples:
  npx heddle check
  npx heddle check counter --time-limit 10m
  npx heddle check counter --reduce none
  npx heddle check counter --preemptions 1
  npx heddle check counter --order random --walk pct --seed 7
  npx heddle check 'queue/*' --json --output verdicts.ndjson
  npx heddle check --reporter text --reporter junit --output heddle.xml --reporter sarif --output heddle.sarif`;

/** Runs what the arguments ask for and gives the exit code. Throws what the command throws. */
export async function runArguments(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.asDeclared;
  const program = declare((result) => {
    code = result;
  });
  if (args.length === 0) {
    process.stdout.write(SHORT_HELP);
    return code;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.asDeclared : refuse(error, args);
  }
  return code;
}

function refuse(error: commander.CommanderError, args: readonly string[]): ExitCode {
  const fact = error.message.replace(/^error: /, '').replace(/\n\((.*)\)$/s, '. $1');
  const isCommand = error.code === 'commander.unknownCommand';
  const command = COMMANDS.find((one) => one === args[0]);
  const more = isCommand
    ? {
        reason: `heddle has the commands ${COMMANDS.slice(0, -1).join(', ')} and ${COMMANDS.at(-1)}.`,
        next: 'npx heddle --help',
      }
    : { next: `npx heddle ${command === undefined ? '' : `${command} `}--help` };
  openOutput('auto').explain(mistake('bad-flag', fact, more));
  return EXIT.invalid;
}

function declare(end: (code: ExitCode) => void): commander.Command {
  const program = new Command('heddle')
    .description(
      'Puts a concurrent design through every order of events, and shows the shortest bad one.',
    )
    .version(VERSION, '-V, --version')
    .configureOutput({ writeErr: () => undefined })
    .exitOverride()
    .showSuggestionAfterError();
  const declaring: Declaring = { program, options: checkOptions, color, end };

  program
    .command('list')
    .description('lists the checks of this project')
    .argument('[names...]', 'names, folders or globs; default all')
    .addOption(color())
    .action(async (names: string[], flags: WithColor<unknown>) => {
      const { list } = await import('./list.ts');
      end(await list(names, openOutput(flags.color)));
    });

  const check = program
    .command('check')
    .description('searches every schedule of checks and says whether each ended as it declares')
    .argument('[names...]', 'names, folders or globs; default all checks of size small');
  for (const option of checkOptions()) check.addOption(option);
  check
    .addHelpText('after', CHECK_HELP)
    .action(async (names: string[], flags: Typed<CheckFlags>) => {
      const { check: run } = await import('./check.ts');
      const reporters = reportersOf(flags.reporter, flags.json === true);
      end(await run(names, { ...flags, reporters }, openOutput(flags.color)));
    });

  program
    .command('estimate')
    .description(
      'says from a short probe how many states, how much time and memory checks will take',
    )
    .argument('[names...]', 'names, folders or globs; default all checks of size small')
    .option('--all', 'also checks of size large')
    .option('--probe-states <n>', 'states that are visited to find out (default: 200,000)')
    .option('--seed <n>', 'of the random descents (default: 1)')
    .option('--json', 'one line of JSON for each check')
    .option('--stable', 'leaves out times and rates')
    .addOption(color())
    .action(async (names: string[], flags: WithColor<EstimateFlags>) => {
      const { estimate } = await import('./estimate.ts');
      end(await estimate(names, flags, openOutput(flags.color)));
    });

  program
    .command('replay')
    .description('walks one schedule: steps through it on a terminal, else prints it')
    .argument('[what]', 'a check, or the file of a trace; default the latest bad schedule')
    .option('--schedule <moves>', 'the schedule, such as 0x3.1x2.0')
    .option('--initial <name>', 'the initial state, where the model has several')
    .option('--mutant <name>', 'in a mutant of the model, by its id or name; with --schedule')
    .option('--property <id>', 'which saved violation of a check; default its first')
    .option('--print', 'prints the diagram also on a terminal')
    .option('--wide', 'takes the whole width of the terminal')
    .option('--full', 'every step on its own, with every word it touched')
    .option('--page <file>', 'writes it as one HTML file, to be attached to a mail')
    .option(
      '--as-test [file]',
      'writes a vitest file that replays it (default: test/NAME.PROPERTY.test.ts; - prints it)',
    )
    .addOption(
      new Option('--at <n>', 'only its first n steps (default: all)').argParser((value) =>
        parseWhole('--at', value),
      ),
    )
    .option('--then <moves>', 'goes on with these moves, such as 1x2.0')
    .option('--moves', 'says what can move at its end, and what each move leads to')
    .option('--search', 'searches what can still go wrong after it')
    .option(
      '--max-states <n>',
      'distinct states that --moves and --search visit (default: 100,000, and 50,000,000)',
    )
    .option('--time-limit <time>', 'for --search: 90s, 10m, 2h (default: none)')
    .option('--save <file>', 'writes the schedule, or the one that --search has found, as a trace')
    .addOption(color())
    .action(async (what: string | undefined, flags: WithColor<ReplayFlags>) => {
      const { replay } = await import('./replay.ts');
      end(await replay(what, flags, openOutput(flags.color)));
    });

  const pages = program
    .command('report')
    .description(
      'writes verdicts and schedules as one HTML file, from the last run where that still holds',
    )
    .argument('[names...]', 'names, folders or globs; default all checks of size small')
    .option('-o, --output <file>', 'where it is written (default: .heddle/report/report.html)')
    .option('--title <text>', 'its heading')
    .option('--mutants', 'also searches the mutants of the models: which check kills which')
    .option('--again', 'searches also what the last run has decided')
    .option('--open', 'shows it in the browser');
  addSome(pages, checkOptions(), SEARCHED);
  pages.addOption(color()).action(async (names: string[], flags: WithColor<ReportFlags>) => {
    const { report } = await import('./report.ts');
    end(await report(names, flags, openOutput(flags.color)));
  });

  declareExport(declaring);

  const table = program
    .command('matrix')
    .description('puts designs against properties: what the checks of a folder say together')
    .argument('<folder>', 'a folder of checks')
    .addOption(
      new Option('--format <name>', 'how it is printed')
        .choices(['text', 'markdown', 'json'])
        .default('text'),
    )
    .option('--output <file>', 'writes it to a file');
  addSome(table, checkOptions(), SEARCHED);
  table.addOption(color()).action(async (folder: string, flags: WithColor<MatrixFlags>) => {
    const { matrix } = await import('./matrix.ts');
    end(await matrix(folder, flags, openOutput(flags.color)));
  });

  declareMutants(declaring);
  declareEvidence(declaring);
  program
    .command('init')
    .description('writes a first model, a check of it and heddle.config.ts into this folder')
    .addOption(color())
    .action(async (flags: WithColor<unknown>) => {
      const { init } = await import('./init.ts');
      end(init(openOutput(flags.color)));
    });

  return program;
}

/** Options of commands that search checks for what they write. */
const SEARCHED: readonly string[] = [
  '--all',
  '--max-states',
  '--max-depth',
  '--time-limit',
  '--memory-limit',
  '--reduce',
  '--jobs',
  '--threads',
];

function checkOptions(): readonly commander.Option[] {
  return [
    new Option('--all', 'also runs checks of size large'),
    new Option('--max-states <n>', 'distinct states (default: 50,000,000)'),
    new Option(
      '--max-depth <n>',
      'breadth-first levels, the initial states being the first (default: none)',
    ),
    new Option('--time-limit <time>', 'for each check: 90s, 10m, 2h (default: none)'),
    new Option(
      '--memory-limit <size>',
      '512MiB, 8GiB, for all checks (default: four fifths of what is free)',
    ),
    ...orderOptions(),
    new Option(
      '--reduce <list>',
      'leaves out what others stand for: auto where it pays, none, or some of symmetry,transactions,stubborn (default: auto)',
    ),
    ...storeOptions(),
    new Option(
      '--checkpoint',
      'keeps searches in .heddle/checkpoints also where they are short or a bound ends them',
    ),
    new Option('--no-checkpoint', 'keeps none (default: those that take long, and at Ctrl-C)'),
    new Option('--checkpoint-dir <folder>', 'as --checkpoint, in another folder'),
    new Option('--checkpoint-every <time>', 'time between two checkpoints (default: 1m)'),
    new Option('--resume', 'goes on from the latest checkpoint of each check'),
    new Option('--resume-from <file>', 'goes on from this one'),
    new Option('-j, --jobs <n>', 'checks side by side (default: the number of cores)').argParser(
      (value) => parseCount('--jobs', value),
    ),
    new Option(
      '--threads <n>',
      'threads for each check (default: the cores, shared by the checks side by side)',
    ).argParser((value) => parseCount('--threads', value)),
    new Option('--json', 'one line of JSON for each event, as schema/check-output.json says'),
    ...reporterOptions(),
    new Option('--report', 'writes all verdicts and schedules as Markdown to .heddle/report'),
    new Option('--report-dir <folder>', 'the same, to another folder'),
    new Option(
      '--evidence <folder>',
      'writes evidence of this run too, as npx heddle evidence does',
    ),
    new Option(
      '--matrix',
      'ends with designs against properties, for folders whose checks name them',
    ),
    new Option('--allow-incomplete', 'exit code 0 also where only a limit ended a search'),
    new Option('--stable', 'leaves out times and rates'),
    new Option('--wide', 'diagrams as wide as the terminal'),
    new Option('--full', 'every diagram, with every step and every word it touched'),
    new Option('--quiet', 'prints only what is not as declared'),
    color(),
  ];
}

function orderOptions(): readonly commander.Option[] {
  return [
    new Option(
      '--order <name>',
      'bfs in levels, dfs the state met last first, random by walks (default: bfs)',
    ).choices(['bfs', 'dfs', 'random']),
    new Option('--preemptions <n>', 'schedules with at most n preemptions, those with fewer first'),
    new Option('--walk <kind>', 'random: uniform, or pct by priorities (default: uniform)').choices(
      ['uniform', 'pct'],
    ),
    new Option('--walks <n>', 'random: schedules tried (default: 1,000)'),
    new Option('--seed <n>', 'random: the same seed gives the same walks (default: 1)'),
    new Option('--bug-depth <n>', 'pct: orders between two steps that a bug takes (default: 3)'),
  ];
}

function storeOptions(): readonly commander.Option[] {
  return [
    new Option(
      '--store <name>',
      'plain whole states, tree compressed, fingerprint 64 bits, bitstate 3 bits (default: plain, then tree if memory gets short)',
    ).choices(['plain', 'tree', 'fingerprint', 'bitstate']),
    new Option('--bits <n>', 'bitstate: a table of 2 to the power of n bits (default: 30)'),
    new Option(
      '--parents',
      'fingerprint, bitstate: keeps which move led to each state, so that schedules take no second search',
    ),
  ];
}

/** Flags of `check` as commander gives them: with colour, and what was typed of reporters and their files. */
type Typed<Flags> = WithColor<Omit<Flags, 'reporters'>> & {
  readonly json?: boolean;
  readonly reporter?: readonly AskedReporter[];
};

const REPORTERS: readonly ReporterName[] = ['text', 'json', 'junit', 'sarif', 'github'];

/** `--reporter text --reporter junit --output a.xml`: a file is for the reporter before it, or for the first one. */
function reporterOptions(): readonly commander.Option[] {
  const asked: (Partial<AskedReporter> & { file?: string })[] = [];
  const add = (value: string) => {
    const name = REPORTERS.find((one) => one === value);
    if (name === undefined) throw new InvalidArgumentError(`Known are ${REPORTERS.join(', ')}.`);
    const [first] = asked;
    if (first !== undefined && first.name === undefined) asked[0] = { ...first, name };
    else asked.push({ name });
    return asked;
  };
  const write = (file: string) => {
    const last = asked.at(-1);
    if (last?.file !== undefined) throw new InvalidArgumentError('One reporter, one file.');
    if (last === undefined) asked.push({ file });
    else last.file = file;
    return file;
  };
  return [
    new Option(
      '--reporter <name>',
      'text, json, junit, sarif or github; may be given several times',
    )
      .default(asked, 'text')
      .argParser(add),
    new Option('--output <file>', 'writes what the reporter before it prints to a file').argParser(
      write,
    ),
  ];
}

/** `--json` is `--reporter json`; text where nothing is asked for. */
function reportersOf(
  asked: readonly Partial<AskedReporter>[] = [],
  json: boolean,
): readonly AskedReporter[] {
  const [{ file } = {}] = asked;
  if (json) return [{ name: 'json', ...(file === undefined ? {} : { file }) }];
  if (asked.length === 0) return [{ name: 'text' }];
  return asked.map((one) => ({ ...one, name: one.name ?? 'text' }));
}

function color(): commander.Option {
  return new Option('--color <when>', 'colour')
    .choices(['auto', 'always', 'never'])
    .default('auto');
}
