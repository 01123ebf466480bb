/** A session for people: a block for what deserves one as its check ends, and a table of all of them at the end. */
import { renderVerdict } from '../report/summary.ts';
import { verdictTable } from '../report/table.ts';
import { counted, type Paint } from '../report/text.ts';
import type { Mistake, Outcomes } from '../search/verdict.ts';
import type { Result } from '../session/events.ts';
import { inTurn, type Reporter, type ReporterOptions } from './reporter.ts';
import { schedulesOf } from './stories.ts';

export interface TextOptions extends ReporterOptions {
  readonly paint: Paint;
  readonly columns: number;
  readonly tableColumns: number;
  readonly wide: boolean;
  /** Every diagram, with every step and word. */
  readonly full: boolean;
  /** Only what is not as declared. */
  readonly quiet: boolean;
  /** The checks were named on the command line, so each gets its block. */
  readonly named: boolean;
  /** Checks that are shown in a run of all of them, though they end as they declare. */
  readonly stories: ReadonlySet<string>;
  readonly block: (mistake: Mistake) => string;
}

const WIDEST_BLOCK = 100;

export function textReporter(options: TextOptions): Reporter {
  const { write, checks } = options;
  const told = new Set<string>();
  const onEnd = (result: Result) => {
    if (result.end.kind !== 'decided') return;
    const { outcomes } = result.end;
    const { ok, check } = outcomes.verdict;
    if (ok && options.quiet) return;
    if (ok && !options.named && checks.length > 1 && !options.stories.has(check)) return;
    write(`${blockOf(outcomes, options, told)}\n\n`);
  };
  return {
    onEvent: inTurn(checks, (event) => {
      if (event.type === 'end') onEnd(event.result);
    }),
    finish: (results) => {
      const verdicts = results.flatMap(({ end }) =>
        end.kind === 'decided' ? [end.outcomes.verdict] : [],
      );
      if (verdicts.length > 1) {
        const { paint, stable } = options;
        write(
          `${verdictTable(verdicts, { width: Math.max(72, options.tableColumns), stable, paint })}\n`,
        );
      }
      const waiting = results.filter(({ end }) => end.kind === 'not_started').length;
      if (waiting > 0) write(`${counted(waiting, 'check')} not started\n`);
    },
  };
}

function blockOf(outcomes: Outcomes, options: TextOptions, told: Set<string>): string {
  const { verdict } = outcomes;
  if (verdict.error !== undefined) {
    const word = options.paint('bad', 'INVALID');
    return `${options.paint('heading', verdict.check)}  ${word}\n${options.block(verdict.error)}`;
  }
  const { paint, stable, full, columns, wide } = options;
  const brief = verdict.verdict === 'violated' && !options.named && !full;
  const shown = schedulesOf(outcomes, brief ? told : new Set());
  for (const { property } of shown) told.add(property);
  return renderVerdict(verdict, full ? outcomes.traces : shown, {
    width: Math.min(columns, WIDEST_BLOCK),
    diagramWidth: wide ? columns : undefined,
    wide,
    diagrams: 'all',
    brief,
    stable,
    full,
    paint,
  });
}
