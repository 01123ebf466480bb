/** The commands about mutants, as they are typed. */
import { addSome, type Declaring, type WithColor } from './declaring.ts';
import type { MutantFlags } from './mutants.ts';
import { openOutput } from './output.ts';
import type { WhyFlags } from './why.ts';

const MUTANTS_HELP = `
A mutant is the model with one thing wrong: a step left out, two swapped, a lock not taken, a condition that
always holds. A check that ends as declared all the same does not need that thing; either a property is
missing, or the mutant is equivalent and the check says why: equivalent: { 'name or id': 'why' }.

Exit codes: 0 every mutant was killed or is called equivalent, 1 one was not, or an equivalent one was killed,
2 could not check, 3 a limit ended a search, 130 interrupted.

Examples:
  npx heddle mutants counter
  npx heddle mutants 'queue/*' --json --output mutants.json
  npx heddle mutants counter --only 4f2a91c0
  npx heddle replay counter --mutant 4f2a91c0 --schedule 0x3.1x2`;

/** Which of the options of `check` both have. */
const SHARED = ['--memory-limit', '--jobs', '--threads'];

/** Declares `mutants` and `why`. */
export function declareMutants({ program, options, color, end }: Declaring): void {
  const wrong = program
    .command('mutants')
    .description('makes models wrong in every way it knows, and says which checks notice')
    .argument('<names...>', 'names, folders or globs of checks')
    .option('--only <text...>', 'these mutants: ids, or what their names contain (default: all)')
    .option('--list', 'says which mutants there are, and searches none of them')
    .option('--max-states <n>', 'distinct states for each mutant (default: 2,000,000)')
    .option('--time-limit <time>', 'for each mutant and check (default: 60s)');
  addSome(wrong, options(), ['--all', ...SHARED]);
  wrong
    .option('--json', 'the table as JSON')
    .option('--markdown', 'the table as Markdown, with all schedules')
    .option('--output <file>', 'writes it to a file')
    .option('--quiet', 'prints only what lives')
    .option('--allow-incomplete', 'exit code 0 also where only a limit ended searches')
    .addOption(color())
    .addHelpText('after', MUTANTS_HELP)
    .action(
      async (
        checks: string[],
        flags: WithColor<MutantFlags> & { json?: boolean; markdown?: boolean },
      ) => {
        const { mutants } = await import('./mutants.ts');
        const format = flags.json === true ? 'json' : flags.markdown === true ? 'markdown' : 'text';
        end(await mutants(checks, { ...flags, format }, openOutput(flags.color)));
      },
    );

  const reason = program
    .command('why')
    .description('says what a step of a model is for: the schedule that it prevents')
    .argument('<name>', 'a check, or a glob of checks of one design')
    .argument('<step>', "the label of a step, or 'function: label'")
    .option('--max-states <n>', 'distinct states for each mutant (default: 2,000,000)')
    .option('--time-limit <time>', 'for each mutant and check (default: 60s)');
  addSome(reason, options(), SHARED);
  reason
    .option('--json', 'the kill table of the step as JSON')
    .option('--wide', 'takes the whole width of the terminal')
    .addOption(color())
    .action(async (name: string, step: string, flags: WithColor<WhyFlags>) => {
      const { why } = await import('./why.ts');
      end(await why(name, step, flags, openOutput(flags.color)));
    });
}
