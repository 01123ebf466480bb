/** The command `heddle export`, as it is typed. */
import type { Declaring, WithColor } from './declaring.ts';
import type { ExportFlags } from './export.ts';
import { openOutput } from './output.ts';

const EXPORT_HELP = `
docs/formats.md says what is in each format.

Examples:
  npx heddle export --format mermaid
  npx heddle export counter --format dot --output bug.dot
  npx heddle export counter --format itf --schedule 0.1x2.0
  npx heddle export counter --format dot --graph --output graph.dot
  npx heddle export counter --format aut --max-states 100000 --output counter.aut`;

export function declareExport({ program, color, end }: Declaring): void {
  program
    .command('export')
    .description('prints a schedule, or the whole graph of a check, for another program')
    .argument('[what]', 'a check, or the file of a trace; default the latest bad schedule')
    .requiredOption(
      '--format <name>',
      'itf or mermaid for a schedule, aut for a whole graph, dot for either',
    )
    .option('--graph', 'dot: the whole graph, every state and every move')
    .option('--max-states <n>', 'states that a graph may have (default: 10,000)')
    .option('--schedule <moves>', 'the schedule, such as 0x3.1x2.0')
    .option('--initial <name>', 'the initial state, where the model has several')
    .option('--property <id>', 'which saved violation of a check; default its first')
    .option('--output <file>', 'writes it to a file')
    .addOption(color())
    .addHelpText('after', EXPORT_HELP)
    .action(async (what: string | undefined, flags: WithColor<ExportFlags>) => {
      const { exportAs } = await import('./export.ts');
      end(await exportAs(what, flags, openOutput(flags.color)));
    });
}
