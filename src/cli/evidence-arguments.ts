/** The commands about evidence, as they are typed. */
import { addSome, type Declaring, type WithColor } from './declaring.ts';
import type { DiffFlags } from './diff.ts';
import type { EvidenceFlags } from './evidence.ts';
import { openOutput } from './output.ts';
import type { VerifyFlags } from './verify.ts';

/** How a check is searched. */
const SEARCHING = [
  '--all',
  '--max-states',
  '--max-depth',
  '--time-limit',
  '--memory-limit',
  '--order',
  '--preemptions',
  '--walk',
  '--walks',
  '--seed',
  '--bug-depth',
  '--reduce',
  '--store',
  '--bits',
  '--parents',
  '--jobs',
  '--threads',
  '--allow-incomplete',
];

/** How a search is repeated: what shaped it is in the evidence. */
const REPEATING = ['--time-limit', '--memory-limit', '--jobs', '--threads', '--allow-incomplete'];

const VERIFY_HELP = `
Exit codes: 0 everything is as it says, 1 something is not, 2 could not check, 3 a limit ended a search or nobody
can repeat it, 70 a bug of heddle, 130 interrupted.

Examples:
  npx heddle verify evidence
  npx heddle verify evidence --quick
  npx heddle verify evidence 'queue/*'`;

/** Declares `evidence`, `verify` and `diff`. */
export function declareEvidence({ program, options, color, end }: Declaring): void {
  const evidence = program
    .command('evidence')
    .description(
      'writes verdicts, schedules and all that they are made of to a folder for a review',
    )
    .argument('[names...]', 'names, folders or globs; default all checks of size small')
    .requiredOption('-o, --output <folder>', 'where it is written to')
    .option('--text', 'only the manifest and the documents: to be kept beside the checks')
    .option(
      '--mutants [names...]',
      'also searches the mutants of the models, of all or of these checks, and says which kill them',
    )
    .option('--changed', 'searches only what has changed since the evidence there was made');
  addSome(evidence, options(), SEARCHING);
  evidence.addOption(color()).action(async (names: string[], flags: WithColor<EvidenceFlags>) => {
    const { evidence: run } = await import('./evidence.ts');
    end(await run(names, flags, openOutput(flags.color)));
  });

  const verify = program
    .command('verify')
    .description(
      'says whether evidence is true: replays its schedules, repeats its searches, compares all',
    )
    .argument('<folder>', 'the evidence')
    .argument('[names...]', 'names, folders or globs of its checks; default all of them')
    .option('--quick', 'only replays the schedules')
    .option('--small', 'repeats no search of a check of size large')
    .option('--full', 'prints everything that differs');
  addSome(verify, options(), REPEATING);
  verify
    .addOption(color())
    .addHelpText('after', VERIFY_HELP)
    .action(async (folder: string, names: string[], flags: WithColor<VerifyFlags>) => {
      const { verify: run } = await import('./verify.ts');
      end(await run(folder, names, flags, openOutput(flags.color)));
    });

  program
    .command('diff')
    .description(
      'says what changed between two folders of evidence: verdicts, counts, locks, schedules',
    )
    .argument('<before>', 'the evidence of one revision')
    .argument('<after>', 'that of another')
    .option('--full', 'prints every figure that differs')
    .addOption(color())
    .action(async (before: string, after: string, flags: WithColor<DiffFlags>) => {
      const { diff } = await import('./diff.ts');
      end(await diff(before, after, flags, openOutput(flags.color)));
    });
}
